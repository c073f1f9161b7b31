"""What the server shows for the models it has, and avatars that are refined, without a browser."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gradio", reason="Gradio is not installed: the extra [serve]")

import gradio as gr
import torch
from gradio import processing_utils
from starlette.testclient import TestClient

from nijigen.avatar import Avatar
from nijigen.edit.directions import Direction
from nijigen.engine.directions import keep_directions
from nijigen.engine.model import Model, load
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.illustrator.drawing import draw
from nijigen.serve.app import build_app
from nijigen.serve.settings import Settings
from nijigen.serve.studio import speech
from nijigen.serve.studio.history import History, Moment
from nijigen.serve.studio.making import Wanted, checked_seed, make_avatars, truncates
from nijigen.serve.studio.mixing import two
from nijigen.serve.studio.refining import Changes, children, direction_rows, neighbours, tweak
from nijigen.serve.studio.shelf import GoneError
from nijigen.serve.studio.studio import Studio, ToldError
from nijigen.serve.turns import BusyError
from nijigen.serve.workshop import LateError, Workshop

HERE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(build_app(Settings(models=("chibi",), threads=1, quiet=True)), base_url=HERE) as opened:
        yield opened


def page_of(client: TestClient) -> dict[str, Any]:
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", client.get("/").text, re.DOTALL)
    assert found is not None
    config: dict[str, Any] = json.loads(found[1])
    return config


def control(page: dict[str, Any], ident: str) -> dict[str, Any]:
    (found,) = [one["props"] for one in page["components"] if one["props"].get("elem_id") == ident]
    return dict(found)


def test_every_control_has_a_hint(client: TestClient) -> None:
    hints = {key.removeprefix("hints.") for key in speech.words() if key.startswith("hints.")}
    buttons = {one["props"]["elem_id"] for one in page_of(client)["components"] if one["type"] == "button"}
    assert {name.removeprefix("nj-").replace("-", "_") for name in buttons} == hints
    told = [
        one for one in page_of(client)["components"] if one["type"] in ("slider", "textbox", "dropdown", "checkbox")
    ]
    assert told
    assert [one["props"].get("elem_id") for one in told if not one["props"].get("info")] == []


def test_the_page_asks_nobody_and_offers_no_second_api(client: TestClient) -> None:
    page = page_of(client)
    assert page["analytics_enabled"] is False
    assert not page.get("stylesheets") or all("//" not in sheet for sheet in page["stylesheets"])
    assert {one["api_visibility"] for one in page["dependencies"]} == {"private"}
    assert control(page, "nj-model")["visible"] is False  # one model is no choice
    assert control(page, "nj-roll")["value"] == "New avatars"


def test_a_choice_of_models_where_there_is_one() -> None:
    app = build_app(Settings(models=("chibi", "chibi-tiny"), threads=1, quiet=True))
    with TestClient(app, base_url=HERE) as client:
        assert control(page_of(client), "nj-model").get("visible", True) is True


def test_first_avatars_are_files_with_certificates(client: TestClient, tmp_path: Path) -> None:
    shown = client.get("/studio/first?language=zh").json()
    assert len(shown["items"]) == shown["total"] == 12
    assert shown["busy"] is False
    assert shown["items"][0]["alt"].startswith("头像，种子")
    answer = client.get("/" + shown["items"][3]["url"])
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    file = tmp_path / shown["items"][3]["file"]
    file.write_bytes(answer.content)
    assert np.array_equal(recreate(file).avatar.pixels, Avatar.open(file).pixels)
    assert Avatar.open(file).seed == int(shown["seed"]) + 3


def test_nothing_but_what_is_there_is_given(client: TestClient) -> None:
    assert client.get("/studio/static/gallery.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/studio/strips/hair_style.webp").content[:4] == b"RIFF"
    for path in ("static/page.py", "static/..%2F__init__.py", "strips/x.webp", "strips/tilt.webp", "pictures/abc"):
        assert client.get(f"/studio/{path}").status_code == 404, path


def test_gradio_s_own_doors_for_files_are_shut(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    for path in (f"file={tmp_path}/secret.txt", "file=/etc/passwd", "proxy=http://127.0.0.1/", "stream/a/b/c"):
        assert client.get(f"/gradio_api/{path}").status_code == 404
    assert client.post("/gradio_api/upload", files={"files": ("a.png", b"x")}).status_code == 404


@pytest.mark.usefixtures("client")
def test_gradio_fetches_nothing_that_a_value_names() -> None:
    named = {"items": [{"path": "http://example.com/large.bin", "meta": {"_type": "gradio.FileData"}}]}
    with pytest.raises(NijigenError, match="fetches nothing"):
        asyncio.run(processing_utils.async_move_files_to_cache(named, gr.HTML(), check_in_upload_folder=True))


@pytest.fixture(scope="module")
def chibi() -> Model:
    return load("chibi", "cpu", 1)


def in_studio(work: Callable[[Studio], Any], *models: str) -> Any:
    """What some work in a studio gives, with a workshop of its own."""

    async def run() -> Any:
        settings = Settings(models=models or ("chibi",), threads=1, quiet=True)
        workshop = Workshop(settings)
        try:
            return await work(Studio(workshop, None, settings))
        finally:
            await workshop.close()

    return asyncio.run(run())


def test_words_and_directions_start_from_the_same_avatar(chibi: Model) -> None:
    keep_directions(chibi, [Direction("test smile", torch.ones(chibi.generator.mean_latent().shape[-1]) / 8)])
    born = chibi.generate(1, seed=5, hair_color="pink", expression="smile")[0]
    (row,) = direction_rows(chibi, "en")
    assert (row["label"], row["low"], row["middle"]) == ("Test smile", -4.0, 0.0)

    async def work(studio: Studio) -> list[Avatar]:
        history = History().then(Moment(studio.item(born, "en")))
        for words, moves in (({"hair_color": "green"}, {}), ({"expression": "wink"}, {}),
                             ({}, {"test smile": 1.0}), ({}, {"test smile": 2.5})):  # fmt: skip
            now = history.now
            assert now is not None
            known = studio.avatar(now.item["id"]).attributes
            history = await tweak(studio, "me", "en", history, Changes({**known, **words}, moves))
        assert len(history.moments) == 4  # the slider's two pulls are one
        made = [studio.avatar(moment.item["id"]) for moment in history.moments]
        same = await tweak(studio, "me", "en", history, Changes(made[-1].attributes, {"test smile": 2.5}))
        assert same == history
        return made

    made = in_studio(work)
    assert [edit["kind"] for edit in made[-1].certificate["edits"]] == ["set", "shift"]
    assert made[-1].certificate["edits"][1]["by"] == 2.5
    assert made[-1].attributes == {**born.attributes, "hair_color": "green", "expression": "wink"}
    assert np.array_equal(chibi.redraw(made[-1].certificate), made[-1].pixels)
    assert len({avatar.certificate["pixels"] for avatar in made}) == 4


def test_neighbours_and_children(chibi: Model) -> None:
    one, other = chibi.generate(2, seed=11)

    async def work(studio: Studio) -> tuple[list[Any], list[Any]]:
        first, second = studio.item(one, "en"), studio.item(other, "en")
        near = [shown async for shown in neighbours(studio, "me", "en", first, 0.3)]
        born = [shown async for shown in children(studio, "me", "en", first, second["id"], 0.0)]
        assert [len(shown["items"]) for shown in near] == list(range(9))
        assert [shown["busy"] for shown in near] == [True] * 8 + [False]
        return ([studio.avatar(item["id"]) for item in shown[-1]["items"]] for shown in (near, born))  # type: ignore

    near, born = in_studio(work)
    assert all(avatar.attributes == one.attributes for avatar in near)
    for child in born:  # without surprises each word is of one parent
        assert all(
            value in (one.attributes.get(name), other.attributes.get(name)) for name, value in child.attributes.items()
        )


def test_a_dropped_file_asks_for_no_more_work_than_an_avatar_may(chibi: Model) -> None:
    avatar = chibi.generate(1, seed=5)[0]
    avatar.certificate["batch"] = 1_000_000

    async def work(studio: Studio) -> None:
        item = studio.item(avatar, "en")
        with pytest.raises(NijigenError, match="batch"):
            await tweak(studio, "me", "en", History().then(Moment(item)), Changes({"hair_color": "pink"}))
        with pytest.raises(NijigenError, match="batch"):
            await two(studio, "en", {"one": item, "other": item})

    in_studio(work)


def test_what_cannot_be_refined_is_said_in_the_page_s_words() -> None:
    drawn = draw(1, seed=3, size=64)[0]

    async def work(studio: Studio) -> None:
        for item in (studio.item(drawn, "zh"), {"id": "never shown"}):
            history = History().then(Moment(item))
            with pytest.raises((ToldError, GoneError)) as told:
                await tweak(studio, "me", "zh", history, Changes({"hair_color": "pink"}))
            assert isinstance(told.value, GoneError) or "无法精修" in str(told.value)

    in_studio(work)
    with pytest.raises(ToldError, match="种子"):
        checked_seed("zh", "-3")
    assert checked_seed("zh", None) == "0"


def test_a_model_without_words_and_without_a_mean(plain_run: Path) -> None:
    model = load(plain_run, "cpu", 1)
    assert not truncates(model)
    assert direction_rows(model, "en") == []

    async def work(studio: Studio) -> Any:
        wanted = Wanted(chosen={"hair_color": "pink"}, seed="7", count=3, variety=0.5)
        return [shown async for shown in make_avatars(studio, "me", "en", wanted)][-1]

    shown = in_studio(work, str(plain_run))
    assert len(shown["items"]) == 3  # neither words nor variety are asked of it


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (GoneError("gone"), "这张图片已不再保留"),
        (BusyError("too much", True, 1), "现在太忙了"),
        (LateError("too late"), "现在太忙了"),
        (ToldError("种子不对"), "种子不对"),
        (NijigenError("--x is wrong"), "--x is wrong"),
        (NijigenError("<img src=//x> is no avatar"), "：&lt;img src=//x&gt; is no avatar"),  # Gradio shows HTML
        (ValueError("secret of a traceback"), "出了点问题"),
    ],
)
def test_a_failure_is_a_friendly_line(error: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr("gradio.Warning", lambda text, **_: heard.append(text))
    studio = Studio(None, None, Settings())

    async def fails(language: Any) -> None:
        raise error

    async def begins(language: Any) -> AsyncIterator[int]:
        yield 1
        raise error

    async def run() -> list[Any]:
        assert asyncio.iscoroutinefunction(studio.friendly(fails))
        await studio.friendly(fails)("zh")
        return [step async for step in studio.friendly(begins)("zh")]

    steps = asyncio.run(run())
    assert steps[0] == 1
    assert len(heard) == 2
    assert all(said in text for text in heard)
    assert all("traceback" not in text for text in heard)
