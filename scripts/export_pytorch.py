"""Turns a PyTorch checkpoint of a CIFAR ResNet into a safetensors file that Roarbook's loadWeights reads.

    python export_pytorch.py CHECKPOINT OUTPUT [--normalise cifar10|none] [--strides 1,2,2,2] [--trust]

Reads a state dict, or a checkpoint that holds one under `state_dict`, `model`, `net` or `model_state_dict`, as those of
`robustness`, RobustBench and kuangliu's pytorch-cifar.
Prefixes such as `module.` and `model.` are stripped, torchvision's names `fc` and `downsample` become `linear` and
`shortcut`, and the normalisation's buffers (`normalizer.new_mean`, `mu`, `mean` ...) go into the file. A checkpoint
without them needs --normalise, because a network computes nonsense with another one's: `cifar10` for images that were
normalised with CIFAR-10's mean and deviation, `none` for a network that takes images in [0, 1] as they are.

Tensors do not show the strides of the stages' first blocks: they are taken as ResNet-18's, 1, 2, 2, 2, unless --strides says
otherwise. The way back is pytorch_network.py, beside this file.

Needs PyTorch, and nothing else. torch.load runs with weights_only=True, so that a hostile checkpoint runs no code;
--trust turns that off, for checkpoints of sources that you trust which hold more than tensors.
"""

import argparse
import json
import re
import struct
import sys
from pathlib import Path

NORMALISATIONS = {
    "cifar10": ([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]),
    "none": ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0]),
}
# Where checkpoints keep the state dict, also one within another.
STATE = ("state_dict", "model", "net", "model_state_dict")
PREFIX = re.compile(r"^(module|model|net|network|backbone|_orig_mod|basic_net)\.")
# robustness stores the network twice; the second one is the attacker's view of the first.
COPY = re.compile(r"^(module\.)*attacker\.")
MEAN = re.compile(r"(^|\.)(new_mean|mean|mu)$")
STD = re.compile(r"(^|\.)(new_std|std|sigma)$")
BLOCK = r"layer\d+\.\d+\."
NORM = r"\.(weight|bias|running_mean|running_var)"
KNOWN = re.compile(
    rf"^(({BLOCK})?conv[12]\.weight|({BLOCK})?bn[12]{NORM}"
    rf"|{BLOCK}shortcut\.0\.weight|{BLOCK}shortcut\.1{NORM}|linear\.(weight|bias))$"
)


class ExportError(Exception):
    """A checkpoint that cannot be exported; the message says what it must hold."""


def convert(state, normalise=None, strides=None):
    """The tensors by Roarbook's names, and the architecture, of a state dict name -> (shape, float32 bytes)."""
    tensors, found = {}, {}
    for name, (shape, data) in state.items():
        if COPY.match(name) or name.endswith("num_batches_tracked"):
            continue
        while PREFIX.match(name):
            name = PREFIX.sub("", name)
        for kind, pattern in (("mean", MEAN), ("std", STD)):
            if pattern.search(name) and not KNOWN.match(name):
                values = list(struct.unpack(f"<{len(data) // 4}f", data))
                if found.setdefault(kind, values) != values:
                    raise ExportError(f"the normalisation must be one, got '{name}' {values} and {found[kind]}")
                break
        else:
            name = re.sub(r"^fc\.", "linear.", name).replace(".downsample.", ".shortcut.")
            if name in tensors and tensors[name] != (shape, data):
                raise ExportError(f"'{name}' must be there once, got two different tensors of this name")
            tensors[name] = (shape, data)
    unknown = [name for name in tensors if not KNOWN.match(name)]
    if unknown:
        raise ExportError(f"the network must be a ResNet of basic blocks, got the tensor '{unknown[0]}'")
    return tensors, architecture(tensors, *normalisation(found, normalise), strides)


