"""onnxruntime-web: pinned, checked, kept; what is said where it cannot be had."""

import os
from pathlib import Path

import pytest

from nijigen.errors import NijigenError
from nijigen.export.web import runtime
from nijigen.export.web.runtime import runtime_files

BOTH = {
    "wasm": {"script": b"// script", "binary": b"\0asm" * 40},
    "webgpu": {"script": b"// gpu", "binary": b"x"},
}


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that was started in this process before has told it to fetch nothing."""
    monkeypatch.delenv("NIJIGEN_OFFLINE", raising=False)


def fake_npm(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ``npm`` that is a shell script, before all others."""
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{text}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_package_given_is_used_and_kept(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime_files(["wasm", "webgpu"], packed) == BOTH
    monkeypatch.setenv("PATH", "")  # no npm from here on
    assert runtime_files(["wasm"]) == {"wasm": BOTH["wasm"]}
    kept = Path(os.environ["NIJIGEN_HOME"]) / "runtimes" / "onnxruntime-web-0.0.1" / "wasm-binary"
    kept.write_bytes(b"\0asn" * 40)  # as large as before
    with pytest.raises(NijigenError, match=r"npm.*--runtime onnxruntime-web-0\.0\.1\.tgz"):
        runtime_files(["wasm"])


def test_npm_packs_it_where_nothing_around_it_matters(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path / "bin", f'echo "$@" > {tmp_path}/said; pwd >> {tmp_path}/said; cp {packed} "$6"', monkeypatch)
    told: list[str] = []
    assert runtime_files(["wasm"], None, told.append) == {"wasm": BOTH["wasm"]}
    assert len(told) == 1
    assert "onnxruntime-web@0.0.1 with npm" in told[0]
    words, place = (tmp_path / "said").read_text().splitlines()
    assert words.startswith("pack onnxruntime-web@0.0.1 --ignore-scripts --silent --pack-destination ")
    assert words.split()[-1] == place


@pytest.mark.skipif(os.name == "nt", reason="the false npm is a shell script")
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'npm error code ENOTFOUND' >&2; exit 1", "ENOTFOUND"),
        ("exit 0", "exit code 0"),
        ("exit 7", "exit code 7"),
    ],
)
def test_npm_that_fails(script: str, words: str, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path / "bin", script, monkeypatch)
    with pytest.raises(NijigenError, match=f"{words}.*--runtime"):
        runtime_files(["wasm"])


def test_offline_is_offline(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    with pytest.raises(NijigenError, match="NIJIGEN_OFFLINE"):
        runtime_files(["wasm"])
    assert runtime_files(["wasm"], packed)["wasm"] == BOTH["wasm"]


def test_another_package_is_refused(packed: Path, tmp_path: Path) -> None:
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 1
    packed.write_bytes(data)
    with pytest.raises(NijigenError, match=r"is not onnxruntime-web 0\.0\.1"):
        runtime_files(["wasm"], packed)
    packed.write_bytes(data[:-1])
    with pytest.raises(NijigenError, match="is not onnxruntime-web"):
        runtime_files(["wasm"], packed)
    with pytest.raises(NijigenError, match="No such file"):
        runtime_files(["wasm"], tmp_path / "none.tgz")
    assert not (tmp_path / "home" / "runtimes").exists()


def test_members_are_checked_one_by_one(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = runtime.pinned()
    pins["backends"]["wasm"]["binary"]["sha256"] = "0" * 64
    with pytest.raises(NijigenError, match="wasm-binary is another file"):
        runtime_files(["wasm"], packed)
    pins["backends"]["wasm"]["binary"]["member"] = "package/../../etc/passwd"
    with pytest.raises(NijigenError, match="has no package/"):
        runtime_files(["wasm"], packed)
    monkeypatch.setattr(runtime, "MOST_UNPACKED", 100)
    with pytest.raises(NijigenError, match="holds more than"):
        runtime_files(["webgpu"], packed)


def test_what_is_pinned_is_whole() -> None:
    pins = runtime.pinned()
    assert set(pins["backends"]) == {"wasm", "webgpu"}
    for pieces in pins["backends"].values():
        for piece in runtime.PIECES:
            assert pieces[piece]["member"].startswith("package/dist/")
            assert len(bytes.fromhex(pieces[piece]["sha256"])) == 32
