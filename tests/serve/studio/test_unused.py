"""Nothing of the page is left over: every word is said by somebody, every style is of something, every tool is used."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

pytest.importorskip("gradio", reason="Gradio is not installed: the extra [serve]")

from nijigen.avatarizing.reading import NAMES, Reading, decided
from nijigen.edit.point import PARTS
from nijigen.serve.settings import Settings
from nijigen.serve.studio.blending import KINDS
from nijigen.serve.studio.mixing import SLOTS
from nijigen.serve.studio.page import TABS, build_page
from nijigen.serve.studio.pieces import is_piece
from nijigen.serve.studio.readings import said_of
from nijigen.serve.studio.speech import words
from nijigen.serve.studio.studio import Studio
from nijigen.serve.workshop import Workshop

HERE = files("nijigen.serve.studio")
PYTHON = {file.name: file.read_text(encoding="utf-8") for file in HERE.iterdir() if file.name.endswith(".py")}
STATIC = {file.name: file.read_text(encoding="utf-8") for file in (HERE / "static").iterdir()}
SCRIPTS = {name: text for name, text in STATIC.items() if name.endswith(".js")}
STYLES = "\n".join(re.sub(r"/\*.*?\*/|url\(.*?\"\)", "", text, flags=re.S)
                   for name, text in STATIC.items() if name.endswith(".css"))  # fmt: skip
EVERYTHING = "\n".join([*PYTHON.values(), *SCRIPTS.values()])

# Words whose names are put together: what they are put together of.
MADE_UP = {
    *(f"tab.{name}" for name, _ in TABS),
    *(f"mix.{name}" for name in ("all", *PARTS)),
    *(f"mix.download_{kind}{more}" for kind in KINDS for more in ("", "_hint")),
    *(f"photo.{way}" for way in ("avatar", "drawing")),
    *(f"photo.{reason}" for reason in ("too_large", "unsupported", "corrupt")),  # of a PictureError
    *(f"photo.gender_{gender}" for gender in ("open", "girl", "boy")),
    *(f"photo.{name}" for name in NAMES),
    *(f"photo.{name}_{value}" for name, all_of_it in (("glasses", ("no", "clear", "dark")), ("smile", ("no", "smile")))
      for value in all_of_it),
    *(f"collection.{told}" for told in ("restored", "changed", "parents")),
}  # fmt: skip


@pytest.fixture(scope="module")
def pieces() -> list[dict[str, Any]]:
    """Of each piece of the page: its script, what it is told for good, and parts of the words."""
    settings = Settings(quiet=True)
    page = build_page(Studio(Workshop(settings), None, settings))
    found = []
    for component in page.blocks.values():
        if is_piece(component):
            (told,) = re.findall(r"props, (\{.*?\}), trigger", str(component.js_on_load))
            known = json.loads(told)
            found.append({"script": f"{component.props['module']}.js", "parts": known.pop("parts"), **known})
    return found


def with_imports(name: str) -> Iterator[str]:
    """A script and those that it has its tools from."""
    yield SCRIPTS[name]
    for other in re.findall(r'from "\./(\w+\.js)"', SCRIPTS[name]):
        yield from with_imports(other)


def said_by(piece: dict[str, Any]) -> set[str]:
    """Names of words that a piece asks for."""
    text = "\n".join(with_imports(piece["script"]))
    asked = set(re.findall(r"\bwords\.([a-z_]\w*)", text)) | set(piece.get("actions", ()))
    asked |= set(re.findall(r'\btool\("(\w+)"\)', text))
    if kinds := re.search(r"KINDS = \[(.*?)\]", text):
        asked |= {f"{kind}{more}" for kind in re.findall(r'"(\w+)"', kinds[1]) for more in ("", "_hint")}
    return asked


def test_every_word_is_said(pieces: list[dict[str, Any]]) -> None:
    said = set(MADE_UP)
    for text in PYTHON.values():
        said |= set(re.findall(r"""["']([a-z]+\.[a-z_]+)["']""", text))
    for piece in pieces:
        said |= {f"{part}.{key}" for part in piece["parts"] for key in said_by(piece)}
    said |= {f"page.{key}" for name in ("header.js", "toasts.js") for key in re.findall(r"words\.(\w+)", SCRIPTS[name])}
    said |= {f"mix.{key}" for key in (*SLOTS, "loop_alt")}  # by name: of a slot, and of what is shown
    said |= {f"illustrator.svg{more}" for more in ("", "_hint")}  # a link's
    said |= {"gallery.illustrator"}  # what a click on a drawing of the tab Photo does
    rest = {key for key in words() if not key.startswith(("hints.", "unread."))}  # see test_page and below
    assert sorted(rest - said) == []
    assert sorted(MADE_UP - set(words())) == []


def test_every_reason_for_not_reading_is_said_and_given() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in files("nijigen.avatarizing").iterdir()
                     if file.name.endswith(".py"))  # fmt: skip
    given = set(re.findall(r'"([a-z][a-z ,]+)"', text)) | {
        decided(name, ("x",), 0.5, (0.9, 0.9)).reason for name in NAMES
    }
    known = {entry["en"]: entry["zh"] for key, entry in words().items() if key.startswith("unread.")}
    assert sorted(set(known) - given) == []
    for reason, said in known.items():
        assert said_of(Reading("smile", reason=reason), "zh") == said


def test_every_style_is_of_something() -> None:
    signs = set(re.findall(r"\.nj-(\w+) \{ --sign:", STYLES))  # see below
    kinds = set(re.findall(r'"([a-z]+)"', "\n".join(SCRIPTS.values())))  # put together: `nj-${kind}`
    for name in set(re.findall(r"[.#]nj-([a-z-]+)", STYLES)) - signs - kinds:
        asked = re.search(rf"\bnj-{name}\b(?!-)", EVERYTHING)
        assert asked or (name.startswith("piece-") and f"{name.removeprefix('piece-')}.js" in SCRIPTS), name
    assert set(re.findall(r"(--nj-\w+):", STYLES)) == set(re.findall(r"var\((--nj-\w+)\)", STYLES))
    assert set(re.findall(r"@keyframes ([\w-]+)", STYLES)) == set(re.findall(r"animation: ([\w-]+)", STYLES))


def test_every_sign_is_drawn(pieces: list[dict[str, Any]]) -> None:
    drawn = set(re.findall(r'sign\("(\w+)"\)', "\n".join(SCRIPTS.values()))) | {"sun", "moon"}
    drawn |= set(re.findall(r'\btool\("(\w+)"\)', SCRIPTS["blend.js"]))
    for piece in pieces:
        actions = piece.get("actions", [])
        drawn |= set() if piece.get("plain") else set(actions if piece["script"] == "compare.js" else actions[1:])
    assert set(re.findall(r"\.nj-(\w+) \{ --sign:", STYLES)) == drawn


def test_every_tool_of_a_script_is_used() -> None:
    for name, text in SCRIPTS.items():
        for tool in re.findall(r"export (?:async )?(?:function|const) (\w+)", text):
            users = [other for other, script in SCRIPTS.items() if other != name and re.search(rf"\b{tool}\b", script)]
            assert users or tool == "begin", f"{name}: {tool}"  # begin: the page itself calls it
        for imported in re.findall(r"import \{(.*?)\}", text):
            for tool in imported.split(","):
                assert len(re.findall(rf"\b{tool.strip()}\b", text)) > 1, f"{name}: {tool}"
        for made in re.findall(r"^\s*(?:function|const|let) (\w+)", text, re.M):
            assert len(re.findall(rf"\b{made}\b", text)) > 1 or made == "mount", f"{name}: {made}"
