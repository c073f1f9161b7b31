"""Models are found by path, name and digest; damage is said, and stops nothing that does not need the damaged."""

import json
import shutil
from pathlib import Path

import pytest

from nijigen.errors import NijigenError
from nijigen.store import (
    GENERATOR_FILE,
    find_digest,
    find_model,
    home,
    is_model,
    named_models,
    read_card,
    remember,
)


@pytest.fixture
def shelf(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models in NIJIGEN_MODELS: a folder called ``alice`` and a file called ``bob.safetensors``."""
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shelf"
    shutil.copytree(tiny_run / "model", folder / "alice")
    shutil.copy(tiny_run / "model" / GENERATOR_FILE, folder / "bob.safetensors")
    monkeypatch.setenv("NIJIGEN_MODELS", str(folder))
    return folder


def test_by_path(shelf: Path, tiny_run: Path) -> None:
    assert find_model(tiny_run) == tiny_run / "model"
    assert find_model(tiny_run / "model") == tiny_run / "model"
    assert find_model(shelf / "bob.safetensors") == shelf / "bob.safetensors"
    assert is_model(shelf / "alice")
    assert not is_model(shelf)


def test_by_name(shelf: Path, tiny_run: Path, tmp_path: Path) -> None:
    assert find_model("alice") == shelf / "alice"
    assert find_model("bob") == shelf / "bob.safetensors"
    shutil.copytree(tiny_run, tmp_path / "runs" / "carol")
    assert find_model("carol") == Path("runs/carol/model")
    assert [name for name, _ in named_models()] == ["alice", "bob", "chibi-tiny", "chibi", "carol"]


def test_the_first_of_a_name_counts(shelf: Path, tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "runs" / "alice")
    assert dict(named_models())["alice"] == shelf / "alice"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("alicf", r"no model 'alicf' \(did you mean alice\?\): see nijigen models"),
        ("shelf", "shelf holds no model: give a run folder"),
        ("text.txt", "text.txt is no model"),
        ("", "holds no model"),
        ("x" * 5000, "no model 'xxx"),
        ("a\0b", "no model"),
    ],
)
def test_what_is_not_there_is_said(name: str, message: str, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("x")
    with pytest.raises(NijigenError, match=message):
        find_model(name)


def test_by_digest_among_the_named(shelf: Path) -> None:
    digest = read_card(shelf / "alice")["digest"]
    assert find_digest(digest) == shelf / "alice"
    shutil.rmtree(shelf / "alice")
    assert find_digest(digest) == shelf / "bob.safetensors"


def test_by_digest_among_the_remembered(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    digest = read_card(tiny_run / "model")["digest"]
    with pytest.raises(NijigenError, match=f"no model with digest {digest[:12]}… is known here: give it with --model"):
        find_digest(digest)
    remember(tiny_run / "model")
    assert find_digest(digest) == (tiny_run / "model").resolve()


def test_a_damaged_model_does_not_hide_another(shelf: Path) -> None:
    digest = read_card(shelf / "bob.safetensors")["digest"]
    (shelf / "alice" / GENERATOR_FILE).write_bytes(b"\xff" * 100)
    assert find_digest(digest) == shelf / "bob.safetensors"


def test_the_list_is_short_and_the_newest_first(shelf: Path) -> None:
    for path in (shelf / "alice", shelf / "bob.safetensors", shelf / "alice", shelf / "missing"):
        remember(path)
    listed = json.loads((home() / "models.json").read_text())
    assert listed == [str((shelf / name).resolve()) for name in ("alice", "bob.safetensors")]


@pytest.mark.parametrize("content", ["", "{", "3", '["\\u0000", 3, null]', '{"a": 1}'])
def test_a_damaged_list_stops_nothing(content: str, shelf: Path) -> None:
    home().mkdir()
    (home() / "models.json").write_text(content)
    with pytest.raises(NijigenError, match="no model with digest"):
        find_digest("0" * 64)
    remember(shelf / "alice")
    assert json.loads((home() / "models.json").read_text())[0] == str((shelf / "alice").resolve())


def test_a_home_that_cannot_be_written_stops_nothing(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shelf / "file").write_text("")
    monkeypatch.setenv("NIJIGEN_HOME", str(shelf / "file"))
    remember(shelf / "alice")
    assert find_model("alice") == shelf / "alice"


@pytest.mark.parametrize(
    "header", [b"", b"\x05", b"\xff" * 16, (2).to_bytes(8, "little") + b"{}", (9).to_bytes(8, "little") + b'{"a":[[[[']
)
def test_a_damaged_card_is_said(header: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(header)
    with pytest.raises(NijigenError, match="damaged or no nijigen model"):
        read_card(tmp_path / "x.safetensors")


def test_home_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NIJIGEN_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    found = {}
    for system in ("linux", "win32", "darwin"):
        monkeypatch.setattr("sys.platform", system)
        found[system] = home().relative_to(tmp_path)
    assert found["linux"] == found["win32"] == Path("nijigen")
    assert found["darwin"] == Path("Library/Application Support/nijigen")
