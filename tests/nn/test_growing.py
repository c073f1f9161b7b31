"""Growth is chosen, checked, saved and loaded like a weight."""

import copy

import pytest
import torch
from torch import nn

from nijigen.errors import NijigenError
from nijigen.nn.growing import Growing, blend, block_name, resolutions


class Network(Growing):
    def __init__(self, resolution: int = 32) -> None:
        super().__init__()
        self.start_grown(resolution)


def test_resolutions_are_doublings() -> None:
    assert resolutions(4, 32) == [4, 8, 16, 32]
    assert resolutions(8, 8) == [8]
    assert [block_name(r) for r in resolutions(512, 1024)] == ["b512", "b1024"]


def test_a_network_starts_at_full_resolution() -> None:
    network = Network()
    assert network.growth == (32, 1.0)
    assert network.growth_state.tolist() == [32.0, 1.0]


def test_growing_is_written_into_the_buffer_and_rounded_as_saved() -> None:
    network = Network()
    network.grow(8, 0.1)
    assert network.growth_state.tolist() == list(network.growth) == [8, torch.tensor(0.1).item()]
    network.grow(16, 1)
    assert network.growth == (16, 1.0)
    assert network.growth_state.tolist() == [16, 1]


@pytest.mark.parametrize(
    ("resolution", "fade", "message"),
    [
        (64, 1.0, "of 32 px cannot work at 64 px: use one of 4, 8, 16, 32"),
        (12, 1.0, "cannot work at 12 px"),
        (2, 1.0, "cannot work at 2 px"),
        (8, 0.0, "fade must be above 0 and at most 1, not 0"),
        (8, 1e-60, "not 0"),  # nothing is left of it in float32
        (8, 1.5, "not 1.5"),
        (8, float("nan"), "not nan"),
    ],
)
def test_impossible_growth_is_refused_and_changes_nothing(resolution: int, fade: float, message: str) -> None:
    network = Network()
    network.grow(16, 0.5)
    with pytest.raises(NijigenError, match=message):
        network.grow(resolution, fade)
    assert network.growth == (16, 0.5)
    assert network.growth_state.tolist() == [16, 0.5]


@pytest.mark.parametrize("inside_another", [False, True])
def test_growth_survives_saving_and_loading(inside_another: bool) -> None:
    one, other = Network(), Network()
    one.grow(16, 1 / 3)
    if inside_another:
        nn.ModuleDict({"generator": other}).load_state_dict(nn.ModuleDict({"generator": one}).state_dict())
    else:
        other.load_state_dict(one.state_dict())
    assert other.growth == one.growth


def test_a_copy_grows_by_itself() -> None:
    network = Network()
    network.grow(8, 0.5)
    twin = copy.deepcopy(network)
    network.grow(16, 1.0)
    assert twin.growth == (8, 0.5)
    twin.load_state_dict(network.state_dict())
    network.grow(32, 1.0)
    assert twin.growth == (16, 1.0)


@pytest.mark.parametrize("state", [[1024.0, 1.0], [float("inf"), 1.0], [8.0, float("nan")], [8.0, 0.0]])
def test_a_damaged_growth_state_is_refused(state: list[float]) -> None:
    with pytest.raises(NijigenError):
        Network().load_state_dict({"growth_state": torch.tensor(state)})


def test_growth_without_values() -> None:
    with torch.device("meta"):
        network = Network()
        network.grow(8, 0.5)
    network.load_state_dict(network.state_dict())
    assert network.growth == (8, 0.5)


@pytest.mark.parametrize("fade", [0.0, 0.25, 0.75, 1.0])
def test_blending_is_the_papers(fade: float) -> None:
    coarse, fine = torch.randn(2, 64, dtype=torch.float64)
    torch.testing.assert_close(blend(coarse, fine, fade), (1 - fade) * coarse + fade * fine)
    if fade in (0, 1):
        assert torch.equal(blend(coarse.float(), fine.float(), fade), (fine if fade else coarse).float())
