"""The routes of kept avatars."""

import asyncio
import base64
import io
import sqlite3
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed: the extra [serve]")
pytest.importorskip("httpx", reason="httpx is not installed")

from fastapi import FastAPI
from fastapi.testclient import TestClient

from nijigen.collections import Collections
from nijigen.illustrator import compose
from nijigen.illustrator.drawing import to_avatar
from nijigen.serve.api import collections as routes
from nijigen.serve.problems import answer_with_problems
from nijigen.serve.settings import MOST_ADDED, Settings
from nijigen.serve.workshop import Workshop

PREFIX = "/api/v1"


def drawn(seed: int, **words: str) -> bytes:
    character = compose(seed, words)
    return to_avatar(character, character.render(16)).png()


def encoded(file: bytes) -> str:
    return base64.b64encode(file).decode()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A server of these routes alone, with empty collections."""
    settings = Settings(quiet=True)
    app, workshop = FastAPI(), Workshop(settings)
    kept = Collections(f"sqlite:///{tmp_path / 'kept.db'}")
    app.state.workshop, app.state.settings, app.state.collections = workshop, settings, kept
    app.state.adding = asyncio.Semaphore(MOST_ADDED)
    answer_with_problems(app)
    app.include_router(routes.router, prefix=PREFIX)
    with TestClient(app, base_url="http://localhost/", raise_server_exceptions=False) as asking:
        yield asking
    kept.close()


@pytest.fixture
def add(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Keeps a file; returns what the server says of it."""

    def keep(file: bytes, **more: str) -> dict[str, Any]:
        answer = client.post(f"{PREFIX}/kept", json={"file": encoded(file), **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return keep


def test_half_a_character_of_a_stranger_breaks_nothing(add: Callable[..., dict[str, Any]], client: TestClient) -> None:
    character = compose(7, {})
    avatar = to_avatar(character, character.render(16))
    avatar.certificate["note"] = "\ud800"
    kept = add(avatar.webp())
    assert kept["certificate"]["seed"] == 7
    assert client.get(f"{PREFIX}/kept/{kept['ident']}").status_code == 200
    assert client.get(f"{PREFIX}/kept").json()["count"] == 1


def test_added_and_given_back(client: TestClient, add: Callable[..., dict[str, Any]]) -> None:
    file = drawn(7, hair_color="pink")
    kept = add(file, collection="heroes", note="for the forum")
    assert (kept["collection"], kept["note"], kept["seed"], kept["model"]) == ("heroes", "for the forum", 7, None)
    assert kept["attributes"]["hair_color"] == "pink"
    assert kept["certificate"]["kind"] == "illustration"
    assert kept["added"].endswith("Z")
    assert add(file, collection="heroes") == kept
    assert client.get(f"{PREFIX}/kept/{kept['ident']}").json() == kept
    answer = client.get(f"{PREFIX}/kept/{kept['ident']}/file")
    assert answer.content == file
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(f"{PREFIX}/collections").json() == {"collections": [{"name": "heroes", "count": 1}]}


def test_only_so_many_files_are_looked_through_at_a_time(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = client.app.state.collections  # type: ignore[attr-defined]
    now, most, lock = 0, 0, threading.Lock()
    add_one = kept.add

    def slowly(*given: Any) -> Any:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        try:
            return add_one(*given)
        finally:
            with lock:
                now -= 1

    monkeypatch.setattr(kept, "add", slowly)
    files = [drawn(seed) for seed in range(3 * MOST_ADDED)]
    with ThreadPoolExecutor(len(files)) as crowd:
        asked = [crowd.submit(client.post, f"{PREFIX}/kept", json={"file": encoded(file)}) for file in files]
        assert [one.result().status_code for one in asked] == [201] * len(files)
    assert most <= MOST_ADDED
    assert client.get(f"{PREFIX}/kept").json()["count"] == len(files)


def test_search(client: TestClient, add: Callable[..., dict[str, Any]]) -> None:
    for seed, colour in enumerate(("pink", "pink", "blue")):
        add(drawn(seed, hair_color=colour), note=f"number {seed}")
    found = client.get(f"{PREFIX}/kept", params={"set": ["发色=粉色"]}).json()
    assert (found["count"], [kept["seed"] for kept in found["kept"]]) == (2, [1, 0])
    assert "certificate" not in found["kept"][0]
    page = client.get(f"{PREFIX}/kept", params={"limit": 1, "offset": 1, "model": "illustrator"}).json()
    assert (page["count"], [kept["seed"] for kept in page["kept"]]) == (3, [1])
    assert client.get(f"{PREFIX}/kept", params={"text": "NUMBER 2"}).json()["count"] == 1
    assert client.get(f"{PREFIX}/kept", params={"collection": "nobody"}).json() == {"count": 0, "kept": []}


def test_note_and_removal(client: TestClient, add: Callable[..., dict[str, Any]]) -> None:
    ident = add(drawn(1))["ident"]
    assert client.patch(f"{PREFIX}/kept/{ident}", json={"note": "other"}).json()["note"] == "other"
    answer = client.delete(f"{PREFIX}/kept/{ident}")
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (client.get(f"{PREFIX}/kept/{ident}"), client.delete(f"{PREFIX}/kept/{ident}"),
                  client.get(f"{PREFIX}/kept/{ident}/file"),
                  client.patch(f"{PREFIX}/kept/{ident}", json={"note": ""})):  # fmt: skip
        assert again.status_code == 404
        assert again.headers["content-type"] == "application/problem+json"
        assert "nothing is kept under" in again.json()["detail"]


def test_packs(client: TestClient, add: Callable[..., dict[str, Any]]) -> None:
    files = [drawn(1), drawn(2)]
    idents = [add(file, collection="英雄")["ident"] for file in files]
    for kind, count in (("zip", 3), ("sheet", 2), ("stickers", 6)):
        answer = client.post(f"{PREFIX}/kept/pack", json={"idents": idents, "kind": kind})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%8B%B1%E9%9B%84")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert len(archive.namelist()) == count
            if kind == "zip":
                assert [archive.read(name) for name in archive.namelist()[:2]] == files
    gone = client.post(f"{PREFIX}/kept/pack", json={"idents": [*idents, "0" * 16]})
    assert (gone.status_code, gone.headers["content-type"]) == (404, "application/problem+json")


def test_a_missing_file(client: TestClient, add: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    ident = add(drawn(1))["ident"]
    (file,) = tmp_path.rglob("*.png")
    file.unlink()
    assert client.get(f"{PREFIX}/kept/{ident}").json()["missing"] is True
    answer = client.get(f"{PREFIX}/kept/{ident}/file")
    assert answer.status_code == 404
    assert str(tmp_path) not in answer.text
    for kind in ("zip", "sheet", "stickers"):
        packed = client.post(f"{PREFIX}/kept/pack", json={"idents": [ident], "kind": kind})
        assert packed.status_code == 500  # who asks has done nothing wrong
        assert packed.headers["content-type"] == "application/problem+json"
        assert "is missing" in packed.json()["detail"]
        assert str(tmp_path) not in packed.text


def test_a_damaged_file_is_the_servers_fault(
    client: TestClient, add: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    ident = add(drawn(1))["ident"]
    (file,) = tmp_path.rglob("*.png")
    file.write_bytes(drawn(2))
    for answer in (client.get(f"{PREFIX}/kept/{ident}/file"),
                   client.post(f"{PREFIX}/kept/pack", json={"idents": [ident]})):  # fmt: skip
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert "is damaged" in answer.json()["detail"]
        assert str(tmp_path) not in answer.text


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for who holds the database."""
    monkeypatch.setattr("nijigen.collections.database.PATIENCE", 0.05)


def test_a_database_that_cannot_be_used_is_the_servers_fault(
    impatient: None, client: TestClient, add: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    ident = add(drawn(1))["ident"]

    def is_unavailable(method: str, path: str, body: Any = None) -> None:
        answer = client.request(method, f"{PREFIX}{path}", json=body)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert "whoever runs the server" in answer.json()["detail"]
        assert "kept.db" not in answer.text

    with closing(sqlite3.connect(tmp_path / "kept.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        is_unavailable("post", "/kept", {"file": encoded(drawn(2))})
        is_unavailable("patch", f"/kept/{ident}", {"note": "other"})
        other.execute("ROLLBACK")
        assert client.patch(f"{PREFIX}/kept/{ident}", json={"note": "other"}).status_code == 200
        other.execute("ALTER TABLE kept RENAME TO elsewhere")
        is_unavailable("get", "/kept")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("post", "/kept", {"file": "not base64!"}, 422, "file is no base64"),
        ("post", "/kept", {"file": encoded(b"hello")}, 422, "no PNG and no WebP"),
        ("post", "/kept", {"file": ""}, 422, "no PNG and no WebP"),
        ("post", "/kept", {"file": encoded(drawn(1)), "collection": ""}, 422, "body.collection"),
        ("post", "/kept", {"file": encoded(drawn(1)), "collection": "a\nb"}, 422, "a collection's name"),
        ("post", "/kept", {"file": encoded(drawn(1)), "note": "a" * 2_001}, 422, "body.note"),
        ("post", "/kept", {"file": encoded(drawn(1)), "folder": "/etc"}, 422, "body.folder"),
        ("post", "/kept/pack", {"idents": []}, 422, "body.idents"),
        ("post", "/kept/pack", {"idents": ["../../etc/passwd"]}, 422, "body.idents"),
        ("post", "/kept/pack", {"idents": ["0" * 16], "kind": "rar"}, 422, "body.kind"),
        ("get", "/kept/..%2F..%2Fetc%2Fpasswd", None, 404, ""),
        ("get", "/kept/ABCDEF0123456789", None, 422, "path.ident"),
        ("get", "/kept?set=hair", None, 422, "set 'hair' is not key=value"),
        ("get", "/kept?set=hair_color=pnk", None, 422, "did you mean"),
        ("get", "/kept?limit=0", None, 422, "query.limit"),
        ("get", "/kept?limit=201", None, 422, "query.limit"),
        ("get", "/kept?nonsense=1", None, 422, "query.nonsense"),
    ],
)
def test_mistakes(
    client: TestClient, add: Callable[..., dict[str, Any]], method: str, path: str, body: Any, status: int, words: str
) -> None:
    add(drawn(3, hair_color="pink"))
    answer = client.request(method, f"{PREFIX}{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


def test_every_route_is_described_with_examples(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    routes_found = {path for path in document["paths"] if "/kept" in path or "/collections" in path}
    assert len(routes_found) == 5
    for name in ("Add", "Annotate", "Pack"):
        assert document["components"]["schemas"][name]["examples"]
    assert sys.modules["nijigen.serve.api.collections"] is routes
