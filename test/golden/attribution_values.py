"""What captum and PyTorch give for make_golden.py: attributions with many options, on ResNet-18, and the explainer."""

import copy
from contextlib import ExitStack
from unittest import mock

import captum.attr as attr
import numpy as np
import torch
import torch.nn.functional as F

from layouts import SAMPLES, images_out, weights_out

enlarge = attr.LayerAttribution.interpolate


def defaults(model, last, given):
    """Every method that captum has, with the options that are Roarbook's defaults."""
    images, target = given["images"], given["labels"]
    upsampled = lambda maps: enlarge(maps, images.shape[2:], "bilinear").expand_as(images)
    cam = attr.LayerGradCam(model, last)
    maps = {
        "saliency": attr.Saliency(model).attribute(images, target),
        "gradientTimesInput": attr.InputXGradient(model).attribute(images, target),
        "integratedGradients": attr.IntegratedGradients(model).attribute(images, 0, target, n_steps=50),
        "occlusion": attr.Occlusion(model).attribute(images, (3, 4, 4), (3, 2, 2), target=target),
        "deepLift": attr.DeepLift(model).attribute(images, 0 * images, target),
        "guidedBackprop": attr.GuidedBackprop(model).attribute(images, target),
        "gradCam": upsampled(cam.attribute(images, target, relu_attributions=True)),
    }
    assert not torch.allclose(maps["deepLift"], maps["gradientTimesInput"], rtol=0.1, atol=0.01)
    return maps | drawn(model, given, abs=False)


def drawn(model, given, abs, multiply=True):
    """The methods that draw, given the draws."""
    images, target = given["images"], given["labels"]
    tunnel = attr.NoiseTunnel(attr.Saliency(model))
    kinds = {"smoothGrad": "smoothgrad", "smoothGradSquared": "smoothgrad_sq", "varGrad": "vargrad"}
    with ExitStack() as stack:
        patch = lambda *patched: stack.enter_context(mock.patch.object(*patched))
        patch(torch, "normal", lambda *_: given["noise"].to(images.dtype))
        patch(np.random, "choice", lambda *_: given["choice"].numpy())
        patch(np.random, "uniform", lambda *_: given["alpha"].numpy())
        maps = {
            name: tunnel.attribute(images, kind, SAMPLES, target=target, abs=abs) for name, kind in kinds.items()
        }
        shap = attr.GradientShap(model, multiply_by_inputs=multiply)
        maps["gradientShap"] = shap.attribute(images, given["baselines"], SAMPLES, 0.15, target)
    return maps


def attribution_values(nets, given):
    model, images, target = nets["network"], given["images"], given["labels"]
    integrated = attr.IntegratedGradients(model)
    upsampled = lambda maps: enlarge(maps, images.shape[2:], "bilinear").expand_as(images)
    maps = defaults(model, model.layer2[-1], given) | {
        "signed": attr.Saliency(model).attribute(images, target, abs=False),
        "integratedGradients/baseline": integrated.attribute(images, given["baseline"], target, n_steps=20),
        "integratedGradients/midpoint": integrated.attribute(
            images, 0, target, n_steps=20, method="riemann_middle"
        ),
        "occlusion/half": attr.Occlusion(model).attribute(images, (3, 5, 5), (3, 3, 3), 0.5, target=target),
        "deepLift/baseline": attr.DeepLift(model).attribute(
            images, given["baseline"].expand_as(images), target
        ),
        "gradCam/signed": upsampled(attr.LayerGradCam(model, model.layer2[-1]).attribute(images, target)),
    }
    return images_out({name: values.detach() for name, values in maps.items()})


def option_values(nets, given):
    """Options other than the defaults on the first two images, and the defaults on one image of ResNet-18."""
    model, images, target = nets["network"], given["images"][:2], given["labels"][:2]
    baselines, own = given["baselines"][:2], given["baseline"]
    pair = given | {"images": images, "labels": target}
    pair |= {name: given[name][: 2 * SAMPLES] for name in ("noise", "choice", "alpha")}
    integrated = lambda **options: attr.IntegratedGradients(model, **options)
    occluded = attr.Occlusion(model).attribute
    steps = {"target": target, "n_steps": 7}
    maps = {
        "left": integrated().attribute(images, baselines, method="riemann_left", **steps),
        "right": integrated().attribute(images, baselines, method="riemann_right", **steps),
        # captum weighs trapezoids by 1/n in place of 1/(n - 1).
        "trapezoid": integrated().attribute(images, baselines, method="riemann_trapezoid", **steps) * 7 / 6,
        "local": integrated(multiply_by_inputs=False).attribute(images, 0.5, **steps),
        "deepLift/each": attr.DeepLift(model).attribute(images, baselines, target),
        "deepLift/multipliers": attr.DeepLift(model, multiply_by_inputs=False).attribute(
            images, baselines, target
        ),
        "occlusion/apart": occluded(images, (1, 4, 3), (1, 3, 2), baselines, target=target),
        "occlusion/wide": occluded(images, (3, 2, 7), (3, 2, 5), own, target=target),
        "gradCam/layer1": enlarge(
            attr.LayerGradCam(model, model.layer1[0]).attribute(images, target), images.shape[2:], "bilinear"
        ).expand_as(images),
        "gradCam/nearest": enlarge(
            attr.LayerGradCam(model, model.layer2[-1]).attribute(images, target), images.shape[2:], "nearest"
        ).expand_as(images),
    }
    maps |= {f"{name}/changed": map for name, map in drawn(model, pair, abs=True, multiply=False).items()}
    resized = lambda tensor: F.interpolate(tensor, (16, 16))
    one = {"images": resized(images[:1]), "labels": target[:1], "baselines": resized(given["baselines"])}
    one |= {"noise": resized(given["noise"][:SAMPLES])}
    one |= {name: given[name][:SAMPLES] for name in ("choice", "alpha")}
    deep = nets["resnet18"]
    maps |= {f"resnet18/{name}": map for name, map in defaults(deep, deep.layer4[-1], one).items()}
    _, delta = integrated().attribute(images, baselines, return_convergence_delta=True, **steps)
    return images_out({name: values.detach() for name, values in maps.items()}) | {"delta": delta}


def explainer_values(nets, given):
    """E(h) in evaluation, and the loss of Eq. 5 with its gradients in training."""
    images, wanted = given["images"], given["baselines"][:4]
    out = images_out({"maps": nets["explained"].explain(images)})
    for form, size in (("unsquared", lambda x: x.norm(dim=1)), ("squared", lambda x: x.square().sum(1))):
        model = copy.deepcopy(nets["explained"]).train()
        features = model.features(images)
        logits, maps = model.head(features), model.maps(features, images.shape[2:])
        loss = F.cross_entropy(logits, given["labels"]) + 0.35 * size((maps - wanted).flatten(1)).mean()
        learned = dict(model.named_parameters())
        gradients = dict(zip(learned, torch.autograd.grad(loss, learned.values())))
        statistics = {name: buffer for name, buffer in model.named_buffers() if "running" in name}
        out |= {f"{form}/loss": loss.reshape(1)}
        out |= weights_out(f"{form}/gradient", gradients) | weights_out(f"{form}/statistics", statistics)
    return out
