"""Attention maps: those of the avatars shown, at the places of the dots, and drawn where they are."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.engine.attention import (
    COLOURS,
    POINTS,
    AttentionLayer,
    _possible_place,
    attention_layers,
    draw_attention,
)
from nijigen.engine.model import Model, load
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.nn.attention import SelfAttention
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "blue"))])


def model_with(folder: Path, **network: Any) -> Model:
    """A fresh conditional model of 32 px, RGBA."""
    family = find_family("dcgan")
    small = {"latent": 8, "width": 8, "discriminator_width": 4, "embedding": 4, **network}
    shape = Shape(32, 4, SCHEMA.width)
    torch.manual_seed(0)
    options = family.options.model_validate(small)
    generator = family.build(shape, options)["generator"]
    assert isinstance(generator, Generator)
    card = make_card(shape, "dcgan", options.model_dump(mode="json"), SCHEMA)
    save_model(folder, generator.eval(), card, torch.eye(2))
    return load(folder, "cpu", threads=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return model_with(tmp_path_factory.mktemp("attentive"), attention=[8, 16])


def test_maps_of_every_layer_for_every_avatar_and_point(model: Model) -> None:
    pixels, layers = attention_layers(model, 3, seed=5, points=4)
    assert pixels.shape == (3, 32, 32, 4)
    assert [layer.resolution for layer in layers] == [8, 16]
    for layer in layers:
        assert layer.maps.shape == (3, 4, layer.resolution, layer.resolution)
        assert layer.gamma == 0
        torch.testing.assert_close(layer.maps.sum(dim=(2, 3)), torch.ones(3, 4))
    assert not torch.allclose(layers[0].maps[0], layers[0].maps[1])


def test_the_avatars_are_those_of_generate(model: Model) -> None:
    pixels, _ = attention_layers(model, 20, seed="anna", attributes={"hair_color": "pink"})  # more than one batch
    expected = model.generate(20, "anna", hair_color="pink")
    assert all((picture == avatar.pixels).all() for picture, avatar in zip(pixels, expected, strict=True))


def test_a_map_is_the_row_of_its_place(model: Model) -> None:
    """The softmax of the product of the dot's query with every key, of the very features the avatar is made of."""
    (layer,) = (m for n, m in model.generator.named_modules() if isinstance(m, SelfAttention) and "b16" in n)
    kept: list[torch.Tensor] = []
    hook = layer.register_forward_hook(lambda _layer, inputs, _made: kept.append(inputs[0]))
    _, (found,) = attention_layers(model, 2, at=16, points=len(POINTS))
    hook.remove()
    for number, (x, y) in enumerate(POINTS):
        features = kept[0][:, :, int(y * 16), int(x * 16)]  # [2, C]
        query = features @ layer.query.weight[:, :, 0, 0].T
        scores = torch.einsum("nq,nqhw->nhw", query, layer.key(kept[0]))
        expected = scores.flatten(1).softmax(dim=1).view(2, 16, 16)
        torch.testing.assert_close(found.maps[:, number], expected, atol=1e-6, rtol=1e-4)


def test_looking_leaves_nothing_behind(model: Model) -> None:
    attention_layers(model, 1)
    assert not any(module._forward_pre_hooks for module in model.generator.modules())


def test_a_model_without_attention_is_told_how_to_get_it(tmp_path: Path) -> None:
    model = model_with(tmp_path)
    with pytest.raises(NijigenError, match=r"no attention: train with --set network.attention=\[\d+\]$") as refused:
        attention_layers(model)
    (place,) = re.findall(r"\[(\d+)\]", str(refused.value))
    assert int(place) <= 32
    attention_layers(model_with(tmp_path / "again", attention=[int(place)]))


