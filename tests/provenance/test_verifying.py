"""A file is held to what it says of itself, in words, in JSON, by the exit code; nothing of a stranger's stops it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import nijigen
from nijigen.avatar import Avatar, pixel_digest
from nijigen.illustrator.drawing import draw
from nijigen.images.output import encode
from nijigen.images.png import encode_png, write_png
from nijigen.images.source import SCHEME, SourceType
from nijigen.images.webp import encode_webp
from nijigen.provenance.statement import read_statement
from nijigen.provenance.verifying import verify

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def drawn() -> Avatar:
    return draw(1, "alice", 32)[0]


def painted_over(avatar: Avatar) -> Image.Image:
    """Its picture with one other pixel."""
    pixels = avatar.pixels.copy()
    pixels[5, 5, 0] ^= 1
    return Image.fromarray(pixels)


def with_chain(avatar: Avatar, scale: int = 2) -> tuple[Image.Image, dict[str, Any]]:
    """An enlarged avatar and its certificate, as its documentation describes it."""
    large = avatar.image.resize((32 * scale, 32 * scale), Image.Resampling.NEAREST)
    step = {"scale": scale, "method": "lanczos", "weights": "", "of": avatar.certificate["pixels"]}
    return large, {**avatar.certificate, "enlarged": [{**step, "pixels": pixel_digest(np.asarray(large))}]}


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_an_avatar_as_it_was_made(kind: str, drawn: Avatar, tmp_path: Path) -> None:
    found = verify(drawn.save(tmp_path / f"a.{kind}"))
    assert (found.pixels, found.stands, found.said.source) == ("unchanged", True, SourceType.ALGORITHMIC.uri)
    assert f"a.{kind}: unchanged; a drawing of the illustrator" in found.line()
    assert f"seed {drawn.seed}" in found.line()
    assert "states: made purely by an algorithm, without training data [algorithmicMedia]" in found.line()


def test_one_pixel_is_found(drawn: Avatar, tmp_path: Path) -> None:
    for name, encoder in (("a.png", encode_png), ("a.webp", encode_webp)):
        (tmp_path / name).write_bytes(encoder(painted_over(drawn), drawn.certificate))
        found = verify(tmp_path / name)
        assert (found.pixels, found.stands) == ("changed", False)
        assert f"{name}: CHANGED; " in found.line()


def test_enlarging_is_told_from_damage(drawn: Avatar, tmp_path: Path) -> None:
    large, certificate = with_chain(drawn)
    good = verify(write_png(tmp_path / "large.png", large, certificate))
    assert (good.pixels, good.stands) == ("enlarged", True)
    assert "enlarged 2 times by lanczos" in good.line()
    assert verify(tmp_path / "large.png", again=True).recreated is True
    pixels = np.array(large)
    pixels[0, 0] ^= 1
    assert verify(write_png(tmp_path / "b.png", Image.fromarray(pixels), certificate)).pixels == "changed"
    certificate["enlarged"][0]["of"] = "0" * 64  # a chain with a link that is missing
    assert verify(write_png(tmp_path / "c.png", large, certificate)).pixels == "changed"


@pytest.mark.parametrize(
    ("source", "stands"),
    [
        (None, True),  # written before nijigen stated one
        ("http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia", True),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia", True),
        (SCHEME + "digitalCapture", False),
        (SCHEME + "trainedAlgorithmicMedia", False),
        ("a photograph", False),
    ],
)
def test_a_source_that_is_not_the_certificates(source: str | None, stands: bool, drawn: Avatar, tmp_path: Path) -> None:
    data = drawn.png()
    if source is None:
        data = data.replace(b"XML:com.adobe.xmp", b"XML:com.adobe.xmq")
    else:
        data = data.replace(SourceType.ALGORITHMIC.uri.encode(), source.encode().ljust(len(SourceType.ALGORITHMIC.uri)))
    (tmp_path / "a.png").write_bytes(_with_checksums(data, len(data) - len(drawn.png())))
    found = verify(tmp_path / "a.png")
    assert (found.pixels, found.stands) == ("unchanged", stands)
    if source is None:
        assert "states no digital source type" in found.line()
    if not stands:
        assert "NOT AS STATED" in found.line()


def _with_checksums(data: bytes, longer: int) -> bytes:
    """A PNG after bytes of its XMP were changed: length and checksum of each chunk are written again."""
    import struct
    import zlib

    made, place = data[:8], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        name = data[place + 4 : place + 8]
        if name == b"iTXt" and data[place + 8 :].startswith(b"XML:"):
            length += longer
        body = data[place + 8 : place + 8 + length]
        made += struct.pack(">I", length) + name + body + struct.pack(">I", zlib.crc32(name + body))
        place += 12 + length
    return made


def test_a_models_avatar_and_whether_its_model_is_here(tiny_run: Path, tmp_path: Path) -> None:
    made = nijigen.load(tiny_run).generate(1, seed=3)[0]
    file = made.save(tmp_path / "a.webp")
    found = verify(file)
    assert found.stands
    assert found.model == "tiny-run"
    assert "here as tiny-run" in found.line()
    again = verify(file, again=True)
    assert (again.recreated, again.stands) == (True, True)
    assert "made again it has the same pixels" in again.line()

    stranger = Avatar(made.pixels, {**made.certificate, "digest": "e" * 64})
    far = verify(stranger.save(tmp_path / "b.png"))
    assert (far.model, far.stands) == (None, True)
    assert "not known here" in far.line()
    far = verify(tmp_path / "b.png", again=True)
    assert (far.recreated, far.stands) == (None, False)
    assert "cannot be made again: no model with digest eeee" in far.line()


def test_a_forged_certificate_is_found_only_by_making_it_again(drawn: Avatar, tmp_path: Path) -> None:
    forged = Avatar(np.asarray(painted_over(drawn)), drawn.certificate)  # which names its own pixels
    file = forged.save(tmp_path / "forged.png")
    assert verify(file).stands
    found = verify(file, again=True)
    assert (found.pixels, found.recreated, found.stands) == ("unchanged", False, False)
    assert "made again it has other pixels" in found.line()


def test_a_changed_file_whose_certificate_holds(drawn: Avatar, tmp_path: Path) -> None:
    found = verify(write_png(tmp_path / "a.png", painted_over(drawn), drawn.certificate), again=True)
    assert (found.recreated, found.stands) == (False, False)
    assert "made again it has the pixels that its certificate names, which are not the file's" in found.line()


def test_pictures_without_certificates_state_their_source(tmp_path: Path) -> None:
    for name in ("a.png", "a.webp", "a.jpg"):
        data, _ = encode(Image.new("RGB", (8, 8)), name, source=SourceType.EDITED)
        (tmp_path / name).write_bytes(data)
        found = verify(tmp_path / name)
        assert found.stands
        assert found.said.source == SourceType.EDITED.uri
        assert "no birth certificate" in found.line()
        assert "[compositeWithTrainedAlgorithmicMedia]" in found.line()


def test_an_animation_with_a_certificate_is_no_avatar(drawn: Avatar, tmp_path: Path) -> None:
    from nijigen.images.png import encode_frames

    data = encode_frames([drawn.image, painted_over(drawn)], drawn.certificate, duration=50)
    (tmp_path / "a.png").write_bytes(data)
    found = verify(tmp_path / "a.png")
    assert not found.stands
    assert "it moves (2 frames)" in found.line()


def test_bytes_need_no_file(drawn: Avatar) -> None:
    assert read_statement(drawn.webp(), "upload").pixels == "unchanged"
    assert read_statement(b"", "upload").problem
    assert read_statement(drawn.webp(), "upload", max_pixels=100).problem


def test_the_verb_looks_at_folders(drawn: Avatar, tmp_path: Path, command: Command) -> None:
    drawn.save(tmp_path / "in" / "deep" / "a.webp")
    drawn.save(tmp_path / "in" / "b.png")
    write_png(tmp_path / "in" / "sheet.png", Image.new("RGB", (4, 4)))
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    done = command("verify", tmp_path / "in")
    assert done.code == 0
    assert [line.split(": ")[0].rpartition("/")[2] for line in done.out.splitlines()] == [
        "b.png", "a.webp", "sheet.png", "3 files",
    ]  # fmt: skip
    assert done.out.splitlines()[-1] == "3 files: 2 avatars as they state; 1 without a certificate"
    assert command("verify", tmp_path / "in", "--strict").code == 1
    assert command("verify", tmp_path / "in" / "sheet.png").code == 1  # nothing was verified
    assert command("verify", tmp_path / "in" / "b.png", "--quiet").out == ""

    write_png(tmp_path / "in" / "changed.png", painted_over(drawn), drawn.certificate)
    told = json.loads(command("verify", tmp_path / "in", "--json").out)
    assert (told["as_stated"], told["without_certificate"], told["wrong"], told["fine"]) == (2, 1, 1, False)
    (wrong,) = [row for row in told["files"] if not row["stands"]]
    assert wrong["file"].endswith("changed.png")
    assert wrong["avatar"]["seed"] == drawn.seed
    assert wrong["pixels"] == "changed"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.png"], ("missing.png", "does not exist")),
        (["{empty}"], ("has no pictures",)),
        (["{file}", "--model", "chibi"], ("--model", "--recreate")),
        (["{file}", "--style-image", "x.png"], ("--style-image", "--recreate")),
        ([], ("FILE",)),
    ],
)
def test_mistakes_are_told(
    arguments: list[str], words: tuple[str, ...], drawn: Avatar, tmp_path: Path, command: Command
) -> None:
    places = {"empty": tmp_path / "empty", "file": drawn.save(tmp_path / "a.png")}
    places["empty"].mkdir()
    command("verify", *(argument.format(**places) for argument in arguments)).refused(*words)
