"""Writes the golden values of test/golden from PyTorch, captum, robustness, torchattacks, foolbox, SciPy and scikit-image.

    python3 -m venv /tmp/torch-venv
    /tmp/torch-venv/bin/pip install torch==2.15.0 captum==0.8.0 torchattacks==3.5.1 safetensors==0.8.0
    /tmp/torch-venv/bin/pip install foolbox==3.3.4 scikit-image==0.26.0
    /tmp/torch-venv/bin/pip install --no-deps robustness==1.2.1.post2
    /tmp/torch-venv/bin/python test/golden/make_golden.py

Every value is computed twice, in float64 and in float32. The file holds the float64 values rounded to float32; its
metadata holds the versions, and for each array by how much PyTorch's own float32 differs from them at most (`rounding`).
Layouts are Roarbook's: images NHWC, convolutions HWIO, dense weights [in, out]. Networks are PyTorch state dicts as they
are, in PyTorch's layouts.
"""

import copy
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import captum.attr as attr
import captum.metrics as metrics
import foolbox
import numpy as np
import torch
import torch.nn.functional as F
import torchattacks
from robustness.attack_steps import L2Step, LinfStep
from safetensors.torch import save_file
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity

from attribution_values import attribution_values, explainer_values, option_values
from layouts import SAMPLES, images_out, weights_out
from network import EXPLAINED, networks

FOLDER = Path(__file__).parent
LIBRARIES = ("torch", "captum", "robustness", "torchattacks", "foolbox", "scipy", "scikit-image")
torch.set_num_threads(1)


def inputs():
    """What both sides are given; float32 throughout, so that both start from the same numbers."""
    generator = torch.Generator().manual_seed(20)
    uniform = lambda *shape: torch.rand(shape, generator=generator)
    normal = lambda *shape: torch.randn(shape, generator=generator)
    return {
        "images": uniform(4, 3, 12, 11),
        "labels": torch.tensor([1, 3, 0, 2]),
        "baseline": uniform(1, 3, 12, 11),
        "noise": 0.15 * normal(4 * SAMPLES, 3, 12, 11),
        "baselines": uniform(6, 3, 12, 11),
        "choice": torch.randint(6, (4 * SAMPLES,), generator=generator),
        "alpha": uniform(4 * SAMPLES),
        "directions": F.normalize(normal(4, 5)) * 5**0.5,
    }


def learned(model):
    return dict(model.named_parameters())


def statistics(model):
    return {name: buffer for name, buffer in model.named_buffers() if "running" in name}


def gradients(model, loss):
    return dict(zip(learned(model), torch.autograd.grad(loss, model.parameters())))


def batch(given, step):
    """Another batch for each step, without storing ten of them."""
    return given["images"] * ((step + 1) / 10)


def model_values(nets, given):
    model, images = nets["network"], given["images"]
    out = {"logits": model(images)}
    resnet18_images = F.interpolate(images[:2], (32, 32))
    out["resnet18/logits"] = nets["resnet18"](resnet18_images)
    x = resnet18_images.clone().requires_grad_()
    nets["resnet18"](x)[:, 7].sum().backward()
    out |= images_out({"resnet18/gradient": x.grad})
    trained = copy.deepcopy(model).train()
    for step in range(10):
        out[f"training/logits{step + 1}"] = trained(batch(given, step))
    return out | weights_out("training", statistics(trained))


def training_values(nets, given):
    labels, images = given["labels"], given["images"]
    out = {}

    def record(name, objective):
        model = copy.deepcopy(nets["network"]).train()
        loss = objective(model)
        out[f"{name}/loss"] = loss.reshape(1)
        out.update(weights_out(name, gradients(model, loss)))

    def jacobian(model, size):
        x = images.clone().requires_grad_()
        logits = model(x)
        return F.cross_entropy(logits, labels) + 0.5 * size(logits, x).mean()

    def loss_gradient(logits, x):
        loss = F.cross_entropy(logits, labels, reduction="sum")
        return torch.autograd.grad(loss, x, create_graph=True)[0].flatten(1)

    def projected(logits, x):
        return torch.autograd.grad(logits, x, given["directions"], create_graph=True)[0].flatten(1)

    def distillation(model, temperature):
        soft = F.softmax(nets["teacher"](images) / temperature, 1).detach()
        student = F.log_softmax(model(images) / temperature, 1)
        return temperature**2 * F.kl_div(student, soft, reduction="batchmean")

    record("crossEntropy", lambda model: F.cross_entropy(model(images), labels))
    record("distillation1", lambda model: distillation(model, 1))
    record("distillation10", lambda model: distillation(model, 10))
    record("squared", lambda model: jacobian(model, lambda z, x: loss_gradient(z, x).square().sum(1)))
    record("unsquared", lambda model: jacobian(model, lambda z, x: loss_gradient(z, x).norm(dim=1)))
    record("projections", lambda model: jacobian(model, lambda z, x: projected(z, x).square().sum(1)))

    model = copy.deepcopy(nets["network"]).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    for step in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(batch(given, 9 - step)), labels).backward()
        optimizer.step()
    return out | weights_out("sgd", learned(model)) | weights_out("sgd", statistics(model))


