"""Runs a notebook through nbclient, nbconvert and papermill; prints one line of JSON for each."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

folder = Path(sys.argv[1])
kernelspec = {"name": "roarbook", "display_name": "TypeScript (Roarbook)", "language": "typescript"}


def notebook(*cells, tags=()):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    nb.metadata["kernelspec"] = kernelspec
    for cell, tag in zip(nb.cells, tags):
        cell.metadata["tags"] = [tag]
    return nb


def text(cell):
    return "".join(
        out.get("text") or out.get("data", {}).get("text/plain") or "\n".join(out.get("traceback", []))
        for out in cell.outputs
    )


nb = notebook(
    "for (let i = 0; i < 20000; i++) console.log(i)",
    "import {display} from 'roarbook/kernel';\n"
    "console.log('before'); display.html('<b>middle</b>'); console.log('after')",
    "({$schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar'})",
)
NotebookClient(nb, kernel_name="roarbook", resources={"metadata": {"path": str(folder)}}).execute()
printed = text(nb.cells[0])
print(
    json.dumps(
        {
            "lines": printed == "".join(f"{i}\n" for i in range(20000)),
            "order": [out.output_type for out in nb.cells[1].outputs],
            "vega": sorted(nb.cells[2].outputs[0].data),
        }
    )
)

failing = notebook("const a: number = 'text'", "console.log('ran')")
try:
    NotebookClient(failing, kernel_name="roarbook").execute()
    print(json.dumps("no error"))
except CellExecutionError as error:
    print(json.dumps([error.ename, text(failing.cells[1])]))

nbformat.write(notebook("1 + 1"), folder / "plain.ipynb")
run = [sys.executable, "-m"]
subprocess.run(
    [*run, "jupyter", "nbconvert", "--execute", "--to", "notebook", "--output", "done.ipynb", str(folder / "plain.ipynb")],
    check=True,
    capture_output=True,
)
print(json.dumps(text(nbformat.read(folder / "done.ipynb", 4).cells[0])))

nbformat.write(notebook("let epochs = 1; let label = 'one'", "[epochs + 1, label]", tags=["parameters"]), folder / "parameters.ipynb")
subprocess.run(
    [*run, "papermill", str(folder / "parameters.ipynb"), str(folder / "out.ipynb"), "-p", "epochs", "41", "-p", "label", "a 'b'\n\"c\""],
    check=True,
    capture_output=True,
)
print(json.dumps(text(nbformat.read(folder / "out.ipynb", 4).cells[-1])))
