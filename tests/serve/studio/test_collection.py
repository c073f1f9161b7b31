"""What the tab Collection asks of the collections, without a browser."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("gradio", reason="Gradio is not installed: the extra [serve]")

import gradio as gr
from fastapi import FastAPI
from fastapi.testclient import TestClient

from nijigen.collections import Collections
from nijigen.illustrator import compose
from nijigen.illustrator.drawing import to_avatar
from nijigen.serve.settings import Settings
from nijigen.serve.shelf import Shelf, UnknownModelError
from nijigen.serve.studio import collection as page
from nijigen.serve.studio.found import as_shown
from nijigen.serve.studio.keeping import COLLECTION, Asked, Found, items, kept_routes, look
from nijigen.serve.studio.page import build_page
from nijigen.serve.studio.restoring import CREATE, settings_of, wish
from nijigen.serve.studio.studio import Studio
from nijigen.serve.workshop import Workshop
from nijigen.vocabulary import LANGUAGES


def drawn(seed: int, **words: str) -> bytes:
    character = compose(seed, words)
    return to_avatar(character, character.render(16)).png()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Collections]:
    """Three avatars in two collections: pink, blue; pink."""
    with Collections(f"sqlite:///{tmp_path / 'kept.db'}") as collections:
        collections.add(drawn(1, hair_color="pink"), note="a <b>note</b>")
        collections.add(drawn(2, hair_color="blue"))
        collections.add(drawn(3, hair_color="pink"), "英雄")
        yield collections


def seeds(collections: Collections, asked: Asked, limit: int = 60) -> list[int | None]:
    return [kept.seed for kept in look(collections, asked, limit).kept]


def test_what_is_looked_for(full: Collections) -> None:
    assert seeds(full, Asked()) == [3, 2, 1]
    assert seeds(full, Asked(collection="英雄")) == [3]
    assert seeds(full, Asked(words={"hair_color": "pink"})) == [3, 1]
    assert seeds(full, Asked(text="NOTE")) == [1]
    assert seeds(full, Asked(), limit=2) == [3, 2]
    assert look(full, Asked(), 2).count == 3


def test_what_is_not_there_any_more_is_not_looked_for(full: Collections) -> None:
    """The last blue one was removed while the page still shows blue as chosen."""
    found = look(full, Asked(collection="gone", words={"hair_color": "green", "nonsense": "x"}))
    assert found.asked == Asked()
    assert found.count == 3


@pytest.mark.parametrize(
    "sent", [None, [], "x", {"hair_color": ["pink"]}, {"hair_color": None}, {COLLECTION: 7}, {1: 2}]
)
def test_whatever_a_browser_sends(full: Collections, sent: Any) -> None:
    assert look(full, Asked.of(sent, sent)).everything == 3


def test_the_controls_say_what_was_found(full: Collections) -> None:
    asked = Asked.of("", {COLLECTION: "favourites", "hair_color": "pink"})
    assert asked.chosen() == {COLLECTION: "favourites", "hair_color": "pink"}
    for language in LANGUAGES:
        picker, grid, line, more, packs = as_shown(look(full, asked), language)
        assert picker["rows"][0]["name"] == COLLECTION
        assert [option["value"] for option in picker["rows"][0]["options"]] == ["favourites", "英雄"]
        assert picker["value"] == asked.chosen()
        assert (len(grid["items"]), more["visible"], packs["any"]) == (1, False, True)
        assert "1" in line
    assert as_shown(look(full, Asked(), 2), "en")[3]["visible"] is True
    assert as_shown(look(full, Asked(text="nothing")), "en")[2].startswith("Nothing kept fits")


def test_an_answer_leaves_alone_what_somebody_may_be_choosing(full: Collections) -> None:
    """A search that began before a word was chosen comes back after it: the word stays chosen."""
    words = {"hair_color": "pink"}
    assert "value" not in as_shown(look(full, Asked()), "en", {})[0]
    assert "value" not in as_shown(look(full, Asked.of("", words)), "en", words)[0]
    gone = {"hair_color": "green"}
    assert as_shown(look(full, Asked.of("", gone)), "en", gone)[0]["value"] == {}


def test_of_two_searches_the_newest_is_shown(full: Collections, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one is held up until the second has ended."""
    held = Event()

    def slow(collections: Collections, asked: Asked, limit: int) -> Found:
        if not asked.words:
            assert held.wait(60)
        return look(collections, asked, limit)

    monkeypatch.setattr(page, "look", slow)
    settings = Settings(quiet=True)

    async def visit() -> list[Any]:
        workshop = Workshop(settings)
        fns = build_page(Studio(workshop, full, settings)).fns.values()
        search, anew = (next(cast(Any, one.fn) for one in fns if one.name == name) for name in ("search", "anew"))
        here, other = (SimpleNamespace(session_hash=name) for name in ("here", "other"))
        first = asyncio.create_task(search("en", "", {}, 60, here))
        elsewhere = asyncio.create_task(search("en", "", {}, 60, other))
        await asyncio.sleep(0)
        second = await anew("en", "", {"hair_color": "blue"}, here)
        held.set()
        answers = [await first, second, await elsewhere]
        await workshop.close()
        return answers

    first, second, elsewhere = asyncio.run(visit())
    assert first == gr.skip()
    assert (second[0], len(second[2]["items"])) == (60, 1)
    assert len(elsewhere[1]["items"]) == 3  # another page's answer is its own


