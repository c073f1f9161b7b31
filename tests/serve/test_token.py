"""Beyond loopback: a token in a header, a link or a form; nothing without it but what is public."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.serve.app import build_app
from nijigen.serve.settings import Settings

TOKEN = "a-token-of-enough-signs"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def closed(serving: Callable[..., Any]) -> Iterator[Any]:
    with serving(token=TOKEN, hosts=("my.example",)) as one:
        yield one


def test_no_server_for_others_without_a_token(tiny_run: Any) -> None:
    with pytest.raises(NijigenError, match="--token"):
        build_app(Settings(models=(str(tiny_run),), host="0.0.0.0"))
    with pytest.raises(NijigenError, match="NIJIGEN_TOKEN"):
        build_app(Settings(models=(str(tiny_run),), hosts=("my.example",)))


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ﻿"],
)
def test_everything_but_what_is_public_asks_for_it(
    closed: Any, problem: Callable[..., None], header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header.encode()}
    for path in ("models", "ready", "avatars", "nothing", "health/", "jobs/x"):
        answer = closed.get(path, headers=headers)
        problem(answer, 401, "Authorization: Bearer")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(closed.client.get("/openapi.json", headers=headers), 401)
    problem(closed.post("generate", {}, headers=headers), 401)
    problem(closed.client.get("/", headers=headers), 401)


def test_what_is_public_does_not(closed: Any) -> None:
    assert closed.get("health").status_code == 200
    assert closed.get("avatars/alice.svg").status_code == 200
    # Nothing else is reached by walking out of what is public.
    for path in ("/api/v1/avatars/../models", "/api/v1/avatars/%2e%2e/models", "/api/v1//models", "//api/v1/models"):
        answer = closed.client.get(closed.url + path)
        assert answer.status_code in (401, 404, 422), path
        assert "models" not in answer.json()


def test_openapi_says_what_asks_for_it(closed: Any, served: Any) -> None:
    from nijigen.serve.guard import is_public

    document = closed.client.get("/openapi.json", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert document["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    asking = {
        path: one.get("security") for path, operations in document["paths"].items() for one in operations.values()
    }
    assert asking["/api/v1/generate"] == asking["/api/v1/ready"] == [{"token": []}]
    assert asking["/api/v1/health"] is asking["/api/v1/avatars/{text}.{kind}"] is None
    assert {path for path, asks in asking.items() if asks is None} == set(filter(is_public, asking))
    open_to_all = served.client.get("/openapi.json").text  # a server without a token asks for none
    assert '"security' not in open_to_all


def test_programs_send_it_in_a_header(closed: Any) -> None:
    assert closed.get("models", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert closed.get("models", headers={"Authorization": f"bearer  {TOKEN}"}).status_code == 200


def test_people_open_the_link_once(closed: Any) -> None:
    answer = closed.client.get(f"/?token={TOKEN}&lang=zh", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?lang=zh"  # the token is gone from what the browser remembers
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert TOKEN not in cookie
    kept = {"Cookie": cookie.split(";")[0]}
    assert closed.get("models", headers=kept).status_code == 200
    assert closed.client.get("/", headers={**HTML, **kept}).status_code == 200
    assert closed.get("models", headers={"Cookie": "nijigen=wrong"}).status_code == 401
    closed.client.cookies.clear()


def test_a_link_leads_to_no_other_site(closed: Any) -> None:
    answer = closed.client.get(f"{closed.url}//evil.example/?token={TOKEN}", headers=HTML)
    closed.client.cookies.clear()
    assert answer.status_code == 303
    assert answer.headers["location"] == "/evil.example/"


def test_people_may_type_it(closed: Any) -> None:
    page = closed.client.get("/", headers=HTML)
    assert page.status_code == 401
    assert '<form method="post" action="/login">' in page.text
    wrong = closed.client.post("/login", data={"token": "guess"}, headers=HTML)
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers
    assert closed.client.post("/login", content=b"x" * 100_000, headers=HTML).status_code == 401
    right = closed.client.post("/login", data={"token": TOKEN}, headers=HTML)
    closed.client.cookies.clear()
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert "set-cookie" in right.headers
