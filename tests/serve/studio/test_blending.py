"""Between two avatars: stops that can be made again, and loops."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.engine.editing import Editable
from nijigen.engine.model import Model, load
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.serve.studio.blending import STOPS, Pair, encode_loop, own, spread_out


@pytest.fixture(scope="module")
def model() -> Model:
    return load("chibi", "cpu", 1)


@pytest.fixture(scope="module")
def pair(model: Model) -> Pair:
    one, other = model.generate(2, seed=5)
    return Pair(Editable(one, model), Editable(other, model))


def test_stops_come_far_apart_ones_first() -> None:
    order = spread_out(21)
    assert sorted(order) == list(range(21))
    assert set(order[:2]) == {0, 20}
    for made in (3, 5, 9):  # the longest gap shrinks as more of them are there
        known = sorted(order[:made])
        assert max(b - a for a, b in itertools.pairwise(known)) <= 2 * -(-20 // (made - 1))
    assert spread_out(1) == [0]
    assert spread_out(2) == [0, 1]


def test_the_ends_are_the_two_themselves(pair: Pair) -> None:
    assert pair.stop(0).png() == pair.one.avatar.png()
    assert pair.stop(STOPS - 1).png() == pair.other.avatar.png()


def test_every_stop_can_be_made_again(pair: Pair, tmp_path) -> None:
    made = dict(pair.stops("all", 5))
    assert sorted(made) == [0, 1, 2, 3, 4]
    assert len({avatar.certificate["pixels"] for avatar in made.values()}) == 5
    path = made[2].save(tmp_path / "mixed.png")
    assert np.array_equal(recreate(path).avatar.pixels, made[2].pixels)
    assert Avatar.open(path).certificate["edits"][-1]["share"] == 0.5


def test_layers_are_those_that_the_model_has(pair: Pair) -> None:
    assert pair.parts == ("all", "coarse", "middle", "fine")  # 128 pixels: its last rows are of 64
    coarse, all_of_it = pair.stop(20, "coarse"), pair.stop(20)
    assert not np.array_equal(coarse.pixels, all_of_it.pixels)
    with pytest.raises(NijigenError, match="coarse, middle, fine"):
        list(pair.stops("finest"))


def test_a_smaller_model_has_fewer_layers() -> None:
    small = load("chibi-tiny", "cpu", 1)
    one, other = (Editable(avatar, small) for avatar in small.generate(2, seed=5))
    assert Pair(one, other).parts == ("all", "coarse", "middle")  # 64 pixels: its last rows are of 32
    with pytest.raises(NijigenError, match="fine"):
        list(Pair(one, other).stops("fine"))


def test_an_enlarged_avatar_is_shown_as_its_model_makes_it(model: Model) -> None:
    (avatar,) = model.generate(1, seed=9)
    large = Avatar(avatar.pixels.repeat(2, 0).repeat(2, 1), {**avatar.certificate, "enlarged": [{"scale": 2}]})
    assert own(Editable(large, model)).pixels.shape == avatar.pixels.shape


def test_a_pair_is_of_one_model(pair: Pair, plain_run) -> None:
    other = load(plain_run, "cpu", 1)
    (avatar,) = other.generate(1)
    with pytest.raises(NijigenError, match="two models"):
        Pair(pair.one, Editable(avatar, other))


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_a_loop_is_an_animation_without_a_seam(pair: Pair, kind: str) -> None:
    frames = list(pair.frames(4))
    data = encode_loop(frames, kind)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format.lower(), image.n_frames, image.size) == (kind, 8, (256, 256))
        assert image.info["loop"] == 0
    assert b"trainedAlgorithmicMedia" in data


def test_other_loops_are_refused(pair: Pair) -> None:
    with pytest.raises(NijigenError, match="webp or gif"):
        encode_loop([pair.one.avatar.pixels], "exe")
    with pytest.raises(NijigenError, match="one frame"):
        encode_loop([], "gif")
