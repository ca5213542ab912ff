"""The networks of make_golden.py: small ones of scripts/pytorch_network.py, with random weights."""

import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.dont_write_bytecode = True
from pytorch_network import build  # noqa: E402

NORMALISATION = {"mean": [0.4914, 0.4822, 0.4465], "std": [0.247, 0.2435, 0.2616]}
SMALL = {
    **{"kind": "resnet", "stem": 4, "widths": [4, 8], "blocks": [1, 1], "strides": [1, 2], "classes": 5},
    **NORMALISATION,
}
DEEP = {
    **{"kind": "resnet", "stem": 2, "widths": [2, 4, 8, 16], "blocks": [2, 2, 2, 2], "strides": [1, 2, 2, 2]},
    **{"classes": 10, **NORMALISATION},
}
EXPLAINED = {**SMALL, "explainerFilters": [6, 5], "explainerStrides": [1, 2], "explainerOutput": "signed"}


def networks():
    """By the name of its file."""
    architectures = {"network": (SMALL, 1), "teacher": (SMALL, 2), "resnet18": (DEEP, 3), "explained": (EXPLAINED, 4)}
    return {name: randomised(build(architecture), seed) for name, (architecture, seed) in architectures.items()}


def randomised(model, seed):
    """`model` with random weights everywhere: batch norm's scales, shifts and running statistics too."""
    generator = torch.Generator().manual_seed(seed)
    normal = lambda tensor: torch.randn(tensor.shape, generator=generator)
    with torch.no_grad():
        # Explainers draw first.
        for _, module in sorted(model.named_modules(), key=lambda item: not item[0].startswith("explainer")):
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                fan_in = module.weight[0].numel()
                module.weight.copy_(normal(module.weight) * (2 / fan_in) ** 0.5)
            if isinstance(module, nn.BatchNorm2d):
                module.weight.copy_(1 + 0.2 * normal(module.weight))
                module.bias.copy_(0.2 * normal(module.bias))
                module.running_mean.copy_(0.2 * normal(module.running_mean))
                module.running_var.copy_((0.3 * normal(module.running_var)).exp())
            if isinstance(module, nn.Linear):
                module.weight.copy_(normal(module.weight))
                module.bias.copy_(normal(module.bias))
    return model.eval()
