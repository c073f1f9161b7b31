"""The tab Collection in a real browser: keep, find again after a restart, note, take along, restore, remove, undo."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed: the extra [serve]")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SEED = "#nj-seed input, #nj-seed textarea"
SEARCH = "#nj-kept-text input, #nj-kept-text textarea"
NOTE = "#nj-note input, #nj-note textarea"
DROP = "#nj-dropped input[type=file]"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an avatar of the bundled model and a drawing, both blue-eyed, among its favourites."""
    from nijigen.collections import Collections
    from nijigen.engine.model import load
    from nijigen.illustrator import compose
    from nijigen.illustrator.drawing import to_avatar

    made = load("chibi").generate(1, 7, hair_color="pink")[0]
    character = compose(5, {"hair_color": "blue"})
    with Collections(f"sqlite:///{tmp_path / 'collections' / 'kept.db'}") as collections:
        collections.add(to_avatar(character, character.render(128, 4)).png())
        collections.add(made.png(), note="for the forum")
    return tmp_path


class Kept:
    """The tab, and what it shows."""

    def __init__(self, visit: Any, url: str) -> None:
        self.visit, self.page = visit, visit.page
        visit.go(url)
        visit.tab("Collection")

    def leave(self) -> None:
        """Close the page before the server ends."""
        self.page.goto("about:blank")

    def shows(self, count: int) -> None:
        """Wait until so many are shown."""
        self.page.wait_for_function(
            "(count) => document.querySelectorAll('#nj-kept .nj-face').length === count", arg=count
        )

    def click(self, action: str, which: int = 1) -> None:
        self.page.click(f"#nj-kept li:nth-child({which}) [data-key^={action}]", force=True)

    def search(self, text: str) -> None:
        self.page.fill(SEARCH, text)
        self.page.press(SEARCH, "Enter")

    def pack(self, kind: str) -> bytes:
        with self.page.expect_download() as coming:
            self.page.click(f"#nj-packs [data-key={kind}]")
        return Path(coming.value.path()).read_bytes()

    def drop(self, file: Path) -> None:
        self.page.set_input_files(DROP, str(file))

    def in_front(self, tab: str) -> None:
        self.page.wait_for_selector(f'#nj-main button[role=tab][aria-selected=true]:has-text("{tab}")')

    def holds(self, control: str, value: str) -> None:
        """Wait until a control says so."""
        self.page.wait_for_function(
            "([control, value]) => document.querySelector(control)?.value === value", arg=[control, value]
        )


def test_the_whole_life_of_a_favourite(visit: Callable[..., Any], serving: Any, home: Path, tmp_path: Path) -> None:
    from nijigen.avatar import Avatar
    from nijigen.engine.recreate import recreate

    with serving(home) as url:
        kept = Kept(visit(), url)
        kept.shows(2)
        # Another one is kept in Create, and is here at once.
        kept.visit.tab("Create")
        kept.page.click("#nj-grid li:nth-child(2) [data-key^=favourite]", force=True)
        kept.page.wait_for_selector("#nj-grid li:nth-child(2) [aria-pressed=true]")
        kept.visit.tab("Collection")
        kept.shows(3)
        # Found by a word, and by its note.
        kept.page.check('#nj-kept-words [data-attribute="hair_color"] input[value="blue"]', force=True)
        kept.shows(1)
        kept.page.click("#nj-kept-words [data-key=reset]")
        kept.shows(3)
        kept.search("FORUM")
        kept.shows(1)
        kept.page.click("#nj-kept .nj-face")
        kept.holds(NOTE, "for the forum")
        kept.page.fill(NOTE, "for nobody")
        kept.page.press(NOTE, "Enter")
        kept.page.wait_for_selector("text=The note is saved")
        kept.search("for nobody")
        kept.shows(1)
        # Taken along: the original, byte for byte.
        with zipfile.ZipFile(io.BytesIO(kept.pack("zip"))) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".png")]
            original = archive.read(name)
        file = tmp_path / name
        file.write_bytes(original)
        assert recreate(file).same
        assert Avatar.open(file).seed == 7
        with zipfile.ZipFile(io.BytesIO(kept.pack("sheet"))) as archive:
            assert archive.namelist() == ["favourites.png", "favourites.json"]
        with zipfile.ZipFile(io.BytesIO(kept.pack("stickers"))) as archive:
            assert len(archive.namelist()) == 3
        # Removed, and put back as it was.
        kept.click("remove")
        kept.shows(0)
        kept.page.click("#nj-put-back")
        kept.shows(1)
        kept.page.wait_for_selector("#nj-put-back", state="hidden")
        # Its settings are set again in Create, and make the same face.
        kept.click("restore")
        kept.in_front("Create")
        kept.holds(SEED, "7")
        kept.page.wait_for_selector('#nj-grid img[alt*="seed 7:"]')
        assert kept.page.is_checked('#nj-pickers [data-attribute="hair_color"] input[value="pink"]')
        kept.leave()
    # The server was started again: everything is there.
    with serving(home) as url:
        kept = Kept(visit(), url)
        kept.shows(3)
        kept.search("nobody")
        kept.shows(1)
        kept.leave()


