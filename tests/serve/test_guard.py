"""Names that are not the server's, and what other sites' pages cause."""

from collections.abc import Callable
from typing import Any

import pytest

from nijigen.serve.guard import name_of

EVIL = "http://evil.example"


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("localhost", True), ("localhost:1234", True), ("127.0.0.1:80", True), ("[::1]:80", True), ("10.0.0.7", True),
        ("evil.example", False), ("evil.example:7860", False), ("localhost.evil.example", False), ("", False),
        ("127.0.0.1.evil.example", False), ("127.1.evil", False),
    ],
)  # fmt: skip
def test_dns_rebinding_is_refused(served: Any, problem: Callable[..., None], host: str, answered: bool) -> None:
    answer = served.get("health", headers={"Host": host})
    if answered:
        assert answer.status_code == 200
    else:
        problem(answer, 421, "--allow-host")


def test_names_that_were_allowed(serving: Callable[..., Any]) -> None:
    names = {"hosts": ("avatars.example.com", "*.my.example"), "token": "0123456789abcdef"}
    with serving(**names) as one:
        for host, status in (("avatars.example.com", 200), ("AVATARS.example.com.:80", 200), ("a.my.example", 200),
                             ("my.example", 421), ("evilmy.example", 421), ("x.avatars.example.com", 421)):  # fmt: skip
            assert one.get("health", headers={"Host": host}).status_code == status, host


def test_pages_of_other_sites_change_nothing(served: Any, problem: Callable[..., None]) -> None:
    own = served.url
    assert served.post("generate", {}, headers={"Origin": own}).status_code == 200
    for origin in (EVIL, "null", own.replace("http", "ftp") + ".evil", "http://[", ""):
        problem(served.post("generate", {}, headers={"Origin": origin}), 403, "another site")
    form = {"file": ("x.png", b"x")}  # what a browser sends without asking first
    problem(served.client.post("/api/v1/stylize", files=form, headers={"Origin": EVIL}), 403, "--cors")


def test_pages_of_other_sites_read_nothing_but_what_is_public(served: Any, problem: Callable[..., None]) -> None:
    cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    problem(served.get("models", headers=cross), 403, "another site")
    assert served.get("avatars/alice.svg", headers=cross).status_code == 200
    assert served.client.get("/", headers={**cross, "Sec-Fetch-Mode": "navigate"}).status_code == 200  # a link


def test_cors_is_off_unless_a_site_is_named(served: Any, serving: Callable[..., Any]) -> None:
    asked = {"Origin": "https://friend.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in served.client.options("/api/v1/generate", headers=asked).headers
    with serving(origins=("https://friend.example",)) as one:
        answer = one.client.options("/api/v1/generate", headers=asked)
        assert answer.headers["access-control-allow-origin"] == "https://friend.example"
        made = one.post("generate", {}, headers={"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"})
        assert made.status_code == 200
        assert made.headers["access-control-allow-origin"] == "https://friend.example"
        assert one.post("generate", {}, headers={"Origin": EVIL}).status_code == 403


def test_answers_are_hardened(served: Any) -> None:
    for answer in (served.get("health"), served.get("nothing"), served.get("avatars/a.png")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("host", "name"),
    [("A.b:80", "a.b"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("::1", "::1"), ("a.", "a"), ("", ""), ("[", "")],
)
def test_names_of_hosts(host: str, name: str) -> None:
    assert name_of(host) == name
