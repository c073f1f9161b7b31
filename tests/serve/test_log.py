"""The log says which route was asked, and never a text that is a seed."""

from collections.abc import Callable
from typing import Any

import pytest


def test_seeds_are_not_logged(serving: Callable[..., Any], capfd: pytest.CaptureFixture[str]) -> None:
    with serving(quiet=False) as one:
        assert one.get("avatars/secret-name@example.com.svg").status_code == 200
        assert one.get("avatars/secret-name.svg", params={"size": 9_999}).status_code == 422
        assert one.get("secret-name").status_code == 404
        assert one.post("generate", {"seed": "secret-name"}).status_code == 200
        assert one.post("generate", {"seed": "secret-name", "count": 99}).status_code == 422
        assert one.client.get("/secret-name").status_code == 404
    said = "".join(capfd.readouterr())
    assert "secret" not in said
    assert "GET /api/v1/avatars/{text}.{kind} 200" in said
    assert "POST /api/v1/generate 422" in said


def test_quiet_says_nothing(served: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert served.get("health").status_code == 200
    assert "".join(capfd.readouterr()) == ""
