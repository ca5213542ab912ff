"""PyTorch's side of the compiler's benchmark: ResNet-18 for 32x32 images, one mode for the life of the process.

Reads one request a line, {"work": "train" | "pgd", "width": W, "batch": N}, does it once and answers its milliseconds,
by the clock and of processor time over all threads.
The first request of a kind is a warm-up by the caller's choice. Modes: eager, channels_last, compile, bfloat16.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

mode = sys.argv[1]
channels_last = mode in ("channels_last", "bfloat16")


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class Resnet18(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        blocks, inputs = [], width
        for outputs, stride in [(width, 1), (2 * width, 2), (4 * width, 2), (8 * width, 2)]:
            blocks += [Block(inputs, outputs, stride), Block(outputs, outputs, 1)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(inputs, 10)

    def forward(self, x):
        return self.linear(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


class Work:
    def __init__(self, width, batch):
        torch.manual_seed(0)
        self.model = Resnet18(width)
        self.x = torch.rand(batch, 3, 32, 32)
        if channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
            self.x = self.x.to(memory_format=torch.channels_last)
        self.y = torch.arange(batch) % 10
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
        self.forward = torch.compile(self.model) if mode == "compile" else self.model

    def loss(self, x, reduction):
        with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bfloat16"):
            logits = self.forward(x)
        return F.cross_entropy(logits.float(), self.y, reduction=reduction)

    def train(self):
        self.model.train()
        self.optimizer.zero_grad()
        loss = self.loss(self.x, "mean")
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def pgd(self):
        """Two l2 steps of length 0.25 in the ball of radius 1."""
        self.model.eval()
        x = self.x
        for _ in range(2):
            x = x.detach().requires_grad_(True)
            (gradient,) = torch.autograd.grad(self.loss(x, "sum"), x)
            moved = x.detach() + 0.25 * gradient / norm(gradient).clamp_min(1e-12)
            offset = moved - self.x
            x = (self.x + offset * (1 / norm(offset).clamp_min(1))).clamp(0, 1)
        return x[0, 0, 0, 0].item()


def norm(images):
    return images.square().sum((1, 2, 3), keepdim=True).sqrt()


works = {}
print(json.dumps({"version": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["width"], request["batch"])
    if key not in works:
        works.clear()
        works[key] = Work(*key)
    start, busy = time.perf_counter(), time.process_time()
    getattr(works[key], request["work"])()
    times = {"milliseconds": time.perf_counter() - start, "processor": time.process_time() - busy}
    print(json.dumps({name: 1000 * seconds for name, seconds in times.items()}), flush=True)
