"""The studio in a real browser: what people do there works, in their language, and nothing is asked of anybody else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nijigen.avatar import Avatar
from nijigen.engine.recreate import recreate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEED = "#nj-seed input, #nj-seed textarea"
SENTENCE = "#nj-sentence input, #nj-sentence textarea"


@pytest.fixture(scope="module")
def here(serving: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(tmp_path_factory.mktemp("home")) as url:
        yield url


def avatar(data: bytes) -> Avatar:
    return Avatar.read(data, "download.png")


def test_avatars_are_there_by_themselves_and_are_those_of_their_seed(visit: Callable[..., Any], here: str) -> None:
    one = visit()
    one.go(here)
    shown = one.pictures()
    assert len(shown) == 12
    one.page.wait_for_function(f"document.querySelector('{SEED}').value !== ''")
    seed = int(one.page.input_value(SEED))
    assert [avatar(one.bytes(url)).seed for url in shown] == [seed + index for index in range(12)]
    one.page.click("#nj-roll")
    assert not set(one.other(shown)) & set(shown)
    one.page.wait_for_function("([at, seed]) => document.querySelector(at).value !== seed", arg=[SEED, str(seed)])


def test_what_is_chosen_and_said_is_made(visit: Callable[..., Any], here: str) -> None:
    one = visit()
    one.go(here)
    one.page.wait_for_selector('#nj-pickers [data-attribute="hair_color"]')
    before = one.pictures()
    one.page.check('#nj-pickers [data-attribute="hair_color"] input[value="pink"]', force=True)
    before = one.other(before)
    assert {avatar(one.bytes(url)).attributes["hair_color"] for url in before} == {"pink"}
    one.page.fill(SENTENCE, "a boy with green eyes, no glasses, and a zorp")
    one.page.press(SENTENCE, "Enter")
    made = [avatar(one.bytes(url)).attributes for url in one.other(before)]
    assert {(row["gender"], row["eye_color"], row["hair_color"]) for row in made} == {("boy", "green", "pink")}
    assert "glasses" not in {row["accessory"] for row in made}
    one.says(".nj-heard", "zorp")
    eyes = '#nj-pickers [data-attribute="eye_color"] input[value="green"]:checked'
    one.page.wait_for_selector(eyes, state="attached")


def test_a_download_is_the_original_and_is_made_again(visit: Callable[..., Any], here: str, tmp_path: Path) -> None:
    one = visit()
    one.go(here)
    with one.page.expect_download() as coming:
        one.page.click("#nj-grid li:nth-child(3) a[download]", force=True)
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    kept = Avatar.open(path)
    assert path.name == f"chibi-{kept.seed}.png"
    assert path.read_bytes() == one.bytes(one.pictures()[2])
    assert np.array_equal(recreate(path).avatar.pixels, kept.pixels)


def test_three_languages_without_losing_anything(visit: Callable[..., Any], here: str) -> None:
    one = visit(locale="ja-JP")
    one.go(here)
    one.page.wait_for_function("document.documentElement.lang === 'ja'")
    one.page.wait_for_selector('#nj-pickers [data-attribute="hair_color"]')
    before = one.pictures()
    one.page.check('#nj-pickers [data-attribute="hair_color"] input[value="blue"]', force=True)
    shown, words = one.other(before), {}
    for language, tag, roll, colour in (("zh", "zh-Hans", "换一批", "发色"), ("ja", "ja", "新しく作る", "髪色"),
                                        ("en", "en", "New avatars", "Hair color")):  # fmt: skip
        one.page.click(f'#nj-header [data-key="{language}"]')
        one.page.wait_for_function("(roll) => document.querySelector('#nj-roll').textContent.includes(roll)", arg=roll)
        legend = '#nj-pickers [data-attribute="hair_color"] legend'
        one.page.wait_for_function("([at, word]) => document.querySelector(at).textContent.includes(word)",
                                   arg=[legend, colour])  # fmt: skip
        assert one.page.get_attribute("html", "lang") == tag
        assert one.page.is_checked('#nj-pickers [data-attribute="hair_color"] input[value="blue"]')
        assert one.pictures() == shown
        words[language] = one.page.inner_text("body")
    assert len(set(words.values())) == 3
    one.page.click('#nj-header [data-key="zh"]')
    one.page.wait_for_function("document.documentElement.lang === 'zh-Hans'")
    later = one.beside()  # the browser remembers
    later.go(here)
    later.page.wait_for_function("document.querySelector('#nj-roll').textContent.includes('换一批')")


def test_refining_with_undo(visit: Callable[..., Any], here: str) -> None:
    one = visit()
    one.go(here)
    one.page.click("#nj-grid li:nth-child(2) .nj-face")
    first = one.portrait()
    start = avatar(one.bytes(first))
    hair = next(word for word in ("pink", "green") if start.attributes["hair_color"] != word)
    one.page.check(f'#nj-own-pickers [data-attribute="hair_color"] input[value="{hair}"]', force=True)
    second = one.portrait(unlike=first)
    changed = avatar(one.bytes(second))
    assert changed.attributes == {**start.attributes, "hair_color": hair}
    assert [edit["kind"] for edit in changed.certificate["edits"]] == ["set"]
    one.page.wait_for_selector("#nj-stage .nj-before", state="attached")
    one.page.click("#nj-undo")
    assert one.portrait(unlike=second) == first
    one.page.click("#nj-redo")
    assert one.portrait(unlike=first) == second
    one.tab("Vary")
    one.page.click("#nj-vary")
    one.made("#nj-near")
    one.page.wait_for_selector("#nj-near li:nth-child(8) img")
    one.page.click("#nj-near li:nth-child(3) .nj-face")
    third = one.portrait(unlike=second)
    assert avatar(one.bytes(third)).certificate["edits"][-1]["kind"] == "vary"
    one.tab("Breed")
    one.page.click("#nj-partners li:nth-child(4) .nj-face")
    one.page.wait_for_selector('#nj-partners [aria-pressed="true"]')
    one.page.click("#nj-breed")
    one.page.wait_for_selector("#nj-born li:nth-child(8) img")
    one.page.click("#nj-born li:nth-child(1) .nj-face")
    assert avatar(one.bytes(one.portrait(unlike=third))).certificate["edits"][-1]["kind"] == "breed"
    for address in (second, first):  # back through all of it
        while one.page.is_enabled("#nj-undo") and one.portrait() != address:
            now = one.portrait()
            one.page.click("#nj-undo")
            one.portrait(unlike=now)
    assert one.portrait() == first


def test_a_phone_a_keyboard_and_the_dark(visit: Callable[..., Any], here: str) -> None:
    one = visit(390, 844, has_touch=True, color_scheme="dark")
    one.go(here)
    one.page.wait_for_selector("#nj-pickers fieldset")
    one.fits(390)
    dark = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    one.page.click('#nj-header [data-key="theme"]')
    one.page.wait_for_function("(dark) => getComputedStyle(document.body).backgroundColor !== dark", arg=dark)
    one.page.focus("#nj-grid li:nth-child(1) .nj-face")
    one.page.keyboard.press("Enter")
    one.portrait()
    one.fits(390)
    one.page.focus('#nj-own-pickers [data-attribute="expression"] input:checked')
    before = one.portrait()
    one.page.keyboard.press("ArrowRight")
    assert one.portrait(unlike=before)


def test_no_barriers(visit: Callable[..., Any], here: str, axe: str) -> None:
    for width, scheme in ((1280, "light"), (390, "dark")):
        one = visit(width, color_scheme=scheme)
        one.go(here)
        one.page.wait_for_selector("#nj-pickers fieldset")
        one.page.evaluate(axe)
        names = one.page.eval_on_selector_all('#nj-main [role="tab"]', "(all) => all.map((one) => one.innerText)")
        assert names[:2] == ["Create", "Refine"]
        barriers = []
        for name in dict.fromkeys(names):
            if name == "Refine":
                one.page.click("#nj-grid li:nth-child(2) .nj-face")
                one.portrait()
            elif one.page.get_by_role("tab", name=name, exact=True).is_visible():
                one.tab(name)
            barriers += [f"{name}: {barrier}" for barrier in one.barriers()]
        assert barriers == []


def test_wrong_things_are_said_kindly(visit: Callable[..., Any], here: str) -> None:
    one = visit(locale="zh-CN")
    one.go(here)
    one.page.wait_for_function("document.documentElement.lang === 'zh-Hans'")
    one.page.fill(SEED, "-5")
    one.page.press(SEED, "Enter")
    one.page.wait_for_selector("text=种子须为 0 以上的数字或任意文字")
    assert one.page.inner_text(".toast-title").strip() == "没有成功"  # Gradio's own title is English
    assert one.page.get_attribute('[data-testid="toast-close"]', "aria-label") == "关闭"
    assert one.page.request.get(f"{here}studio/pictures/../../etc/passwd").status == 404
    assert one.page.request.get(f"{here}studio/pictures/{'A' * 22}").status == 404
    assert one.page.request.get(f"{here}studio/static/..%2Fpage.py").status == 404


def test_a_favourite_survives_a_restart_and_its_settings_come_back(
    serving: Callable[..., Any], visit: Callable[..., Any], tmp_path: Path
) -> None:
    with serving(tmp_path) as url:
        one = visit()
        one.go(url)
        # Of closed eyes no colour is known, so one with closed eyes is the harder case.
        shown = [one.bytes(url) for url in one.pictures()]
        place, wanted = min(enumerate(shown, 1), key=lambda pair: "eye_color" in avatar(pair[1]).attributes)
        one.page.click(f'#nj-grid li:nth-child({place}) [data-key^="favourite"]', force=True)
        one.page.wait_for_selector(f'#nj-grid li:nth-child({place}) [aria-pressed="true"]', state="attached")
        one.page.goto("about:blank")
    born = avatar(wanted)
    with serving(tmp_path) as url:
        again = visit()
        again.go(url)
        again.tab("Collection")
        again.made("#nj-kept")
        (kept,) = again.pictures("#nj-kept")
        assert again.bytes(kept) == wanted
        with again.page.expect_download() as coming:
            again.page.click("#nj-kept li a[download]", force=True)
        file = tmp_path / coming.value.suggested_filename
        coming.value.save_as(file)
        assert file.read_bytes() == wanted
        assert np.array_equal(recreate(file).avatar.pixels, born.pixels)
        again.page.set_input_files('#nj-dropped input[type="file"]', file)
        again.made("#nj-shown")
        before = again.pictures()
        again.page.click("#nj-shown li .nj-face")
        again.page.wait_for_function(f"document.querySelector('{SEED}').value === '{born.seed}'")
        restored = avatar(again.bytes(again.other(before)[0]))
        assert (restored.seed, restored.attributes) == (born.seed, born.attributes)
        again.page.goto("about:blank")
