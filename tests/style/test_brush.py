"""Avatars painted: size, alpha and what is hidden stay; what was done is written down and done again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.avatar import Avatar, pixel_digest
from nijigen.errors import NijigenError
from nijigen.files import sha256_file
from nijigen.style.brush import LEAST_SIDE, Brush, brush_again, open_brush
from nijigen.style.record import KEY, read_record
from nijigen.style.settings import Settings

QUICK = Settings(steps=3, size=32)


@pytest.fixture
def folder(tmp_path: Path, network_file: Path, monkeypatch: pytest.MonkeyPatch, style: Image.Image) -> Path:
    """A style picture, and a folder of weights with the narrow network as VGG19."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "vgg19.safetensors").write_bytes(network_file.read_bytes())
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.chdir(tmp_path)
    style.save("s.png")
    style.transpose(Image.Transpose.ROTATE_90).resize((20, 31)).save("other.png")
    return tmp_path


def avatar(channels: int = 4) -> Avatar:
    """16×16, hidden on the left and half seen in one column."""
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, channels), np.uint8)
    if channels == 4:
        pixels[..., 3] = 255
        pixels[:, :5, 3] = 0
        pixels[:, 5, 3] = 90
    return Avatar(pixels, {"kind": "model", "seed": 3})


def test_alpha_and_size_stay_and_what_is_hidden_stays_to_the_bit(folder: Path) -> None:
    before = avatar()
    made = open_brush(["s.png"], QUICK, "cpu").paint(before)
    assert made.pixels.shape == before.pixels.shape
    assert (made.pixels[..., 3] == before.pixels[..., 3]).all()
    assert (made.pixels[:, :5] == before.pixels[:, :5]).all()
    assert (made.pixels[:, 5:, :3] != before.pixels[:, 5:, :3]).any(-1).mean() > 0.9


def test_opaque_avatars_stay_opaque(folder: Path) -> None:
    assert open_brush(["s.png"], QUICK, "cpu").paint(avatar(3)).pixels.shape == (16, 16, 3)


def test_hidden_colours_make_no_difference(folder: Path) -> None:
    one, other = avatar(), avatar()
    other.pixels = other.pixels.copy()
    other.pixels[:, :5, :3] = 255 - other.pixels[:, :5, :3]
    brush = open_brush(["s.png"], QUICK, "cpu")
    assert (brush.paint(one).pixels[:, 5:] == brush.paint(other).pixels[:, 5:]).all()


def test_the_certificate_tells_what_was_done(folder: Path) -> None:
    before = avatar()
    made = open_brush(["s.png", "other.png"], QUICK, "cpu").paint(before)
    record = read_record(made.certificate)
    assert [str(style.name) for style in record.styles] == ["s.png", "other.png"]
    assert record.styles[0].sha256 == sha256_file("s.png")
    assert record.network.sha256 == sha256_file("weights/vgg19.safetensors")
    assert record.settings == QUICK
    assert record.of == pixel_digest(before.pixels) == before.certificate["pixels"]
    assert made.certificate["pixels"] == pixel_digest(made.pixels)
    assert {**made.certificate, "pixels": 0} == {**before.certificate, KEY: made.certificate[KEY], "pixels": 0}


def test_the_same_pixels_from_the_certificate_and_renamed_files(folder: Path) -> None:
    made = open_brush(["s.png", "other.png"], QUICK, "cpu").paint(avatar())
    Path("s.png").rename("renamed.png")
    again = brush_again(read_record(made.certificate), ["other.png", "renamed.png"], "cpu").paint(avatar())
    assert again.png() == made.png()


def test_a_small_avatar_is_painted_larger_than_it_is(folder: Path) -> None:
    seen: list[tuple[int, ...]] = []
    brush = open_brush(["s.png"], Settings(steps=1), "cpu")
    network = brush.network

    class Spy(torch.nn.Module):
        means, layers, widths = network.means, network.layers, network.widths

        def forward(self, pictures: torch.Tensor, wanted: Any) -> Any:
            seen.append(tuple(pictures.shape))
            return network(pictures, wanted)

    Brush(Spy(), brush.styles, brush.named, brush.file, brush.settings).paint(avatar())  # type: ignore[arg-type]
    assert set(seen) == {(1, 3, LEAST_SIDE, LEAST_SIDE)}


def test_steps_are_counted_as_they_are_taken(folder: Path) -> None:
    steps: list[int] = []
    brush = open_brush(["s.png"], QUICK, "cpu")
    brush.paint(avatar(), lambda: steps.append(1))
    assert len(steps) == brush.steps(16) == 3


def refusals() -> list[tuple[Callable[[Avatar], Any], str]]:
    return [
        (lambda made: brush_again(read_record(made.certificate), [], "cpu"), r"painted like s.png \(\w{12}…\): give"),
        (lambda made: brush_again(read_record(made.certificate), ["other.png"], "cpu"), "other.png .* than s.png"),
        (lambda made: brush_again(read_record(made.certificate), ["none.png"], "cpu"), "none.png does not exist"),
        (lambda made: open_brush(["s.png"], QUICK, "cpu").paint(made), "painted already is not painted"),
        (lambda made: open_brush(["none.png"], QUICK, "cpu"), "cannot read none.png"),
        (lambda made: open_brush([], QUICK, "cpu"), "--style-image was given 0 times"),
        (lambda made: open_brush(["s.png"], Settings(steps=0), "cpu"), "--style-steps 0: use 1 to"),
        (lambda made: open_brush(["s.png"], Settings(colours="gray"), "cpu"), "--style-colours gray"),
    ]


@pytest.mark.parametrize(("call", "words"), refusals())
def test_refusals(call: Callable[[Avatar], Any], words: str, folder: Path) -> None:
    made = open_brush(["s.png"], QUICK, "cpu").paint(avatar())
    with pytest.raises(NijigenError, match=words):
        call(made)


def test_two_styles_are_both_needed(folder: Path) -> None:
    made = open_brush(["s.png", "other.png"], QUICK, "cpu").paint(avatar())
    with pytest.raises(NijigenError, match=r"also painted like other.png"):
        brush_again(read_record(made.certificate), ["s.png"], "cpu")


def test_another_network_is_refused(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    made = open_brush(["s.png"], QUICK, "cpu").paint(avatar())
    path = folder / "weights" / "vgg19.safetensors"
    save_file({name: 2 * values for name, values in load_file(path).items()}, path)
    with pytest.raises(NijigenError, match=r"painted with the network vgg19\.safetensors"):
        brush_again(read_record(made.certificate), ["s.png"], "cpu")


def test_without_a_network_there_is_one_line_and_no_flag_that_is_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIJIGEN_WEIGHTS")
    with pytest.raises(NijigenError, match=r"put vgg19-caffe-to-conv3_4\.safetensors into") as error:
        open_brush(["s.png"], QUICK, "cpu")
    assert "--network" not in str(error.value)


def test_enlarged_avatars_are_painted_before(folder: Path) -> None:
    enlarged = Avatar(avatar().pixels, {"kind": "model", "enlarged": [{"scale": 2}]})
    with pytest.raises(NijigenError, match="paint it first and enlarge it then"):
        open_brush(["s.png"], QUICK, "cpu").paint(enlarged)
