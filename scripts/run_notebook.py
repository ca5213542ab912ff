"""Runs a notebook headless and shows in the terminal what its cells show.

    python run_notebook.py NOTEBOOK OUTPUT PARAMETERS

PARAMETERS is a JSON object; it becomes a cell after the one tagged `parameters`, as papermill does it. The executed
notebook is written after every cell, so a failure or Ctrl-C keeps what was computed. A failing cell's error is printed,
and the exit code is 1.

The last cell shows, folded, where the numbers come from; the notebook's metadata hold the same under `roarbook`, with the
seconds of each cell.
"""

import asyncio
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

PROGRESS = "application/vnd.roarbook.progress+json"
PROVENANCE = "application/vnd.roarbook.provenance+json"
WIDGET = "application/vnd.jupyter.widget-view+json"


class Runner(NotebookClient):
    """An nbclient that prints progress displays and streams as they arrive."""

    line_open = False

    def process_message(self, msg, cell, cell_index):
        content = msg.get("content", {})
        if msg["msg_type"] == "stream":
            self.say(content["text"].rstrip("\n"))
        elif msg["msg_type"] in ("display_data", "update_display_data"):
            text = content.get("data", {}).get("text/plain", "")
            if "\n" not in text and PROGRESS in content.get("data", {}):
                self.progress(text)
        return super().process_message(msg, cell, cell_index)

    def progress(self, text):
        if sys.stdout.isatty():
            print(f"\r\x1b[2K    {text}", end="", flush=True)
            self.line_open = True
        elif not re.search(r" left$", text):
            print(f"    {text}", flush=True)

    def say(self, text):
        if self.line_open:
            print("\r\x1b[2K", end="")
            self.line_open = False
        print("\n".join(f"    {line}" for line in text.split("\n")), flush=True)


def literal(value):
    """TypeScript for a JSON value: of an object the strings stay what they are, as options that name kinds must."""
    return json.dumps(value) + (" as const" if isinstance(value, dict) else "")


def inject(notebook, parameters):
    """Puts the parameters into a cell of their own, after the one that holds the defaults."""
    lines = [f"const {name} = {literal(value)};" for name, value in parameters.items()]
    cell = nbformat.v4.new_code_cell("\n".join(lines), metadata={"tags": ["injected-parameters"]})
    tagged = [i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", [])]
    if lines:
        notebook.cells.insert(tagged[0] + 1 if tagged else 0, cell)


def add_provenance(notebook):
    """Adds the cell that says where the numbers come from, unless there is one."""
    if any("provenance" in cell.metadata.get("tags", []) for cell in notebook.cells):
        return
    tags = ["provenance", "injected-provenance"]
    metadata = {"tags": tags, "jupyter": {"source_hidden": True}}
    source = "(await import('roarbook')).provenance()"
    notebook.cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))


def note_provenance(notebook, seconds):
    """Notes in the metadata what the provenance cell shows, and the seconds of each cell."""
    shown = [
        output.data[PROVENANCE]
        for cell in notebook.cells
        if "provenance" in cell.metadata.get("tags", [])
        for output in cell.outputs
        if PROVENANCE in output.get("data", {})
    ]
    notebook.metadata["roarbook"] = {**({"provenance": shown[0]} if shown else {}), "seconds": seconds}


def title(cell):
    """The first line that says something."""
    for line in cell.source.splitlines():
        if line.strip() and not line.startswith("import "):
            return line.strip()[:100]
    return ""


def without_colour(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


async def execute(runner, notebook, output):
    """Runs the cells in turn; False if one of them fails."""
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    started = time.monotonic()
    seconds = {}
    async with runner.async_setup_kernel():
        loop = asyncio.get_running_loop()
        interrupts = []

        def interrupt():
            interrupts.append(True)
            asyncio.ensure_future(runner.km.interrupt_kernel())

        loop.add_signal_handler(signal.SIGINT, interrupt)
        for number, index in enumerate(code, 1):
            cell = notebook.cells[index]
            runner.say(f"[{number}/{len(code)}] {title(cell)}")
            cell_started = time.monotonic()
            try:
                await runner.async_execute_cell(cell, index)
            except CellExecutionError:
                error = next(o for o in cell.outputs if o.output_type == "error")
                runner.say(f"Cell {number} of {output.name} failed:\n{cell.source}\n")
                runner.say(without_colour("\n".join(error.traceback) or f"{error.ename}: {error.evalue}"))
                return 130 if interrupts else 1
            finally:
                seconds[cell.get("id", str(index))] = round(time.monotonic() - cell_started, 3)
                note_provenance(notebook, seconds)
                write(notebook, output)
    runner.say(f"{output.name}: {len(code)} cells in {time.monotonic() - started:.1f} s")
    return 0


def without_widgets(notebook):
    """Leaves the HTML of widgets: after this run nobody answers them, and viewers would find no model."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data.pop(WIDGET, None)


def write(notebook, output):
    without_widgets(notebook)
    draft = output.with_suffix(".part")
    nbformat.write(notebook, draft)
    os.replace(draft, output)


def main():
    source, output, parameters = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    notebook = nbformat.read(source, as_version=4)
    inject(notebook, parameters)
    add_provenance(notebook)
    output.parent.mkdir(parents=True, exist_ok=True)
    runner = Runner(
        notebook,
        timeout=None,
        store_widget_state=False,
        kernel_name=notebook.metadata.kernelspec.name,
        resources={"metadata": {"path": str(source.parent.resolve())}},
    )
    sys.exit(asyncio.run(execute(runner, notebook, output)))


if __name__ == "__main__":
    main()