def trajectory(model, given, step, steps, targeted=False, start=None):
    """The images after some of the steps of robustness's attack, which starts at the images themselves unless told."""
    x, out = given["images"] if start is None else start, {}
    for number in range(1, max(steps) + 1):
        x = x.clone().detach().requires_grad_()
        loss = F.cross_entropy(model(x), given["labels"])
        (gradient,) = torch.autograd.grad(-loss if targeted else loss, x)
        with torch.no_grad():
            x = step.project(step.step(x, gradient))
        if number in steps:
            out[number] = x
    return out


class SignStep(L2Step):
    """Zeng et al.'s printed step: the gradient's sign, here of the step's length in l2."""

    def step(self, x, gradient):
        return x + self.step_size * gradient.sign() / gradient[0].numel() ** 0.5


def restarted(model, given, step, offset):
    """Five steps from two given starts; of each image the end at which another class leads by most."""
    images, labels = given["images"], given["labels"]
    ends = []
    for sample in range(2):
        start = step.project(images + offset(given["noise"][sample::SAMPLES], given["alpha"][sample::SAMPLES]))
        ends.append(trajectory(model, given, step, (5,), start=start)[5])
    own = F.one_hot(labels, 5).bool()
    leads = [(z := model(x)).masked_fill(own, -1e9).amax(1) - z[own] for x in ends]
    return torch.where((leads[1] > leads[0]).view(-1, 1, 1, 1), ends[1], ends[0])


def auto_values(model, given):
    """torchattacks' APGD from given starting points, on the images whose class is the predicted one."""
    images = given["images"]
    labels = model(images).argmax(1)
    starts = {"rand": lambda shape: given["baselines"][:4], "randn": lambda shape: given["noise"][::SAMPLES]}
    out = {}

    def record(name, attack, rows):
        with mock.patch.multiple(torch, **{key: lambda shape, draw=draw: draw(shape)[rows] for key, draw in starts.items()}):
            best, unfooled, _, adversarial = attack.attack_single_run(images[rows], labels[rows])
        out[name] = torch.where(unfooled.view(-1, 1, 1, 1), best, adversarial)

    for norm, epsilon in (("Linf", 4 / 255), ("L2", 0.2)):
        options = {"norm": norm, "eps": epsilon, "steps": 20}
        for loss in ("ce", "dlr"):
            record(f"apgd/{norm.lower()}/{loss}", torchattacks.APGD(model, loss=loss, **options), slice(4))
        targeted = torchattacks.APGDT(model, n_classes=5, **options)
        targeted.target_class = 2
        # For L2 its program gives all images the first one's step size: one image, then.
        record(f"apgd/{norm.lower()}/targeted", targeted, slice(4 if norm == "Linf" else 1))
    return out


def attack_values(nets, given):
    model, images = nets["network"], given["images"]
    x = images.clone().requires_grad_()
    F.cross_entropy(model(x), given["labels"], reduction="sum").backward()
    out = {"lossGradient": x.grad}
    norms = {"l2": L2Step(images, 0.5, 0.12), "linf": LinfStep(images, 8 / 255, 2 / 255)}
    for norm, step in norms.items():
        for number, attacked in trajectory(model, given, step, (1, 2, 5, 10)).items():
            out[f"{norm}/{number}"] = attacked
        out[f"{norm}/targeted"] = trajectory(model, given, step, (5,), targeted=True)[5]
    out["l2/sign"] = trajectory(model, given, SignStep(images, 0.5, 0.12), (5,))[5]
    column = lambda values: values.view(-1, 1, 1, 1)
    length = lambda alpha: 0.5 * alpha ** (1 / images[0].numel())
    balls = {
        "l2": lambda noise, alpha: noise * column(length(alpha) / noise.flatten(1).norm(dim=1)),
        "linf": lambda noise, alpha: 8 / 255 * (2 * column(alpha) - 1).expand_as(noise),
    }
    for norm, offset in balls.items():
        out[f"{norm}/restarts"] = restarted(model, given, norms[norm], offset)
    minimal = {"ddn": foolbox.attacks.DDNAttack(steps=40), "deepFool": foolbox.attacks.L2DeepFoolAttack(steps=20)}
    for name, attack in minimal.items():
        out[name] = attack.run(foolbox.PyTorchModel(model, bounds=(0, 1)), images, model(images).argmax(1))
    out["fgsm"] = torchattacks.FGSM(model, 8 / 255)(images, given["labels"])
    out |= auto_values(model, given)
    return images_out(out)