def normalisation(found, normalise):
    if len(found) == 1:
        raise ExportError(f"the normalisation must have a mean and a deviation, got {found} alone")
    if len(found) == 2:
        if len(found["mean"]) != len(found["std"]):
            raise ExportError(f"mean and deviation must have as many channels, got {found}")
        if normalise:
            raise ExportError(f"the checkpoint has a normalisation of its own, {found}; leave out --normalise")
        return found["mean"], found["std"]
    if normalise is None:
        raise ExportError("the checkpoint holds no normalisation; say --normalise cifar10 or --normalise none")
    return NORMALISATIONS[normalise]


def architecture(tensors, mean, std, strides):
    def shape(name):
        if name not in tensors:
            raise ExportError(f"the network must be a CIFAR ResNet, got no tensor '{name}'")
        found = tensors[name][0]
        rank = 4 if "conv" in name else 2 if name == "linear.weight" else 1
        if len(found) != rank:
            raise ExportError(f"'{name}' must have {rank} dimensions, got the shape {found}")
        return found

    for name in ("bn1.weight", "bn1.running_mean", "linear.bias"):
        shape(name)
    if shape("conv1.weight")[2:] != [3, 3]:
        raise ExportError(f"'conv1.weight' must be 3x3, as for CIFAR, got {shape('conv1.weight')}")
    if shape("conv1.weight")[1] != len(mean):
        raise ExportError(f"the normalisation must have {shape('conv1.weight')[1]} channels, got {len(mean)}")
    widths, blocks = [], []
    while f"layer{len(widths) + 1}.0.conv1.weight" in tensors:
        stage = f"layer{len(widths) + 1}"
        widths.append(shape(f"{stage}.0.conv1.weight")[0])
        count = 1
        while f"{stage}.{count}.conv1.weight" in tensors:
            count += 1
        blocks.append(count)
    strides = strides or [1] + [2] * (len(widths) - 1)
    if len(strides) != len(widths):
        raise ExportError(f"--strides must name one for each of {len(widths)} stages, got {strides}")
    return {
        "kind": "resnet",
        "stem": shape("conv1.weight")[0],
        "widths": widths,
        "blocks": blocks,
        "strides": strides,
        "classes": shape("linear.weight")[0],
        "mean": mean,
        "std": std,
    }


def write(path, tensors, architecture):
    """A safetensors file: the length of a JSON header, the header, the numbers."""
    header, offset = {"__metadata__": {"architecture": json.dumps(architecture)}}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, data in tensors.values()))


def read(path, trust=False):
    """The state dict of a checkpoint, as `convert` takes it."""
    import torch

    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=not trust)
    except FileNotFoundError:
        raise ExportError(f"{path} must be a checkpoint, got no such file") from None
    except Exception as error:
        hint = "" if trust else "; --trust reads what holds more than tensors, and runs its code"
        raise ExportError(f"{path} must be what torch.save wrote, got '{str(error).splitlines()[0]}'{hint}") from error
    for key in (*STATE, *STATE):
        if isinstance(checkpoint, dict) and isinstance(checkpoint.get(key), dict):
            checkpoint = checkpoint[key]
    tensors = isinstance(checkpoint, dict) and {
        name: value for name, value in checkpoint.items() if isinstance(value, torch.Tensor)
    }
    if not tensors:
        raise ExportError(f"{path} must hold a state dict, itself or under one of {', '.join(STATE)}")
    plain = lambda tensor: tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()
    return {name: (list(tensor.shape), plain(tensor)) for name, tensor in tensors.items()}


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint")
    parser.add_argument("output")
    parser.add_argument("--normalise", choices=NORMALISATIONS)
    whole = lambda text: [int(stride) for stride in text.split(",")]
    parser.add_argument("--strides", type=whole, metavar="1,2,2,2")
    parser.add_argument("--trust", action="store_true")
    options = parser.parse_args(arguments)
    try:
        state = read(options.checkpoint, options.trust)
        tensors, network = convert(state, options.normalise, options.strides)
    except ExportError as error:
        sys.exit(f"export_pytorch: {error}.")
    write(options.output, tensors, network)
    print(f"{options.output}: {len(tensors)} tensors, {json.dumps(network)}")


if __name__ == "__main__":
    main()