@pytest.mark.parametrize(
    ("family", "resolution", "place"),
    [("dcgan", 32, 16), ("dcgan", 64, 32), ("stylegan2", 16, 16), ("r3gan", 8, 8), ("sagan", 8, None)],
)
def test_the_place_advised_is_one_that_there_is(family: str, resolution: int, place: int | None) -> None:
    found = find_family(family)
    network = found.options().model_dump(mode="json")
    model = SimpleNamespace(
        card={"family": family, "network": network}, generator=SimpleNamespace(shape=Shape(resolution, 3, 0))
    )
    assert _possible_place(model) == place  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"at": 32}, "--at 32: the attention of this model is at 8, 16"),
        ({"points": 0}, "--points 0 is out of range: use 1 to 8"),
        ({"points": 9}, "--points 9 is out of range"),
        ({"count": 0}, "count 0 is out of range: use 1 to 64"),
        ({"count": 65}, "count 65 is out of range"),
    ],
)
def test_what_cannot_be_drawn_is_refused(model: Model, asked: dict[str, int], message: str) -> None:
    with pytest.raises(NijigenError, match=message):
        attention_layers(model, **asked)  # type: ignore[arg-type]


def test_breadth_is_the_share_that_is_looked_at() -> None:
    even = torch.full((1, 1, 4, 4), 1 / 16)
    one = torch.zeros(1, 1, 4, 4)
    one[..., 2, 1] = 1
    half = torch.cat([torch.full((1, 1, 2, 4), 1 / 8), torch.zeros(1, 1, 2, 4)], dim=2)
    shares = [AttentionLayer(4, 0.0, maps).breadth for maps in (even, one, half)]
    assert shares == pytest.approx([1, 1 / 16, 0.5])


def _tile(picture: Image.Image, row: int, column: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The picture in that row and column of one layer's 160 px pictures."""
    left, top = 6 + column * 166, 26 + row * 166
    return np.asarray(picture.crop((left, top, left + 160, top + 160)), np.float64)


def _drawn(maps: torch.Tensor) -> Image.Image:
    grey = np.full((len(maps), 16, 16, 3), 128, np.uint8)
    return draw_attention(grey, [AttentionLayer(maps.shape[-1], 0.5, maps)])


def test_light_is_where_the_map_is_high() -> None:
    maps = torch.zeros(2, 3, 8, 8)
    for row, number, y, x in [(0, 0, 1, 6), (0, 1, 6, 1), (0, 2, 4, 4), (1, 0, 0, 0), (1, 1, 7, 7), (1, 2, 3, 5)]:
        maps[row, number, y, x] = 1
    picture = _drawn(maps)
    assert picture.size == (6 + 4 * 166, 26 + 2 * 166 + 6)
    for row in range(2):
        for number in range(3):
            tile = _tile(picture, row, number + 1).sum(axis=2)
            tile[[*range(4), *range(-4, 0)]] = 0  # the frame
            tile[:, [*range(4), *range(-4, 0)]] = 0
            x, y = (int(share * 160) for share in POINTS[number])
            tile[max(y - 8, 0) : y + 8, max(x - 8, 0) : x + 8] = 0  # the dot
            light, _ = np.divmod(np.array(np.unravel_index(tile.argmax(), tile.shape)), 20)
            assert tuple(light) == tuple(np.argwhere(maps[row, number].numpy())[0])


def test_an_even_map_stays_dark() -> None:
    even, pointed = torch.full((1, 1, 8, 8), 1 / 64), torch.zeros(1, 1, 8, 8)
    pointed[..., 6, 6] = 1
    lightest = [_tile(_drawn(maps), 0, 1)[100:150, 100:150].sum(axis=2).max() for maps in (even, pointed)]
    assert lightest[0] < 0.55 * lightest[1]


def test_dots_stand_at_their_places_in_their_colours() -> None:
    picture = _drawn(torch.full((1, len(POINTS), 8, 8), 1 / 64))
    for number, (x, y) in enumerate(POINTS):
        colour = tuple(int(COLOURS[number][i : i + 2], 16) for i in (1, 3, 5))
        for column in (0, number + 1):  # on the avatar, and on its own map
            assert tuple(_tile(picture, 0, column)[int(y * 160), int(x * 160)]) == colour


def test_transparent_avatars_are_shown_on_white() -> None:
    maps = torch.full((1, 1, 8, 8), 1 / 64)
    nothing = np.zeros((1, 16, 16, 4), np.uint8)
    assert (_tile(draw_attention(nothing, [AttentionLayer(8, 0.0, maps)]), 0, 0)[120:] == 255).all()
