"""Times kernels side by side in one run: Roarbook's, tslab's and ipykernel. Writes bench/results/kernel.json.

    .venv/bin/python bench/kernel.py
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

root = Path(__file__).resolve().parent.parent
prefix = tempfile.mkdtemp()
kernels = Path(prefix) / "share" / "jupyter" / "kernels"
os.environ["JUPYTER_PATH"] = str(Path(prefix) / "share" / "jupyter")

from jupyter_client.manager import KernelManager  # noqa: E402  (reads JUPYTER_PATH)


def install():
    subprocess.run(["node", root / "dist/cli.js", "kernel", "install", "--prefix", prefix], check=True)
    tslab = kernels / "tslab"
    tslab.mkdir()
    argv = ["node", str(root / "node_modules/tslab/bin/tslab"), "kernel", "--config-path", "{connection_file}"]
    spec = {"argv": argv, "display_name": "tslab", "language": "typescript"}
    (tslab / "kernel.json").write_text(json.dumps(spec))


def timed(action):
    start = time.perf_counter()
    action()
    return round(1000 * (time.perf_counter() - start), 2)


def measure(name):
    manager = KernelManager(kernel_name=name)
    start = time.perf_counter()
    manager.start_kernel(cwd=str(root), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    ready = round(1000 * (time.perf_counter() - start), 2)

    def run(code):
        client.execute_interactive(code, output_hook=lambda message: None, timeout=120)

    def complete():
        client.complete("x0", reply=True, timeout=60)

    try:
        first = timed(lambda: run("1+1"))
        time.sleep(3)
        warm = [timed(lambda: run("1+1")) for _ in range(30)]
        run("x0 = 1" if name == "python3" else "let x0 = 1")
        complete()
        completion = [timed(complete) for _ in range(20)]
        lines = "for i in range(20000): print(i)" if name == "python3" else "for (let i = 0; i < 20000; i++) console.log(i)"
        printed = timed(lambda: run(lines)) if name != "tslab" else None
        return {
            "ready_ms": ready,
            "first_cell_ms": first,
            "warm_cell_ms": {"median": statistics.median(warm), "min": min(warm)},
            "completion_ms": {"median": statistics.median(completion), "min": min(completion)},
            "20000_lines_ms": printed,
        }
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


install()
results = {
    "machine": f"{os.cpu_count()} cores",
    "load_average_at_start": os.getloadavg()[0],
    "python": sys.version.split()[0],
    "kernels": {name: measure(name) for name in ("roarbook", "tslab", "python3")},
}
out = root / "bench" / "results" / "kernel.json"
out.write_text(json.dumps(results, indent=2) + "\n")
print(out.read_text())
