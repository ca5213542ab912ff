"""The CIFAR ResNet of basic blocks that Roarbook's `resnet` is, with PyTorch's names, for make_golden.py.

Layout and names are those of github.com/kuangliu/pytorch-cifar. Every use of ReLU has an `nn.ReLU` of its own: captum's
DeepLIFT and guided backprop hook modules, and silently give plain gradients where a module is shared or F.relu is called.
"""

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
    """Images [N, 3, H, W] in [0, 1] to logits; the normalisation is inside, and not in the state dict."""

    def __init__(self, stem, widths, blocks, classes):
        super().__init__()
        channel = lambda values: torch.tensor(values).view(1, -1, 1, 1)
        self.register_buffer("mean", channel([0.4914, 0.4822, 0.4465]), persistent=False)
        self.register_buffer("std", channel([0.247, 0.2435, 0.2616]), persistent=False)
        self.conv1 = nn.Conv2d(3, stem, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.relu = nn.ReLU()
        self.stages = len(widths)
        inputs = stem
        for stage, (outputs, count) in enumerate(zip(widths, blocks)):
            strides = [1 if stage == 0 else 2] + [1] * (count - 1)
            layers = []
            for stride in strides:
                layers.append(BasicBlock(inputs, outputs, stride))
                inputs = outputs
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(inputs, classes)

    def features(self, x):
        x = self.relu(self.bn1(self.conv1((x - self.mean) / self.std)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return x

    def head(self, features):
        return self.linear(features.mean((2, 3)))

    def forward(self, x):
        return self.head(self.features(x))


class Explained(nn.Module):
    """A small ResNet with the explainer that Roarbook's `withExplainer` adds to it, in two layers of 6 and 5 filters."""

    architecture = {
        **{"kind": "resnet", "stem": 4, "widths": [4, 8], "blocks": [1, 1], "strides": [1, 2], "classes": 5},
        **{"mean": [0.4914, 0.4822, 0.4465], "std": [0.247, 0.2435, 0.2616]},
        **{"explainerFilters": [6, 5], "explainerStrides": [1, 2], "explainerOutput": "signed"},
    }

    def __init__(self, network):
        super().__init__()
        self.explainer = nn.ModuleDict()
        inputs = 8
        for number, (outputs, stride) in enumerate(((6, 1), (5, 2)), 1):
            self.explainer[f"deconv{number}"] = nn.ConvTranspose2d(
                inputs, outputs, 3, stride, padding=1, output_padding=stride - 1, bias=False
            )
            self.explainer[f"bn{number}"] = nn.BatchNorm2d(outputs)
            inputs = outputs
        self.explainer["projection"] = nn.Conv2d(inputs, 3, 1)
        # The network's own names, without a prefix.
        for name, module in network.named_children():
            self.add_module(name, module)
        self.network = [network]

    def _apply(self, fn):
        # The normalisation's buffers are the network's, and follow its type.
        self.network[0]._apply(fn)
        return super()._apply(fn)

    def forward(self, x):
        """Logits and maps."""
        features = self.network[0].features(x)
        maps = features
        for number in (1, 2):
            maps = torch.relu(self.explainer[f"bn{number}"](self.explainer[f"deconv{number}"](maps)))
        maps = self.explainer["projection"](maps)
        return self.network[0].head(features), maps[:, :, : x.shape[2], : x.shape[3]]


def randomised(model, seed):
    """`model` with random weights everywhere: batch norm's scales, shifts and running statistics too."""
    generator = torch.Generator().manual_seed(seed)
    normal = lambda tensor: torch.randn(tensor.shape, generator=generator)
    with torch.no_grad():
        for module in model.modules():
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
