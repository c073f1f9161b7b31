"""Mix & morph, Photo and Illustrator in a real browser: what is made there, what is saved, and what is said."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.engine.recreate import recreate
from nijigen.seeds import seed_number

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEED = "#nj-illustrator-seed input, #nj-illustrator-seed textarea"
SENTENCE = "#nj-illustrator-sentence input, #nj-illustrator-sentence textarea"
Visits = Callable[..., Any]


@pytest.fixture(scope="module")
def here(serving: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("home"), "--model", "chibi") as url:
        yield url


@pytest.fixture(scope="module")
def photo(portrait: Callable[[str], bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real portrait."""
    path = tmp_path_factory.mktemp("photo") / "me.jpg"
    path.write_bytes(portrait("man-0052"))
    return path


def saved(page: Any, selector: str, folder: Path) -> Path:
    """What a link saves."""
    with page.expect_download() as coming:
        page.click(selector)
    path: Path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def another(one: Any, selector: str, unlike: str = "") -> str:
    """The address of a picture, when it is another one."""
    one.page.wait_for_function(
        "([selector, unlike]) => (document.querySelector(selector)?.src ?? unlike) !== unlike",
        arg=[selector, unlike],
    )
    found: str = one.page.eval_on_selector(selector, "(one) => one.src")
    return found


def drawing(one: Any, fits: Callable[[Avatar], Any] = lambda _: True) -> Avatar:
    """The Illustrator's drawing that fits: others may be shown before it, as they were asked for before it."""
    seen = ""
    while True:
        seen = another(one, "#nj-drawing .nj-now", seen)
        if fits(avatar := Avatar.read(one.bytes(seen), "drawn")):
            return avatar


def stop(one: Any, percent: int) -> str:
    """The address of the stop of the slider that is so much of the second, when it is shown."""
    shown = f'#nj-blend .nj-portrait[alt="The two mixed, {percent} % of the second"]'
    found: str = one.page.wait_for_selector(shown).get_attribute("src")
    return found


def parent(one: Any, slot: str, data: bytes) -> None:
    """Wait until the first or the last of the two is this file."""
    seen = ""
    while True:
        seen = another(one, f"#nj-blend .nj-slot:{slot}-child .nj-parent", seen)
        if one.bytes(seen) == data:
            return


def all_stops(one: Any) -> None:
    """Wait until every stop between the two is there."""
    one.page.wait_for_selector("#nj-loop:not([disabled])")


def typed(one: Any, control: str, text: str) -> None:
    one.page.fill(control, text)
    one.page.press(control, "Enter")


def test_the_illustrator_draws_again_at_every_change(visit: Visits, here: str, tmp_path: Path) -> None:
    one = visit()
    one.go(here)
    one.tab("Illustrator")
    first = drawing(one)
    hair = next(style for style in ("twintails", "bob") if style != first.attributes["hair_style"])
    one.page.check(f'#nj-illustrator-words [data-attribute="hair_style"] input[value="{hair}"]', force=True)
    drawing(one, lambda shown: shown.attributes["hair_style"] == hair)
    typed(one, SEED, "ada")
    drawing(one, lambda shown: shown.seed == seed_number("ada"))
    typed(one, SENTENCE, "blue hair and a crown")
    drawing(one, lambda shown: shown.attributes["accessory"] == "crown")
    one.page.click("#nj-illustrator-transparent input")
    drawing(one, lambda shown: shown.pixels.shape[2] == 4)
    path = saved(one.page, '#nj-drawing [data-key="download"]', tmp_path)
    kept = Avatar.open(path)
    assert path.suffix == ".png"
    assert kept.pixels.shape == (512, 512, 4)
    told = {name: kept.attributes[name] for name in ("hair_style", "hair_color", "accessory")}
    assert told == {"hair_style": hair, "hair_color": "blue", "accessory": "crown"}
    assert np.array_equal(recreate(path).avatar.pixels, kept.pixels)
    vector = saved(one.page, '#nj-drawing [data-key="svg"]', tmp_path)
    assert vector.suffix == ".svg"
    assert vector.read_text(encoding="utf-8").startswith("<svg ")


def test_the_seed_is_kept_where_it_is_locked(visit: Visits, here: str) -> None:
    one = visit()
    one.go(here)
    one.tab("Illustrator")
    first = drawing(one)
    one.page.click("#nj-illustrator-roll")
    second = drawing(one, lambda shown: shown.seed != first.seed)
    assert one.page.input_value(SEED) == str(second.seed)
    seen = another(one, "#nj-drawing .nj-now")
    one.page.click("#nj-illustrator-lock input")
    one.page.click("#nj-illustrator-roll")
    third = Avatar.read(one.bytes(another(one, "#nj-drawing .nj-now", seen)), "drawn")
    assert one.page.input_value(SEED) == str(third.seed) == str(second.seed)
    typed(one, SEED, "-3")
    one.page.wait_for_selector("text=A seed is 0 or more, or any word.")


