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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEED = "#nj-illustrator-seed input, #nj-illustrator-seed textarea"
WIDTH = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
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


def drawing(one: Any, unlike: str = "") -> str:
    """The address of the Illustrator's drawing, when it is another one."""
    one.page.wait_for_function(
        "(unlike) => (document.querySelector('#nj-drawing .nj-now')?.src ?? unlike) !== unlike",
        arg=unlike,
    )
    found: str = one.page.eval_on_selector("#nj-drawing .nj-now", "(one) => one.src")
    return found


def drawn(one: Any, wanted: Any) -> None:
    """Wait until the drawing is these pixels: others may be shown before it, as they were asked for before it."""
    seen = drawing(one)
    while not np.array_equal(Avatar.read(one.bytes(seen), "drawn").pixels, wanted):
        seen = drawing(one, seen)


def shown_stop(one: Any, unlike: str = "") -> str:
    one.page.wait_for_function(
        "(unlike) => (document.querySelector('#nj-blend .nj-portrait')?.src ?? unlike) !== unlike",
        arg=unlike,
    )
    found: str = one.page.eval_on_selector("#nj-blend .nj-portrait", "(one) => one.src")
    return found


def all_stops(one: Any) -> None:
    one.page.wait_for_selector("#nj-loop:not([disabled])")


def test_the_illustrator_draws_again_at_every_change(visit: Visits, here: str, tmp_path: Path) -> None:
    one = visit()
    one.go(here)
    one.tab("Illustrator")
    first = drawing(one)
    one.page.check('#nj-illustrator-words [data-attribute="hair_style"] input[value="twintails"]', force=True)
    second = drawing(one, first)
    assert Avatar.read(one.bytes(second), "drawn").attributes["hair_style"] == "twintails"
    one.page.fill(SEED, "ada")
    one.page.press(SEED, "Enter")
    third = drawing(one, second)
    one.page.fill("#nj-illustrator-sentence textarea, #nj-illustrator-sentence input", "blue hair and a crown")
    one.page.press("#nj-illustrator-sentence textarea, #nj-illustrator-sentence input", "Enter")
    fourth = drawing(one, third)
    one.page.click("#nj-illustrator-transparent input")
    drawing(one, fourth)
    path = saved(one.page, '#nj-drawing [data-key="download"]', tmp_path)
    kept = Avatar.open(path)
    assert path.suffix == ".png"
    assert kept.pixels.shape == (512, 512, 4)
    told = {name: kept.attributes[name] for name in ("hair_style", "hair_color", "accessory")}
    assert told == {"hair_style": "twintails", "hair_color": "blue", "accessory": "crown"}
    assert np.array_equal(recreate(path).avatar.pixels, kept.pixels)
    vector = saved(one.page, '#nj-drawing [data-key="svg"]', tmp_path)
    assert vector.suffix == ".svg"
    assert vector.read_text(encoding="utf-8").startswith("<svg ")


def test_the_seed_is_kept_where_it_is_locked(visit: Visits, here: str) -> None:
    one = visit()
    one.go(here)
    one.tab("Illustrator")
    first = drawing(one)
    before = one.page.input_value(SEED)
    one.page.click("#nj-illustrator-roll")
    second = drawing(one, first)
    rolled = one.page.input_value(SEED)
    assert rolled != before
    one.page.click("#nj-illustrator-lock input")
    one.page.click("#nj-illustrator-roll")
    third = drawing(one, second)
    assert one.page.input_value(SEED) == rolled
    assert Avatar.read(one.bytes(third), "drawn").seed == int(rolled)
    one.page.fill(SEED, "-3")
    one.page.press(SEED, "Enter")
    one.page.wait_for_selector("text=A seed is 0 or more, or any word.")


def test_two_avatars_are_mixed_saved_and_made_again(visit: Visits, here: str, tmp_path: Path) -> None:
    one = visit()
    one.go(here)
    one.tab("Mix & morph")
    assert one.page.is_disabled("#nj-loop")
    one.page.click('#nj-blend [data-key="both"]')
    all_stops(one)
    middle = shown_stop(one)
    asked = len(one.asked)
    one.page.focus('#nj-blend [data-key="share"]')
    for _ in range(4):
        one.page.keyboard.press("ArrowRight")
    share = shown_stop(one, middle)
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
    address = one.page.eval_on_selector("#nj-blend .nj-slot:last-child .nj-parent", "(one) => one.src")
    assert one.bytes(address) == data
    path.write_bytes(b"no picture at all")
    one.page.set_input_files('#nj-blend [data-key="open one"]', path)
    one.page.wait_for_selector("text=That file is no avatar of nijigen")
    shown = shown_stop(one)
    one.page.click('#nj-blend [data-key="swap"]')
    shown_stop(one, shown)
    all_stops(one)
    address = one.page.eval_on_selector("#nj-blend .nj-slot:first-child .nj-parent", "(one) => one.src")
    assert one.bytes(address) == data


def test_a_photo_is_avatarized_and_goes_on_in_the_illustrator(visit: Visits, here: str, photo: Path) -> None:
    one = visit(locale="zh-CN")
    one.go(here)
    one.tab("照片")
    one.page.set_input_files("#nj-photo-file input[type=file]", photo)
    one.page.click("#nj-photo-make:not([disabled])")
    one.page.wait_for_selector("#nj-photo-grid li:nth-child(6) img")
    said = one.page.inner_text(".nj-read")
    assert "性别绝不从照片判断" in said
    assert "头发" in said
    made = [Avatar.read(one.bytes(url), "made") for url in one.pictures("#nj-photo-grid")]
    assert len(made) == 6
    one.page.click("#nj-photo-grid li:nth-child(2) .nj-face")
    one.page.wait_for_function(
        "([at, seed]) => document.querySelector(at)?.value === seed",
        arg=[SEED, str(made[1].seed)],
    )
    one.page.wait_for_function("document.querySelectorAll('#nj-illustrator-words input:checked').length > 5")
    drawn(one, made[1].pixels)
    one.tab("照片")
    photo = one.page.eval_on_selector("#nj-photo-file img", "(one) => one.src")
    assert one.page.request.get(photo).status == 200
    one.page.click('#nj-photo-file [data-key="forget"]')
    one.page.wait_for_selector("#nj-photo-file img", state="detached")
    assert one.page.request.get(photo).status == 404
    assert one.page.is_disabled("#nj-photo-make")


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
    assert one.page.evaluate(WIDTH) <= 390


def test_no_barriers_in_what_was_made(visit: Visits, here: str, photo: Path, axe: str) -> None:
    one = visit(color_scheme="dark")
    one.go(here)
    one.page.evaluate(axe)
    one.tab("Mix & morph")
    one.page.click('#nj-blend [data-key="both"]')
    all_stops(one)
    barriers = serious(one.page)
    one.tab("Photo")
    one.page.set_input_files("#nj-photo-file input[type=file]", photo)
    one.page.click("#nj-photo-make:not([disabled])")
    one.page.wait_for_selector("#nj-photo-grid li:nth-child(6) img")
    assert barriers + serious(one.page) == []


def serious(page: Any) -> list[str]:
    page.wait_for_timeout(1_000)  # what fades in has no contrast yet
    found = page.evaluate("axe.run(document).then((all) => all.violations)")
    return [f"{each['id']} {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]
