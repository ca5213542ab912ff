"""PyTorch's side of the compiler's benchmark: ResNet-18 for 32x32 images, one mode for the life of the process.

Reads one request a line, {"work": name, "width": W, "batch": N}, does it once and answers its milliseconds, by the clock
and of processor time over all threads, or {"error": why not}. The works are the methods of Work and of DataWork.
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

    def jacobian(self):
        """Cross-entropy plus half the mean squared norm of each image's loss gradient."""
        self.model.train()
        self.optimizer.zero_grad()
        x = self.x.detach().requires_grad_(True)
        losses = self.loss(x, "none")
        (gradient,) = torch.autograd.grad(losses.sum(), x, create_graph=True)
        loss = losses.mean() + 0.5 * gradient.square().sum((1, 2, 3)).mean()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def pgd(self, steps=2):
        """l2 steps of length 0.25 in the ball of radius 1."""
        self.model.eval()
        x = self.x
        for _ in range(steps):
            x = x.detach().requires_grad_(True)
            (gradient,) = torch.autograd.grad(self.loss(x, "sum"), x)
            moved = x.detach() + 0.25 * gradient / norm(gradient).clamp_min(1e-12)
            offset = moved - self.x
            x = (self.x + offset * (1 / norm(offset).clamp_min(1))).clamp(0, 1)
        return x[0, 0, 0, 0].item()


    def pgd1(self):
        return self.pgd(1)

    def pgd5(self):
        return self.pgd(5)

    def pgd20(self):
        return self.pgd(20)

    def pgd40(self):
        return self.pgd(40)

    def explain(self, method, **options):
        """captum's maps, with its defaults for what is not given; at most 256 copies at once where it takes a limit."""
        self.model.eval()
        x = self.x.detach().clone().requires_grad_(True)
        with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bfloat16"):
            return method(self.forward).attribute(x, target=self.y, **options).sum().item()

    def saliency(self):
        from captum.attr import Saliency

        return self.explain(Saliency)

    def smoothGrad(self):
        from captum.attr import NoiseTunnel, Saliency

        at_once = max(1, 256 // len(self.x))
        options = {"nt_type": "smoothgrad", "nt_samples": 50, "nt_samples_batch_size": at_once, "stdevs": 0.15}
        return self.explain(lambda forward: NoiseTunnel(Saliency(forward)), abs=False, **options)

    def integratedGradients(self):
        from captum.attr import IntegratedGradients

        return self.explain(IntegratedGradients, n_steps=50, internal_batch_size=256)

    def gradientShap(self):
        from captum.attr import GradientShap

        baselines = 0.001 * torch.randn(5, 3, 32, 32)
        return self.explain(GradientShap, baselines=baselines, n_samples=5)

    def deepLift(self):
        from captum.attr import DeepLift

        return self.explain(lambda _: DeepLift(deep_lift_model(self.model)))

    def occlusion(self):
        from captum.attr import Occlusion

        return self.explain(Occlusion, sliding_window_shapes=(3, 4, 4), strides=(3, 2, 2))


def deep_lift_model(model):
    """captum's DeepLift wants a module for every use of ReLU."""
    from torch import fx

    graph = fx.symbolic_trace(model)
    for i, node in enumerate(list(graph.graph.nodes)):
        if node.op == "call_function" and node.target is F.relu:
            graph.add_module(f"relu_{i}", nn.ReLU())
            node.op, node.target, node.kwargs = "call_module", f"relu_{i}", {}
    graph.recompile()
    return graph.eval()


class Small(nn.Module):
    """The network of Roarbook's quick profile: stem 8, widths 16, 16, 32, one block each, stride 2."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8)
        self.blocks = nn.Sequential(Block(8, 16, 2), Block(16, 16, 2), Block(16, 32, 2))
        self.linear = nn.Linear(32, 10)

    def forward(self, x):
        return self.linear(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


class DataWork:
    """Works on a data set of random bytes."""

    def __init__(self, count):
        generator = torch.Generator().manual_seed(0)
        self.images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)
        self.labels = torch.randint(0, 10, (count,), generator=generator)
        self.maps = torch.rand(count, 3, 32, 32, generator=generator)

    def limit(self):
        """The product of two square matrices of `count` rows."""
        if not hasattr(self, "factors"):
            self.factors = torch.rand(len(self.images), len(self.images))
        return (self.factors @ self.factors)[0, 0].item()

    def removal(self):
        """From the maps to the changed images: the top 60 % of the pixels by the sum over channels of |map|."""
        scores = self.maps.abs().sum(1).flatten(1)
        order = torch.argsort(scores, dim=1, descending=True, stable=True)
        mask = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, order[:, : round(0.6 * 1024)], True)
        images = self.images.float() / 255
        return torch.where(mask.view(-1, 1, 32, 32), 0.5, images)[0, 0, 0, 0].item()

    def augment(self, epochs=1, size=128, train=lambda images, labels: None):
        """Augmented batches: pad 4, random crop, horizontal flip, vectorised over the batch."""
        count = len(self.images)
        grid = torch.arange(32)
        for _ in range(epochs):
            for indices in torch.randperm(count).split(size):
                images = F.pad(self.images[indices].float() / 255, (4, 4, 4, 4))
                n = len(indices)
                rows = torch.randint(0, 9, (n, 1)) + grid
                columns = torch.randint(0, 9, (n, 1)) + torch.where(torch.rand(n, 1) < 0.5, 31 - grid, grid)
                taken = images[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
                train(taken.permute(0, 3, 1, 2), self.labels[indices])

    def retrain(self):
        """4,000 images, 10 epochs in batches of 100."""
        data = DataWork(4000)
        model = Small()
        if channels_last:
            model = model.to(memory_format=torch.channels_last)
        forward = torch.compile(model) if mode == "compile" else model
        optimizer = torch.optim.SGD(model.parameters(), 0.2, momentum=0.9, weight_decay=5e-4)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=400, cycle_momentum=False)

        def train(images, labels):
            if channels_last:
                images = images.contiguous(memory_format=torch.channels_last)
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=mode == "bfloat16"):
                logits = forward(images)
            F.cross_entropy(logits.float(), labels).backward()
            optimizer.step()
            schedule.step()

        data.augment(epochs=10, size=100, train=train)


def norm(images):
    return images.square().sum((1, 2, 3), keepdim=True).sqrt()


works = {}
print(json.dumps({"version": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    key = (request["width"], request["batch"])
    if key not in works:
        works.clear()
        works[key] = Work(*key) if request["width"] else DataWork(request["batch"])
    start, busy = time.perf_counter(), time.process_time()
    try:
        getattr(works[key], request["work"])()
    except Exception as error:  # captum and the compiler refuse some works
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
        continue
    times = {"milliseconds": time.perf_counter() - start, "processor": time.process_time() - busy}
    print(json.dumps({name: 1000 * seconds for name, seconds in times.items()}), flush=True)