def test_what_is_removed_stays_away_whatever_was_asked_meanwhile(
    full: Collections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search looked before the removal; and a word was chosen before it was over."""
    held, looked = Event(), Event()

    def slow(collections: Collections, asked: Asked, limit: int) -> Found:
        found = look(collections, asked, limit)
        looked.set()
        if not held.is_set():
            assert held.wait(60)
        return found

    monkeypatch.setattr(page, "look", slow)
    settings = Settings(quiet=True)
    (gone,) = full.find(attributes={"hair_color": "pink"}, collection="favourites")

    async def visit() -> list[Any]:
        workshop = Workshop(settings)
        fns = build_page(Studio(workshop, full, settings)).fns.values()
        anew, remove = (next(cast(Any, one.fn) for one in fns if one.name == name) for name in ("anew", "remove"))
        here = SimpleNamespace(session_hash="here")
        first = asyncio.create_task(anew("en", "", {"hair_color": "pink"}, here))
        assert await asyncio.to_thread(looked.wait, 60)
        event = gr.EventData(None, {"action": "remove", "id": gone.ident})
        removed = asyncio.create_task(remove("en", [], "", {}, 60, event, here))
        while full.count() == 3:
            await asyncio.sleep(0.01)
        held.set()
        answers = [await first, await removed]
        await workshop.close()
        return answers

    first, removed = asyncio.run(visit())
    assert first == gr.skip()
    assert len(removed[0]) == 1  # what puts it back
    assert len(removed[5]["items"]) == 2


def test_a_missing_file_is_told(full: Collections, tmp_path: Path) -> None:
    next(tmp_path.rglob("*.png")).unlink()
    assert "Missing from the pictures' folder: 1." in as_shown(look(full, Asked()), "en")[2]


def test_a_strange_certificate_does_not_take_the_others_with_it(full: Collections) -> None:
    character = compose(4, {})
    long = "xxxx" + "\ufdfa" * 8  # one character becomes eighteen, with spaces between, and is cut off at one
    strange: list[Any] = [
        ["pink"],
        {"hair_color": "\ud800"},
        {long: "one"},
        {long: "two"},
        {"m": long},
        {"m": long[:-1]},
    ]
    for damage in ({"attributes": words, "seed": "\ud800"} for words in strange):
        avatar = to_avatar(character, character.render(16))
        avatar.certificate |= damage
        full.add(avatar.webp())
    found = items(look(full, Asked()).kept, "en")
    assert len(found) == 3 + len(strange)
    assert str(found).encode()  # no half characters, which no browser can be sent


def test_an_empty_collection_says_how_to_fill_it(tmp_path: Path) -> None:
    with Collections(f"sqlite:///{tmp_path / 'kept.db'}") as collections:
        picker, grid, line, _, packs = as_shown(look(collections, Asked()), "zh")
    assert (picker["visible"], grid["items"], packs["any"]) == (False, [], False)
    assert "还没有收藏" in line


def test_items_are_the_files_themselves(full: Collections) -> None:
    app = FastAPI()
    app.include_router(kept_routes(full))
    shown = items(full.find("favourites"), "en")
    assert [item["file"].split("-")[:3] for item in shown] == [["drawn", "2", "blue"], ["drawn", "1", "pink"]]
    assert shown[1]["alt"].endswith("(a <b>note</b>)")  # a text; the page writes it as one
    with TestClient(app) as client:
        answer = client.get(f"/{shown[0]['url']}")
        assert answer.content == drawn(2, hair_color="blue")
        assert answer.headers["x-content-type-options"] == "nosniff"
        for name in ("0" * 16, "..%2f..%2fkept.db", "x"):
            assert client.get(f"/studio/kept/{name}").status_code == 404


class Served:
    """A shelf with one model."""

    def of_digest(self, digest: object) -> str:
        if digest != "ab":
            raise UnknownModelError("no")
        return "chibi"


@pytest.mark.parametrize(
    ("certificate", "tab"),
    [
        ({"kind": "illustration", "seed": 3}, "illustrator"),
        ({"kind": "model", "digest": "ab", "seed": 3}, "create"),
        ({"kind": "model", "digest": "ab"}, "refine"),
        ({"kind": "model", "digest": "ab", "seed": 3, "z": [0.0]}, "refine"),
        ({"kind": "model", "digest": "ab", "seed": True}, "refine"),
        ({"kind": "picture"}, None),
        ({}, None),
    ],
)
def test_where_settings_go(certificate: dict[str, Any], tab: str | None) -> None:
    found = settings_of(certificate, cast(Shelf, Served()))
    assert (found and found.tab) == tab


def test_what_create_is_set_to() -> None:
    certificate = {
        "kind": "model", "digest": "ab", "seed": 9, "attributes": {"hair_color": "pink"}, "truncation": 0.7,
        "edits": [{"kind": "set"}],
    }  # fmt: skip
    found = settings_of(certificate, cast(Shelf, Served()))
    assert found is not None
    assert (found.model, found.seed, found.truncation, found.changed) == ("chibi", "9", 0.7, True)
    assert found.attributes == {"hair_color": "pink"}
    with pytest.raises(UnknownModelError):
        settings_of({**certificate, "digest": "cd"}, cast(Shelf, Served()))


def test_the_same_wish_twice_is_two_wishes() -> None:
    item = {"id": "x"}
    assert wish(item) != wish(item)
    assert wish(item)["id"] == "x"
    assert "said" in CREATE


@pytest.mark.parametrize("kind", ["zip", "stickers", "rar"])
def test_what_is_found_is_packed_for_who_asks(full: Collections, monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    monkeypatch.setattr(page, "EVERY", 0.0)
    settings = Settings(quiet=True)

    async def visit() -> tuple[list[Any], bytes]:
        workshop = Workshop(settings)
        studio = Studio(workshop, full, settings)
        (pack,) = [one.fn for one in build_page(studio).fns.values() if one.name == "pack"]
        asking = SimpleNamespace(client=SimpleNamespace(host="127.0.0.1"))
        event = gr.EventData(None, {"kind": kind})
        steps = [step async for step in cast(Any, pack)("en", "", {"hair_color": "pink"}, event, asking)]
        await workshop.close()
        url = steps[-1].get("url", "")
        return steps, studio.shelf.get(url.rpartition("/")[2]).data if url else b""

    steps, data = asyncio.run(visit())
    if kind == "rar":
        assert (steps, data) == ([gr.skip()], b"")
        return
    assert steps[0] == {"any": True, "busy": True}
    assert steps[1:-1] == [gr.skip()] * 2  # a picture a step, so that it ends when who asked has left
    assert steps[-1]["file"] == ("avatars.zip" if kind == "zip" else "avatars-stickers.zip")
    found = look(full, Asked(words={"hair_color": "pink"}), 60)
    assert data == full.packed([kept.ident for kept in found.kept], kind).data
