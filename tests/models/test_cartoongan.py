"""CartoonGAN's generator: its sizes, how far it looks, and that frozen statistics make tiles what the whole is."""

import pytest
import torch
from torch import Tensor

from nijigen.models.cartoongan import CartoonGenerator
from nijigen.nn.spatial_norm import frozen, measured


def tiny(halvings: int = 2, blocks: int = 1) -> CartoonGenerator:
    torch.manual_seed(1)
    return CartoonGenerator(widths=(3, 4, 5, 6)[: halvings + 1], blocks=blocks).double().eval()


def photo(height: int, width: int) -> Tensor:
    return torch.rand(1, 3, height, width, dtype=torch.double) * 2 - 1


def test_the_published_layout_has_the_published_number_of_weights() -> None:
    # 64, 128, 256 channels and eight blocks: the arrays of the published files hold so many numbers.
    assert sum(value.numel() for value in CartoonGenerator().parameters()) == 11_129_667


@pytest.mark.parametrize(("halvings", "multiple"), [(1, 2), (2, 4), (3, 8)])
def test_any_size_of_the_right_multiple_comes_out_as_it_went_in(halvings: int, multiple: int) -> None:
    network = tiny(halvings)
    assert network.multiple == multiple
    for height, width in [(network.least, network.least), (5 * multiple, 3 * multiple)]:
        made = network(photo(height, width))
        assert made.shape == (1, 3, height, width)
        assert made.abs().max() <= 1


@pytest.mark.parametrize(("halvings", "blocks"), [(1, 0), (1, 2), (2, 0), (2, 1)])
def test_it_looks_no_further_than_it_says(halvings: int, blocks: int) -> None:
    network = tiny(halvings, blocks)
    side = 2 * network.reach + 8
    image = photo(side, side)
    with measured(network):
        network(image)
    image.requires_grad_()
    with frozen(network):
        middle = network(image)[..., network.reach : network.reach + network.multiple, :]
    (slope,) = torch.autograd.grad(middle.square().sum(), image)
    rows = slope.abs().amax((0, 1, 3)).nonzero()[:, 0]
    far = max(network.reach - int(rows.min()), int(rows.max()) - network.reach - network.multiple + 1)
    assert network.reach - network.multiple < far <= network.reach  # and it does look about as far


def test_a_tile_with_enough_around_it_is_what_the_whole_is() -> None:
    network = tiny()
    image = photo(12 + 2 * network.reach, 2 * network.reach + 40)
    with measured(network):
        whole = network(image)
    with frozen(network):
        tile = network(image[..., : 2 * network.reach + 8])
    inside = slice(network.reach, network.reach + 8)
    assert torch.allclose(tile[..., inside], whole[..., inside], atol=1e-12)


def test_all_its_weights_are_trained() -> None:
    network = tiny()
    network(photo(16, 16)).square().mean().backward()  # type: ignore[no-untyped-call]
    silent = {name for name, value in network.named_parameters() if value.grad is None}
    assert not silent