def test_a_file_from_elsewhere(visit: Callable[..., Any], serving: Any, home: Path, tmp_path: Path) -> None:
    from nijigen.collections import Collections
    from nijigen.illustrator import compose
    from nijigen.illustrator.drawing import to_avatar

    with Collections(f"sqlite:///{home / 'collections' / 'kept.db'}") as collections:
        original = collections.file(collections.find(text="forum")[0])
    dropped, drawing, broken = (tmp_path / name for name in ("dropped.png", "drawing.webp", "broken.png"))
    dropped.write_bytes(original)
    character = compose(11, {"hair_color": "green"})
    drawing.write_bytes(to_avatar(character, character.render(256)).webp())
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with serving(home) as url:
        kept = Kept(visit(), url)
        kept.drop(dropped)
        kept.page.wait_for_selector("#nj-shown .nj-face img")
        assert kept.visit.bytes(kept.visit.pictures("#nj-shown")[0]) == original
        kept.page.click("#nj-shown .nj-face")
        kept.in_front("Create")
        kept.holds(SEED, "7")
        # A drawing, and as WebP: it is kept, and goes to the illustrator.
        kept.visit.tab("Collection")
        before = kept.visit.pictures("#nj-shown")
        kept.drop(drawing)
        kept.page.wait_for_function(
            "(before) => document.querySelector('#nj-shown .nj-face img').src !== before", arg=before[0]
        )
        kept.page.click("#nj-shown [data-key^=favourite]")
        kept.page.wait_for_selector("#nj-shown [aria-pressed=true]")
        kept.page.click("#nj-shown .nj-face")
        kept.in_front("Illustrator")
        kept.holds("#nj-illustrator-seed input, #nj-illustrator-seed textarea", "11")
        kept.visit.tab("Collection")
        kept.shows(3)
        # What is no avatar is refused in a friendly line.
        kept.drop(broken)
        kept.page.wait_for_selector("text=nijigen says: broken.png is damaged")
        kept.leave()


@pytest.mark.parametrize(
    ("locale", "tab", "words"), [("zh-CN", "收藏", "原文件 ZIP"), ("ja-JP", "コレクション", "ステッカーセット")]
)
def test_other_languages_and_a_phone_in_the_dark(
    visit: Callable[..., Any], serving: Any, home: Path, axe: str, locale: str, tab: str, words: str
) -> None:
    with serving(home) as url:
        one = visit(1280, locale=locale, color_scheme="dark")
        one.go(url)
        one.page.wait_for_function("document.documentElement.lang !== 'en'")
        one.tab(tab)
        one.page.wait_for_selector(f"text={words}")
        one.page.wait_for_selector("#nj-kept li:nth-child(2) img")
        one.page.evaluate(axe)
        assert one.barriers() == []
        one.page.set_viewport_size({"width": 390, "height": 844})
        one.fits(390)
        one.page.goto("about:blank")