def boundary_values(model, images):
    """Etmann's linearised distance, which is the smallest quotient of a margin and its gradient's norm."""
    x = images.clone().requires_grad_()
    logits = model(x)
    own = logits.argmax(1)
    found = []
    for rival in range(logits.shape[1]):
        margin = logits.gather(1, own[:, None])[:, 0] - logits[:, rival]
        gradient = torch.autograd.grad(margin.sum(), x, retain_graph=True)[0].flatten(1)
        norm = gradient.norm(dim=1).clamp_min(1e-30)
        distance = torch.where(own == rival, torch.inf, margin / norm)
        product = (gradient * images.flatten(1)).sum(1) / norm
        found.append(torch.stack([distance, product.abs(), (distance - product).abs()]).detach())
    found = torch.stack(found)
    nearest = found[:, 0].argmin(0)
    values = found.gather(0, nearest.expand(1, 3, -1))[0]
    names = ("distance", "alignment", "xi")
    return {f"boundary/{name}": value for name, value in zip(names, values)} | {"boundary/runnerUp": nearest}


def evaluation_values(nets, given):
    model, images, target = nets["network"], given["images"], given["labels"]
    signed = lambda net: attr.Saliency(net).attribute(images, target, abs=False).detach()
    taken = lambda copies: (given["noise"], copies - given["noise"])
    infidelity = lambda normalize: metrics.infidelity(
        model, taken, images, signed(model), target=target, n_perturb_samples=SAMPLES, normalize=normalize
    ).detach()
    out = {"infidelity": infidelity(False), "infidelity/normalised": infidelity(True)}
    out["sensitivity"] = metrics.sensitivity_max(
        lambda x, target: attr.Saliency(model).attribute(x, target, abs=False),
        images,
        lambda copies: copies + given["noise"],
        n_perturb_samples=SAMPLES,
        target=target,
    )
    pairs = [(a.permute(1, 2, 0).numpy(), b.permute(1, 2, 0).numpy()) for a, b in zip(signed(model), signed(nets["teacher"]))]
    scores = lambda maps: abs(maps).sum(2) / abs(maps).sum(2).max()
    similar = lambda a, b: structural_similarity(
        a, b, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    out["spearman"] = torch.tensor([spearmanr(a.ravel(), b.ravel())[0] for a, b in pairs])
    out["spearmanScores"] = torch.tensor([spearmanr(scores(a).ravel(), scores(b).ravel())[0] for a, b in pairs])
    out["ssim"] = torch.tensor([similar(scores(a), scores(b)) for a, b in pairs])
    return out | boundary_values(model, images)


def converted(nets, given, dtype):
    floating = {name: value.to(dtype) if value.is_floating_point() else value for name, value in given.items()}
    return {name: copy.deepcopy(net).to(dtype) for name, net in nets.items()}, floating


def save(name, tensors, metadata):
    ready = {key: tensor.detach().float().contiguous() for key, tensor in tensors.items()}
    save_file(ready, FOLDER / f"{name}.safetensors", metadata)


def export(net):
    """Writes a checkpoint as robustness does, and what scripts/export_pytorch.py makes of it."""
    state = {f"module.model.{name}": tensor for name, tensor in net.state_dict().items()}
    state |= {f"module.attacker.model.{name}": tensor for name, tensor in net.state_dict().items()}
    state |= {"module.normalizer.new_mean": net.mean[0], "module.normalizer.new_std": net.std[0]}
    script = FOLDER.parents[1] / "scripts" / "export_pytorch.py"
    with tempfile.NamedTemporaryFile(suffix=".pt") as checkpoint:
        torch.save({"model": state, "epoch": 3}, checkpoint.name)
        subprocess.run(
            [sys.executable, script, checkpoint.name, FOLDER / "exported.safetensors"], check=True
        )


def main():
    nets, given = networks(), inputs()
    versions = {"versions": ", ".join(f"{library} {version(library)}" for library in LIBRARIES)}
    for name, net in nets.items():
        named = {"architecture": json.dumps(EXPLAINED)} if name == "explained" else {}
        save_file(net.state_dict(), FOLDER / f"{name}.safetensors", versions | named)
    turned = {name: value.permute(0, 2, 3, 1) if value.dim() == 4 else value for name, value in given.items()}
    export(nets["network"])
    save("inputs", turned, versions)
    values = {
        "model": model_values,
        "training": training_values,
        "attribution": attribution_values,
        "options": option_values,
        "explainer": explainer_values,
        "attacks": attack_values,
        "evaluation": evaluation_values,
    }
    for name, compute in values.items():
        exact, rounded = (compute(*converted(nets, given, dtype)) for dtype in (torch.float64, torch.float32))
        rounding = {key: (exact[key] - rounded[key]).abs().max().item() for key in exact}
        for key, error in rounding.items():
            size = exact[key].abs().max().item()
            # A larger one is no rounding: some ReLU or sign went the other way, and another seed is needed.
            assert error <= 1e-4 * size + 1e-6, (name, key, error, size)
            print(f"{name} {key}: up to {size:.3g}, rounding {error:.2g}")
        save(name, exact, versions | {"rounding": json.dumps(rounding)})


if __name__ == "__main__":
    main()
