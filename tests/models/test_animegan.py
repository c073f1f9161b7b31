"""AnimeGAN v2: the light generator of its authors, and what a tile of it must be shown."""

import torch
from torch import nn

from nijigen.models.animegan import AnimeGANOptions, AnimeGenerator, InvertedBlock
from nijigen.models.contract import Shape
from nijigen.nn.spatial_norm import LayerNorm, frozen, measured


def test_the_published_layout_is_light() -> None:
    with torch.device("meta"):
        generator = AnimeGenerator(Shape(256, 3, 0), AnimeGANOptions())
    assert 2.1e6 < sum(p.numel() for p in generator.parameters()) < 2.2e6  # its authors say 8.6 MB: 2.15 million
    blocks = [module for module in generator.modules() if isinstance(module, InvertedBlock)]
    assert [block.residual for block in blocks] == [False, True, True, True]
    for block in blocks:
        depthwise = block.depthwise.conv
        assert depthwise.groups == depthwise.in_channels == 2 * block.widen.conv.in_channels
    assert all(isinstance(m, nn.Identity | LayerNorm) or "Norm" not in type(m).__name__ for m in generator.modules())


def test_what_a_place_depends_on_is_within_reach() -> None:
    """With frozen statistics a change of one pixel is seen as far as ``reach`` says, and no further."""
    torch.manual_seed(0)
    generator = AnimeGenerator(Shape(64, 3, 0), AnimeGANOptions(width=4, blocks=2)).eval().double()
    pictures = torch.rand(1, 3, 160, 160, dtype=torch.float64) * 2 - 1
    with torch.no_grad():
        with measured(generator):
            generator(pictures)
        other = pictures.clone()
        other[..., 80, 80] += 0.5
        with frozen(generator):
            moved = (generator(pictures) - generator(other)).abs().amax(dim=(0, 1)) > 0
    rows = moved.any(dim=1).nonzero()
    far = max(80 - int(rows.min()), int(rows.max()) - 80)
    assert generator.reach - 8 <= far <= generator.reach
