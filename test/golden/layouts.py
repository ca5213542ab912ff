"""Roarbook's layouts for make_golden.py: images NHWC, convolutions HWIO, dense weights [in, out]."""

# Noisy copies of an image.
SAMPLES = 5


def images_out(tensors):
    return {name: tensor.permute(0, 2, 3, 1) for name, tensor in tensors.items()}


def weights_out(prefix, tensors):
    turned = lambda t: t.permute(2, 3, 1, 0) if t.dim() == 4 else t.t() if t.dim() == 2 else t
    return {f"{prefix}/{name}": turned(tensor) for name, tensor in tensors.items()}
