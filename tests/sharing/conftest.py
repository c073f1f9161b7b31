"""A Hub of one's own on loopback, which the real client talks to."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _server_module() -> ModuleType:
    """``hub_server.py`` beside this file: tests are no package."""
    name = "nijigen_tests_hub_server"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("hub_server.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """An empty Hub; whoever asks may write. The client keeps nothing of this user's, and waits for nothing."""
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: the extra [hub]")
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    server = _server_module().Hub()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HF_TOKEN", _server_module().WRITER)
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "nijigen-home"))
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_IMPLICIT_TOKEN"):
        monkeypatch.setattr(constants, name, False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # that way leads to another server
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(_http.time, "sleep", lambda seconds: None)
    yield server
    server.close()


@pytest.fixture
def reader_token() -> str:
    """A token that may read."""
    return str(_server_module().READER)
