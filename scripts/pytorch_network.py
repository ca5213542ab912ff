"""Builds the PyTorch network of a file that Roarbook's saveWeights wrote, with its weights.

    from pytorch_network import load

    model = load("weights.safetensors")  # images [N, 3, H, W] in [0, 1] -> logits, in evaluation mode
    captum.attr.DeepLift(model).attribute(images, baselines, target)

Needs PyTorch and safetensors. The normalisation sits inside, as in Roarbook. Names and layout are those of
github.com/kuangliu/pytorch-cifar, so that state dicts fit both. Every use of ReLU has an `nn.ReLU` of its own: captum's
DeepLIFT and guided backprop hook modules, and silently give plain gradients where a module is shared or F.relu is called.
A network with an explainer has `model.explain(images)` -> maps.
"""

import json
from math import prod

import torch
from torch import nn


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
        self.relu2 = nn.ReLU()

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(y + self.shortcut(x))


class ResNet(nn.Module):
    """Images [N, C, H, W] in [0, 1] to logits; the normalisation is inside, and not in the state dict."""

    def __init__(self, stem, widths, blocks, strides, classes, mean, std):
        super().__init__()
        channel = lambda values: torch.tensor(values).view(1, -1, 1, 1)
        self.register_buffer("mean", channel(mean), persistent=False)
        self.register_buffer("std", channel(std), persistent=False)
        self.conv1 = nn.Conv2d(len(mean), stem, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.relu = nn.ReLU()
        self.stages = len(widths)
        inputs = stem
        for stage, (outputs, count, first) in enumerate(zip(widths, blocks, strides)):
            layers = []
            for stride in [first] + [1] * (count - 1):
                layers.append(BasicBlock(inputs, outputs, stride))
                inputs = outputs
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(inputs, classes)

    def features(self, x):
        """The last convolutional features; `layer4[-1]` of a ResNet-18 is what captum's LayerGradCam takes."""
        x = self.relu(self.bn1(self.conv1((x - self.mean) / self.std)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return x

    def head(self, features):
        return self.linear(features.mean((2, 3)))

    def forward(self, x):
        return self.head(self.features(x))


class Explained(ResNet):
    """A ResNet with an explainer E, which makes maps of the last features."""

    def __init__(self, filters, explainer_strides, output, **network):
        super().__init__(**network)
        self.explainer = nn.ModuleDict()
        inputs = network["widths"][-1]
        for number, (outputs, stride) in enumerate(zip(filters, explainer_strides), 1):
            self.explainer[f"deconv{number}"] = nn.ConvTranspose2d(
                inputs, outputs, 3, stride, padding=1, output_padding=stride - 1, bias=False
            )
            self.explainer[f"bn{number}"] = nn.BatchNorm2d(outputs)
            inputs = outputs
        self.layers = len(filters)
        if output == "signed":
            self.explainer["projection"] = nn.Conv2d(inputs, len(network["mean"]), 1)

    def maps(self, features, size):
        """E(h), [N, C, H, W], or the same in one channel for the output 'rectified'."""
        for number in range(1, self.layers + 1):
            features = torch.relu(self.explainer[f"bn{number}"](self.explainer[f"deconv{number}"](features)))
        projected = self.explainer["projection"](features) if "projection" in self.explainer else features.mean(1, True)
        return projected[:, :, : size[0], : size[1]]

    def explain(self, x):
        return self.maps(self.features(x), x.shape[2:])


def build(architecture):
    """A network of the architecture that a file names in its metadata, with fresh weights."""
    fields = ("stem", "widths", "blocks", "strides", "classes", "mean", "std")
    network = {field: architecture[field] for field in fields}
    if "explainerFilters" not in architecture:
        return ResNet(**network)
    strides = architecture["explainerStrides"]
    assert prod(strides) == prod(network["strides"]), (strides, network["strides"])
    return Explained(architecture["explainerFilters"], strides, architecture["explainerOutput"], **network)


def load(path):
    """The network of a file that saveWeights or export_pytorch.py wrote, in evaluation mode."""
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        architecture = json.loads(file.metadata()["architecture"])
        state = {name: file.get_tensor(name) for name in file.keys()}
    model = build(architecture)
    model.load_state_dict(state)
    return model.eval()