def test_two_avatars_are_mixed_saved_and_made_again(visit: Visits, here: str, tmp_path: Path) -> None:
    one = visit()
    one.go(here)
    one.tab("Mix & morph")
    assert one.page.is_disabled("#nj-loop")
    one.page.click('#nj-blend [data-key="both"]')
    all_stops(one)
    stop(one, 50)
    asked = len(one.asked)
    one.page.focus('#nj-blend [data-key="share"]')
    for _ in range(4):
        one.page.keyboard.press("ArrowRight")
    share = stop(one, 70)
    assert not [url for url in one.asked[asked:] if "gradio_api" in url]  # every stop was there already
    path = saved(one.page, '#nj-blend [data-key="download"]', tmp_path)
    kept = Avatar.open(path)
    assert kept.certificate["edits"][-1]["kind"] == "mix"
    assert kept.certificate["edits"][-1]["share"] == 0.7
    assert np.array_equal(recreate(path).avatar.pixels, kept.pixels)
    assert path.read_bytes() == one.bytes(share)
    one.page.click('#nj-blend [data-key="favourite"]')
    one.page.wait_for_selector("text=Added to your favourites.")
    one.page.click('#nj-kind input[value="gif"]')
    one.page.click('#nj-length label:has-text("12")')
    one.page.click("#nj-loop")
    one.page.wait_for_selector("#nj-loops .nj-loop")
    loop = saved(one.page, "#nj-loops .nj-button", tmp_path)
    with Image.open(loop) as image:
        assert (image.format, image.n_frames) == ("GIF", 24)
    one.page.click('#nj-blend [data-key="refine"]')
    assert one.bytes(one.portrait()) == path.read_bytes()


def test_an_avatar_comes_from_create_and_from_a_file(visit: Visits, here: str, tmp_path: Path) -> None:
    one = visit()
    one.go(here)
    data = one.bytes(one.pictures()[1])
    path = tmp_path / "mine.png"
    path.write_bytes(data)
    one.page.click('#nj-grid li:nth-child(1) [data-key^="mix "]', force=True)
    one.page.wait_for_selector("#nj-blend .nj-slot:nth-child(1) .nj-parent")
    one.page.set_input_files('#nj-blend [data-key="open other"]', path)
    all_stops(one)
    parent(one, "last", data)
    path.write_bytes(b"no picture at all")
    one.page.set_input_files('#nj-blend [data-key="open one"]', path)
    one.page.wait_for_selector("text=That file is no avatar of nijigen")
    one.page.click('#nj-blend [data-key="swap"]')
    parent(one, "first", data)
    all_stops(one)
    stop(one, 50)


def test_a_photo_is_avatarized_and_goes_on_in_the_illustrator(visit: Visits, here: str, photo: Path) -> None:
    one = visit(locale="zh-CN")
    one.go(here)
    one.tab("照片")
    one.page.set_input_files("#nj-photo-file input[type=file]", photo)
    one.page.click("#nj-photo-make:not([disabled])")
    one.page.wait_for_selector("#nj-photo-grid li:nth-child(6) img")
    one.says(".nj-read", "性别绝不从照片判断", "头发")
    made = [Avatar.read(one.bytes(url), "made") for url in one.pictures("#nj-photo-grid")]
    assert len(made) == 6
    one.page.click("#nj-photo-grid li:nth-child(2) .nj-face")
    one.page.wait_for_function(
        "([at, seed]) => document.querySelector(at)?.value === seed",
        arg=[SEED, str(made[1].seed)],
    )
    one.page.wait_for_function("document.querySelectorAll('#nj-illustrator-words input:checked').length > 5")
    drawing(one, lambda shown: np.array_equal(shown.pixels, made[1].pixels))
    one.tab("照片")
    photo = one.page.eval_on_selector("#nj-photo-file img", "(one) => one.src")
    assert one.page.request.get(photo).status == 200
    one.page.click('#nj-photo-file [data-key="forget"]')
    one.page.wait_for_selector("#nj-photo-file img", state="detached")
    assert one.page.request.get(photo).status == 404
    one.page.wait_for_selector("#nj-photo-make[disabled]")


def test_what_is_no_photo_is_said_kindly(visit: Visits, here: str, tmp_path: Path) -> None:
    one = visit()
    one.go(here)
    one.tab("Photo")
    path = tmp_path / "notes.txt"
    path.write_bytes(b"these are notes")
    one.page.set_input_files("#nj-photo-file input[type=file]", path)
    one.page.wait_for_selector("text=That file cannot be read as a picture.")
    buffer = io.BytesIO()
    Image.new("RGB", (200, 200), (120, 160, 90)).save(buffer, "PNG")
    path.write_bytes(buffer.getvalue())
    one.page.set_input_files("#nj-photo-file input[type=file]", path)
    one.page.click("#nj-photo-make:not([disabled])")
    one.page.wait_for_selector("text=No face was found.")
    one.page.set_viewport_size({"width": 390, "height": 844})
    one.fits(390)


def test_no_barriers_in_what_was_made(visit: Visits, here: str, photo: Path, axe: str) -> None:
    one = visit(color_scheme="dark")
    one.go(here)
    one.page.evaluate(axe)
    one.tab("Mix & morph")
    one.page.click('#nj-blend [data-key="both"]')
    all_stops(one)
    barriers = one.barriers()
    one.tab("Photo")
    one.page.set_input_files("#nj-photo-file input[type=file]", photo)
    one.page.click("#nj-photo-make:not([disabled])")
    one.page.wait_for_selector("#nj-photo-grid li:nth-child(6) img")
    assert barriers + one.barriers() == []
