"""Converts a JSON state dict, name -> [shape, numbers], with scripts/export_pytorch.py, which needs PyTorch only to read.

    python export.py STATE.json OUTPUT [NORMALISE [STRIDES]]
"""

import json
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts"))
sys.dont_write_bytecode = True
from export_pytorch import ExportError, convert, write  # noqa: E402

state = {
    name: (shape, struct.pack(f"<{len(numbers)}f", *numbers))
    for name, (shape, numbers) in json.loads(Path(sys.argv[1]).read_text()).items()
}
try:
    normalise, strides = (*sys.argv[3:], None, None)[:2]
    write(sys.argv[2], *convert(state, normalise, strides and json.loads(strides)))
except ExportError as error:
    sys.exit(str(error))
