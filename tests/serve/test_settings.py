"""What is this machine's alone, and what a token may be."""

import pytest
from pydantic import ValidationError

from nijigen.errors import NijigenError
from nijigen.serve.settings import Limits, Settings, is_loopback, secret_of


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("localhost", True),
        ("Localhost.", True), ("studio.localhost", True), ("0.0.0.0", False), ("::", False), ("192.168.1.4", False),
        ("localhost.evil.com", False), ("evil.com", False), ("", False),
    ],
)  # fmt: skip
def test_loopback(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def test_a_name_for_others_is_beyond_loopback_also_behind_a_proxy() -> None:
    assert not Settings().beyond_loopback
    assert Settings(host="0.0.0.0").beyond_loopback
    assert Settings(hosts=("avatars.example.com",)).beyond_loopback


def test_tokens() -> None:
    assert secret_of(None) is None
    assert secret_of("") is None
    secret = secret_of("0123456789abcdef")
    assert secret is not None
    assert secret.get_secret_value() == "0123456789abcdef"
    assert "0123" not in repr(Settings(token=secret))
    for wrong in ("short", "sixteen letters with spaces", "密码密码密码密码密码密码密码密码"):
        with pytest.raises(NijigenError, match="--token"):
            secret_of(wrong)


def test_limits_have_limits() -> None:
    with pytest.raises(ValidationError):
        Limits(count=65)
    with pytest.raises(ValidationError):
        Limits(side=10**6)
