"""Times kernels side by side in one run: Roarbook's, tslab's, ipykernel and Deno's. Writes bench/results/kernel.json.

    .venv/bin/python bench/kernel.py

Times are milliseconds until a client has the reply and the idle status. Memory is that of all of a kernel's processes,
RSS summed (shared pages count once per process) and PSS (shared pages are divided). Deno comes from npm into a temporary
folder; it is left out where that fails. Cells of each kernel go into a history of their own.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

root = Path(__file__).resolve().parent.parent
prefix = tempfile.mkdtemp()
kernels = Path(prefix) / "share" / "jupyter" / "kernels"
tensorflow = "@tensorflow/tfjs-node-gpu"
os.environ["ROARBOOK_HISTORY"] = str(Path(prefix) / "history.jsonl")
os.environ["JUPYTER_PATH"] = str(Path(prefix) / "share" / "jupyter")

from jupyter_client.manager import KernelManager  # noqa: E402  (reads JUPYTER_PATH)


def install():
    subprocess.run(["node", root / "dist/cli.js", "kernel", "install", "--prefix", prefix], check=True)
    tslab = str(root / "node_modules/tslab/bin/tslab")
    write_spec("tslab", ["node", tslab, "kernel", "--config-path", "{connection_file}"])
    npm = ["npm", "install", "--prefix", prefix, "--ignore-scripts", "--no-audit", "--no-fund", "deno@2.9.6"]
    if subprocess.run(npm, stdout=subprocess.DEVNULL).returncode == 0:
        deno = str(next(Path(prefix).glob("node_modules/@deno/*/deno")))
        write_spec("deno", [deno, "jupyter", "--kernel", "--conn", "{connection_file}"])


def write_spec(name, argv):
    folder = kernels / name
    folder.mkdir()
    spec = {"argv": argv, "display_name": name, "language": "typescript"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def memory(pid):
    """MB of a process and all below it."""
    total = {"rss": 0, "pss": 0}
    waiting = [pid]
    while waiting:
        folder = Path("/proc") / str(waiting.pop())
        for key, value in re.findall(r"^(Rss|Pss): +(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE):
            total[key.lower()] += int(value) / 1000
        for thread in (folder / "task").iterdir():
            waiting += (thread / "children").read_text().split()
    return {key: round(value) for key, value in total.items()}


@contextmanager
def started(name):
    """A fresh kernel: its client, its process and the milliseconds until it was ready."""
    manager = KernelManager(kernel_name=name)
    start = time.perf_counter()
    manager.start_kernel(cwd=str(root), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client, manager.provisioner.process.pid, round(1000 * (time.perf_counter() - start), 2)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def cell(client, code):
    """Milliseconds that a cell takes; one that fails ends the measurement."""
    start = time.perf_counter()
    reply = client.execute_interactive(code, output_hook=lambda message: None, timeout=120)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{code}: {reply['content']}")
    return round(1000 * (time.perf_counter() - start), 2)


def summary(times):
    return {"median": round(statistics.median(times), 2), "min": min(times)}


def at_once(name):
    with started(name) as (client, _, ready):
        return {"ready_ms": ready, "first_cell_at_once_ms": cell(client, "1+1")}


def later(name):
    python = name == "python3"
    with started(name) as (client, pid, _):
        time.sleep(3)
        idle = memory(pid)
        first = cell(client, "1+1")
        cells = [cell(client, f"{'' if python else 'let '}x{i} = {i}") for i in range(200)]
        warm = [cell(client, "1+1") for _ in range(30)]

        def complete():
            start = time.perf_counter()
            client.complete("x1", reply=True, timeout=10)
            return round(1000 * (time.perf_counter() - start), 2)

        try:
            complete()
            completion = summary([complete() for _ in range(20)])
        except TimeoutError:
            completion = "no reply within 10 s"
        lines = "for i in range(20000): print(i)" if python else "for (let i = 0; i < 20000; i++) console.log(i)"
        return {
            "idle_memory_mb": idle,
            "first_cell_after_3s_ms": first,
            "cells_11_to_30_ms": summary(cells[10:30]),
            "cells_181_to_200_ms": summary(cells[180:]),
            "warm_cell_ms": summary(warm),
            "completion_ms": completion,
            "20000_lines_ms": cell(client, lines) if name != "tslab" else None,
        }


def importing(name, package):
    """A cell that imports a package: the first time in a fresh kernel, and again in later cells."""
    code = f"import * as p from '{package}'; typeof p"
    with started(name) as (client, _, _):
        time.sleep(3)
        cell(client, "1+1")
        return {"first": cell(client, code), "later": summary([cell(client, code) for _ in range(5)])}


def measure(name):
    results = {**at_once(name), **later(name)}
    # tslab cannot load Roarbook, an ECMAScript module with top-level await below it.
    packages = {"roarbook": ["roarbook", tensorflow], "tslab": [tensorflow]}.get(name, [])
    return {**results, "import_ms": {package: importing(name, package) for package in packages}}


install()
names = [name for name in ("roarbook", "tslab", "python3", "deno") if name == "python3" or (kernels / name).is_dir()]
results = {
    "machine": f"{os.cpu_count()} cores",
    "load_average_at_start": os.getloadavg()[0],
    "python": sys.version.split()[0],
    "kernels": {name: measure(name) for name in names},
}
out = root / "bench" / "results" / "kernel.json"
out.write_text(json.dumps(results, indent=2) + "\n")
print(out.read_text())
