"""The page in a real browser: avatars appear, controls do what they say, and nothing is asked of anybody else."""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from nijigen.avatar import Avatar
from nijigen.engine.model import load
from nijigen.engine.recreate import recreate
from nijigen.export.web.preview import Preview

pytestmark = pytest.mark.slow

WAIT = 240_000  # milliseconds: a busy machine is slow, not wrong
MADE = '#gallery[aria-busy="false"] li:nth-child({count}) .avatar:not(.waiting)'


@pytest.fixture(scope="module")
def exporters() -> None:
    """What an export for the web needs here."""
    for extra in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(extra, reason=f"{extra} is not installed: the extra [export]")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, and it fetches onnxruntime-web: apt-get install npm")


@pytest.fixture(scope="module")
def site(exporters: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model, exported for the web. Read only."""
    from nijigen.export.web.exporting import export_site

    folder = tmp_path_factory.mktemp("web") / "chibi"
    export_site("chibi", folder)
    return folder


class Visit:
    """A page that was opened, with everything that it asked for and complained of."""

    def __init__(self, page: Any) -> None:
        self.page, self.asked, self.complaints = page, [], []
        page.set_default_timeout(WAIT)
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, said: Any) -> None:
        # That canvases are read back often is the tests' doing, not the page's.
        if said.type in ("error", "warning") and "willReadFrequently" not in said.text:
            self.complaints.append(said.text)

    def go(self, url: str, count: int = 12) -> None:
        self.page.goto(url)
        self.made(count)

    def made(self, count: int = 12) -> None:
        self.page.wait_for_selector(MADE.format(count=count))

    def seed(self, text: str) -> None:
        self.page.fill("#seed", text)
        self.made()

    def pictures(self) -> np.ndarray:
        """What the gallery shows, ``[n, 256, 256, 4]``."""
        return np.stack([self.canvas(f"#gallery li:nth-child({i + 1}) canvas") for i in range(12)])

    def canvas(self, selector: str) -> np.ndarray:
        packed = self.page.eval_on_selector(
            selector,
            """(c) => {
                const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
                let text = "";
                for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
                return btoa(text);
            }""",
        )
        pixels = np.frombuffer(base64.b64decode(packed), np.uint8).astype(np.int16)
        side = int((len(pixels) // 4) ** 0.5)
        return pixels.reshape(side, side, 4)

    def open_avatar(self, number: int = 1) -> None:
        self.page.click(f"#gallery li:nth-child({number}) button")
        self.page.wait_for_selector("dialog[open]")

    def portrait(self) -> np.ndarray:
        self.page.wait_for_selector('#portrait[aria-busy="false"]')
        return self.canvas("#portrait")

    def download(self, folder: Path) -> Path:
        with self.page.expect_download() as coming:
            self.page.click("#download")
        path = folder / coming.value.suggested_filename
        coming.value.save_as(path)
        return path


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """``visit(width=1280, height=860, **context)``; at the end nothing was complained of or asked elsewhere."""
    opened: list[Visit] = []

    def new(width: int = 1280, height: int = 860, **options: Any) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", **options)
        opened.append(Visit(context.new_page()))
        return opened[-1]

    yield new
    for one in opened:
        assert one.complaints == []
        assert one.asked
        for url in one.asked:
            assert urlsplit(url).hostname in ("127.0.0.1", None), url
            assert urlsplit(url).scheme in ("http", "blob", "data"), url
        one.page.context.close()


@pytest.fixture
def here(site: Path) -> Iterator[str]:
    with Preview(site) as preview:
        yield preview.url


def test_avatars_appear_and_are_those_of_their_seeds(visit: Callable[..., Visit], here: str) -> None:
    one = visit()
    one.page.add_init_script("Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 4 })")
    one.go(here)
    assert one.page.evaluate("crossOriginIsolated")
    assert "threads: 2" in one.page.inner_text("#about")
    one.seed("alice")
    pictures = one.pictures()
    assert (pictures[:, :, :, 3].reshape(12, -1) > 200).mean(axis=1).min() > 0.2
    assert len({picture.tobytes() for picture in pictures}) == 12
    # The bundled model's own avatars of that seed, where a pixel of theirs is one on the screen twice as large.
    wanted = [avatar.pixels for avatar in load("chibi", "cpu", 1).generate(12, "alice")]
    for picture, own in zip(pictures, wanted, strict=True):
        coarse = picture.reshape(128, 2, 128, 2, 4).mean(axis=(1, 3))
        solid = (own[:, :, 3] == 255) & (coarse[:, :, 3] > 250)
        assert np.abs(coarse - own)[solid].mean() < 6
    one.seed("bob")
    assert not np.array_equal(one.pictures(), pictures)
    one.seed("alice")
    assert np.array_equal(one.pictures(), pictures)


def test_attributes_change_pixels(visit: Callable[..., Visit], here: str) -> None:
    one = visit()
    one.go(here)
    one.seed("7")
    before = one.pictures()
    one.page.check('#pickers [name="pickers-hair_color"][value="pink"]', force=True)
    one.page.select_option("#pickers-hair_style", "long")
    one.made()
    after = one.pictures()
    assert all(not np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert pinkness(after) > pinkness(before) + 0.05
    assert "2 chosen" in one.page.inner_text("#chosen")
    names = one.page.eval_on_selector_all("#gallery button", "(all) => all.map((one) => one.ariaLabel)")
    assert all("pink" in name and "long" in name for name in names)
    one.page.click("#clear")
    one.made()
    assert np.array_equal(one.pictures(), before)
    one.page.fill("#pickers-tilt", "12")
    one.made()
    assert not np.array_equal(one.pictures(), before)


def pinkness(pictures: np.ndarray) -> float:
    """Share of what is seen that is of pink hair's colour."""
    red, green, blue, alpha = np.moveaxis(pictures, 3, 0)
    return float(((alpha > 200) & (red > 220) & (green < 190) & (green > 110) & (blue > 140)).mean())


def test_a_download_is_made_again_by_nijigen(
    visit: Callable[..., Visit], here: str, tmp_path: Path, command: Callable[..., Any]
) -> None:
    one = visit()
    one.go(here)
    one.seed("9007199254740993")  # more than a double holds exactly
    one.page.fill("#variety", "70")
    one.made()
    one.open_avatar(1)
    plain = one.download(tmp_path)
    avatar = Avatar.open(plain)
    assert plain.name == "chibi-9007199254740993.png"
    assert avatar.seed == 9007199254740993
    assert avatar.pixels.shape == (128, 128, 4)
    assert avatar.certificate["truncation"] == 0.7
    near(plain)
    one.page.select_option("#own-pickers-expression", "wink")
    one.page.check('[name="own-pickers-hair_color"][value="green"]', force=True)
    one.page.fill("#share", "35")
    one.page.check('[name="layers"][value="0-3"]', force=True)
    one.portrait()
    changed = one.download(tmp_path)
    certificate = Avatar.open(changed).certificate
    assert [edit["kind"] for edit in certificate["edits"]] == ["set", "mix"]
    assert (certificate["attributes"]["expression"], certificate["edits"][1]["layers"]) == ("wink", "0-3")
    assert not np.array_equal(Avatar.open(changed).pixels, avatar.pixels)
    near(changed)
    shown = command("show", changed, "--json")
    assert json.loads(shown.out)["engine"].startswith("onnxruntime-web 1.")
    again = command("recreate", changed, "--out", tmp_path / "again.png")
    assert "engine was onnxruntime-web" in again.out


def near(file: Path) -> None:
    """The same avatar by another engine: said, and hardly a level away."""
    made = recreate(file)
    assert any("engine was onnxruntime-web" in line for line in made.differences)
    assert not any("changed after it was made" in line for line in made.differences)
    difference = np.abs(made.avatar.pixels.astype(int) - Avatar.open(file).pixels)
    assert np.quantile(difference, 0.999) <= 2
    assert difference.mean() < 0.1


def test_mixing_goes_from_one_to_the_other(visit: Callable[..., Visit], here: str) -> None:
    one = visit()
    one.go(here)
    one.seed("3")
    one.open_avatar(2)
    other = one.portrait()
    one.page.keyboard.press("Escape")
    one.open_avatar(1)
    start = one.portrait()
    distances = []
    for share in ("25", "50", "75", "100"):
        one.page.fill("#share", share)
        distances.append(np.abs(one.portrait() - other).mean())
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.5 < distances[0]
    parts = one.page.eval_on_selector_all('[name="layers"]', "(found) => found.map((one) => one.value)")
    assert parts[:2] == ["all", "0-3"]
    for rows in parts[1:]:
        one.page.check(f'[name="layers"][value="{rows}"]', force=True)
        part = one.portrait()
        assert np.abs(part - other).mean() > 0.5
        assert np.abs(part - start).mean() > 0.5
    one.page.check('[name="partner"] >> nth=3', force=True)
    assert not np.array_equal(one.portrait(), part)
    one.page.click("#reset")
    assert np.array_equal(one.portrait(), start)


def test_three_languages_and_both_themes(visit: Callable[..., Visit], here: str) -> None:
    one = visit(color_scheme="light")
    one.go(here)
    words = {}
    for language, title, colour in (("zh", "属性", "发色"), ("ja", "特徴", "髪色"), ("en", "Attributes", "Hair color")):
        one.page.click(f"#languages [lang={language}]")
        assert one.page.inner_text("#panel h2") == title
        assert colour in one.page.inner_text('#pickers [data-attribute="hair_color"] legend')
        assert one.page.get_attribute("html", "lang") == language
        words[language] = one.page.inner_text("body")
    assert len(set(words.values())) == 3
    light = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    one.page.click("#theme")
    assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    one.page.click("#theme")
    assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    dark = visit(color_scheme="dark", reduced_motion="reduce")
    dark.go(here)
    assert dark.page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_phone_and_a_keyboard(visit: Callable[..., Visit], here: str) -> None:
    one = visit(390, 844, has_touch=True)
    one.go(here)
    width = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    assert one.page.evaluate(width) <= 390
    one.page.click("#panel summary")
    assert one.page.evaluate(width) <= 390
    one.page.focus("#gallery button")
    one.page.keyboard.press("Enter")
    one.page.wait_for_selector("dialog[open]")
    assert one.page.eval_on_selector("dialog", "(d) => d.scrollWidth <= d.clientWidth")
    unnamed = one.page.evaluate(
        """Array.from(document.querySelectorAll('input, select, button, canvas[role]'))
            .filter((e) => !(e.labels?.length || e.ariaLabel || e.textContent.trim())).map((e) => e.outerHTML)"""
    )
    assert unnamed == []
    one.page.keyboard.press("Escape")
    assert one.page.query_selector("dialog[open]") is None
    assert one.page.evaluate("document.activeElement.matches('#gallery button')")
    one.page.click("#lock")
    seed = one.page.input_value("#seed")
    one.page.click("#roll")
    one.made()
    assert one.page.input_value("#seed") == seed
    one.page.click("#lock")
    one.page.click("#roll")
    one.made()
    assert one.page.input_value("#seed") != seed
    one.page.select_option("#count", "6")
    one.page.wait_for_selector('#gallery[aria-busy="false"]')
    assert len(one.page.query_selector_all("#gallery li")) == 6


def test_any_host_in_any_folder_without_headers(visit: Callable[..., Visit], site: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>another page</title>")
    shutil.copytree(site, tmp_path / "some" / "where")
    with Preview(tmp_path, headers={}) as preview:
        one = visit()
        one.go(f"{preview.url}some/where/")
        assert not one.page.evaluate("crossOriginIsolated")
        assert "threads: 1" in one.page.inner_text("#about")
        assert all("/some/where/" in url for url in one.asked if url.startswith("http"))


def test_what_is_wrong_is_said(browser: Any, site: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(site, broken)
    (broken / "model" / "synthesis.onnx.gz").unlink()
    with Preview(broken) as preview:
        page = browser.new_page()
        page.goto(preview.url)
        page.wait_for_selector("#status.wrong", timeout=WAIT)
        assert "synthesis.onnx.gz: 404" in page.inner_text("#status")
        page.goto((site / "index.html").as_uri())
        page.wait_for_selector("#unstarted", state="visible")
        assert "nijigen preview" in page.inner_text("#unstarted")
        page.close()


def test_webgpu_where_there_is_an_adapter(browser: Any, chromium: str, exporters: None, tmp_path: Path) -> None:
    """Chromium's adapter in software; where it has none, the page takes the CPU, and so says the other test.

    Of the small model: shaders in software take minutes for the other.
    """
    from nijigen.export.web.exporting import export_site

    export_site("chibi-tiny", tmp_path / "gpu", webgpu=True)
    flags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]
    kind = browser.browser_type
    opened = kind.launch(executable_path=chromium, args=["--no-sandbox", "--ignore-gpu-blocklist", *flags])
    with Preview(tmp_path / "gpu") as preview:
        one = Visit(opened.new_page())
        one.go(preview.url)
        if not one.page.evaluate("navigator.gpu ? navigator.gpu.requestAdapter().then(Boolean) : false"):
            pytest.skip("this Chromium has no WebGPU adapter in software")
        assert "webgpu" in one.page.inner_text("#about")
        assert not any("onnxruntime-web.wasm.wasm" in url for url in one.asked)
        one.open_avatar(1)
        file = one.download(tmp_path)
        assert Avatar.open(file).certificate["engine"].endswith("webgpu")
        near(file)
        assert one.complaints == []
    opened.close()
