"""Discriminators of patches: as many pixels as the paper's layers see, and the layers that the paper lists."""

import pytest
import torch
from torch import nn

from nijigen.models.contract import Shape
from nijigen.models.patches import CartoonPatches
from nijigen.nn.spatial_norm import SpatialNorm

SHAPE = Shape(64, 3, 0)


def test_the_layers_are_those_of_the_paper() -> None:
    """CartoonGAN, CVPR 2018, figure 2: k3n32s1, k3n64s2 k3n128s1, k3n128s2 k3n256s1, k3n256s1, k3n1s1."""
    layers = [layer for layer in CartoonPatches(SHAPE, 32).modules() if isinstance(layer, nn.Conv2d)]
    assert [(layer.kernel_size[0], layer.out_channels, layer.stride[0]) for layer in layers] == [
        (3, 32, 1), (3, 64, 2), (3, 128, 1), (3, 128, 2), (3, 256, 1), (3, 256, 1), (3, 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("norm", ["instance", "layer"])
def test_a_logit_sees_a_patch(norm: str) -> None:
    torch.manual_seed(0)
    judge = CartoonPatches(SHAPE, 4, norm)
    normed = [name for name, layer in judge.layers.named_children() if isinstance(layer, SpatialNorm)]
    assert normed == ["norm2", "norm4", "norm5"]
    for name in normed:
        setattr(judge.layers, name, nn.Identity())  # they see the whole picture
    pictures = torch.zeros(1, 3, 64, 64, requires_grad=True)
    logits = judge(pictures)
    assert logits.shape == (1, 16, 16)
    logits[0, 8, 8].backward()
    assert pictures.grad is not None
    rows = pictures.grad.abs().sum(dim=(0, 1, 3)).nonzero()
    assert int(rows.max() - rows.min()) + 1 == 37


def test_spectral_normalisation_bounds_every_layer() -> None:
    torch.manual_seed(0)
    judge = CartoonPatches(SHAPE, 4, spectral=True)
    for _ in range(40):
        judge(torch.randn(1, 3, 16, 16))
    for layer in judge.modules():
        if isinstance(layer, nn.Conv2d):
            assert torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2) < 1.1
