"""Bodies are read no further than they may be long."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nijigen.serve.settings import Limits

MOST = 20_000


@pytest.fixture(scope="module")
def narrow(serving: Callable[..., Any]) -> Iterator[Any]:
    with serving(limits=Limits(body=MOST)) as one:
        yield one


def test_a_long_body_is_refused_before_it_is_read(narrow: Any, problem: Callable[..., None]) -> None:
    problem(narrow.post("generate", {"text": "x" * MOST}), 413, f"{MOST:,}")


def test_a_body_of_unknown_length_is_read_up_to_the_bound(narrow: Any, problem: Callable[..., None]) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"text": "'
        for _ in range(2_000):
            sent += 10_000
            yield b"x" * 10_000

    headers = {"Content-Type": "application/json"}
    try:
        answer = narrow.client.post("/api/v1/generate", content=endless(), headers=headers)
    except Exception:  # the server hangs up on who goes on sending
        assert sent < 2_000 * 10_000
    else:
        problem(answer, 413)

    def short() -> Iterator[bytes]:
        yield b'{"count"'
        yield b": 2}"

    assert narrow.client.post("/api/v1/generate", content=short(), headers=headers).status_code == 200


def test_uploads_are_bounded_too(narrow: Any, problem: Callable[..., None]) -> None:
    problem(narrow.client.post("/api/v1/avatarize", files={"file": ("x.png", b"x" * MOST)}), 413)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[" * 9_000, b'{"a":' * 2_000, b"\xff\xfe", b"nan", b'{"count": 1e999}',
        b'{"count": ' + b"9" * 5_000 + b"}",
        b'{"seed": "\\ud800"}x', b'{"\\ud800": 1}', b'{"attributes": {"\\ud800": 1}}',
        b"null", b"[]", b"1", b'{"count": NaN}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_a_problem(narrow: Any, body: bytes) -> None:
    answer = narrow.client.post("/api/v1/generate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    json.loads(answer.content)


def test_half_a_character_is_a_seed_or_a_problem_and_breaks_nothing(narrow: Any) -> None:
    headers = {"Content-Type": "application/json"}
    answer = narrow.client.post("/api/v1/generate", content=b'{"seed": "\\ud800"}', headers=headers)
    assert answer.status_code in (200, 422)
    assert narrow.post("generate", {}).status_code == 200
