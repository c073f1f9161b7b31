"""Photographs: read in a bounded way, kept in no file, and nothing told that must not be."""

import ast
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nijigen.avatarizing
from nijigen.avatarizing.reading import NAMES, Reading
from nijigen.errors import NijigenError
from nijigen.images.decode import PictureError
from nijigen.serve.studio.photographs import NoFaceError, avatars_of, draw_photo, open_photo, preview, ways
from nijigen.serve.studio.readings import Read, readings_html, said_of
from nijigen.translate.stylizer import Settings
from nijigen.vocabulary import LANGUAGES


@pytest.fixture(scope="module")
def photo(portrait: Callable[[str], bytes]) -> bytes:
    return portrait("man-0052")


def jpeg(width: int, height: int, **more: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (90, 140, 200)).save(buffer, "JPEG", **more)
    return buffer.getvalue()


def test_pictures_of_strangers_are_bounded() -> None:
    assert open_photo(jpeg(60, 40), 10_000).size == (60, 40)
    for data, reason in ((jpeg(200, 200), "too_large"), (b"GIF89a nothing", "corrupt"), (b"%PDF-1.7", "unsupported")):
        with pytest.raises(PictureError) as caught:
            open_photo(data, 10_000)
        assert caught.value.reason == reason


def test_a_preview_tells_no_places() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"  # ImageDescription
    data = jpeg(1600, 900, exif=exif.tobytes())
    assert b"taken at home" in data
    shown = preview(open_photo(data, 10**7))
    assert b"taken at home" not in shown
    with Image.open(io.BytesIO(shown)) as image:
        assert image.size == (768, 432)
        assert not image.getexif()


def test_avatars_look_like_what_was_read(photo: bytes) -> None:
    steps = list(avatars_of(open_photo(photo, 10**6), None, {}, 3, "1"))
    assert [len(step.avatars) for step in steps] == [0, 1, 2, 3]  # others have their turns in between
    told = steps[-1]
    assert [one.certificate["seed"] for one in told.avatars] == [1, 2, 3]
    assert len(told.avatars) == 3
    assert {reading.name for reading in told.readings} <= set(NAMES)
    assert told.face.size == (192, 192)
    for reading in told.readings:
        if reading.name in ("hair_color", "skin_tone") and len(reading.words) == 1:
            assert {one.attributes[reading.name] for one in told.avatars} == set(reading.words)
    assert all(photo[:64] not in one.png() for one in told.avatars)
    *_, asked = avatars_of(open_photo(photo, 10**6), None, {"gender": "girl", "hair_color": "pink"}, 2, "1")
    assert {(one.attributes["gender"], one.attributes["hair_color"]) for one in asked.avatars} == {("girl", "pink")}


def test_nobody_is_found_where_nobody_is() -> None:
    pytest.importorskip("cv2", reason="opencv is not installed: the extra [detect]")
    for side in (128, 20):
        with pytest.raises(NoFaceError):
            list(avatars_of(Image.new("RGB", (side, side), (120, 160, 90)), None, {}, 1, "1"))


def test_only_what_is_here_is_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def missing() -> None:
        raise NijigenError("OpenCV is not installed")

    assert ways(missing) == ()
    assert ways(lambda: None) == ("avatar",)
    for name in ("cartoongan-hayao", "../../etc", str(tmp_path)):  # names of browsers are no paths
        with pytest.raises(NijigenError, match="is not here"):
            draw_photo(Image.new("RGB", (8, 8)), name, Settings(), "cpu", lambda: None)


@pytest.mark.slow
def test_a_photo_is_drawn(photo: bytes, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = shared_data.parent / "weights"
    if not (weights / "cartoongan-hayao").is_dir():
        pytest.skip("no CartoonGAN: weights/cartoongan-hayao is not beside the checkout")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(weights))
    assert ways() == ("avatar", "drawing")
    image, tiles = open_photo(photo, 10**6), []
    made = draw_photo(image, "cartoongan-hayao", Settings(face="paste"), "cpu", lambda: tiles.append(1))
    assert made.size == image.size
    assert np.abs(np.asarray(made, np.int16) - np.asarray(image, np.int16)).mean() > 8
    assert tiles


def reasons() -> set[str]:
    """Every reason that nijigen.avatarizing gives for not telling, from its sources."""
    found: set[str] = set()
    for path in Path(nijigen.avatarizing.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reading":
                given = [*node.args[3:4], *(word.value for word in node.keywords if word.arg == "reason")]
                found |= {one.value for one in given if isinstance(one, ast.Constant)}
    return found


def test_every_reason_is_said_in_three_languages() -> None:
    known = reasons()
    assert len(known) > 5
    for reason in [*known, "unsure whether there are glasses", "unsure whether there is a smile"]:
        said = {said_of(Reading("smile", reason=reason), language) for language in LANGUAGES}
        assert reason in said
        assert len(said) == 3, reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_are_said_with_how_sure_and_without_gender(language: str) -> None:
    readings = [
        Reading("hair_color", ("brown", "black"), 0.82),
        Reading("skin_tone", ("light",), 0.97),
        Reading("glasses", ("clear", "dark"), 0.7),
        Reading("smile", ("smile",), 0.6),
    ]
    said = readings_html(Read(readings, 'x" onerror="', True, False), language)
    assert "82" in said
    assert "97" not in said.replace("width:97%", "")  # nothing finer than 95 was measured
    assert said.count("<dt>") == 4
    assert 'onerror="' not in said
    never = {"en": "Gender is never read", "zh": "性别绝不从照片判断", "ja": "性別は写真から読み取らず"}[language]
    assert never in said
