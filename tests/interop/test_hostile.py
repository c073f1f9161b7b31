"""Files that mean harm are refused in one line; nothing in them runs, and memory stays bounded."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.interop import hostile, writers

NOWHERE = Path("/nonexistent/sentinel")
MEGABYTES = 400  # above what Python and torch take themselves


@pytest.mark.parametrize("what", hostile.all_of(NOWHERE))
def test_refused_in_one_line(what: str, command: Callable[..., Any], tmp_path: Path) -> None:
    sentinel, file = tmp_path / "sentinel", tmp_path / "file.pkl"
    file.write_bytes(hostile.all_of(sentinel)[what])
    before = set(tmp_path.iterdir())
    done = command("import", file, tmp_path / "out.safetensors")
    done.refused("cannot be imported", str(file))
    assert len(done.err) < 700
    assert set(tmp_path.iterdir()) == before


def test_these_files_do_harm_where_they_are_unpickled(tmp_path: Path) -> None:
    """Or they would prove nothing."""
    sentinel = tmp_path / "sentinel"
    harmful = 0
    for way in ("os.system by REDUCE, top", "eval, top", "exec, G_ema", "INST, g_ema", "OBJ, top"):
        assert hostile.would_work(hostile.calls(sentinel)[way])
        harmful += sentinel.exists()
        sentinel.unlink(missing_ok=True)
    assert harmful == 5


def _networks() -> Iterator[tuple[str, Callable[[Path], Path]]]:
    source = "import pathlib; pathlib.Path({!r}).touch()\nclass Generator: pass\nclass SynthesisNetwork: pass\n"
    small = writers.nvlabs_weights(resolution=8, classes=3)
    state = writers.ordered(writers.rosinality_weights(resolution=8))

    def nvlabs(path: Path) -> Path:
        own = source.format(str(path.parent / "sentinel"))
        return writers.nvlabs_pickle(path, writers.nvlabs_module(small, own))

    yield "nvlabs", nvlabs
    yield "zip", lambda path: writers.torch_file({"g_ema": state}, path)
    yield "legacy", lambda path: writers.torch_file({"g_ema": state}, path, legacy=True)


NETWORKS = dict(_networks())


def run_child(folder: Path) -> dict[str, str]:
    """What became of each file, read under a limit of memory and with all calls watched."""
    words = [sys.executable, str(Path(__file__).with_name("child.py")), str(folder), str(MEGABYTES)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=280)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr[-3000:]
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux has it")
def test_nothing_is_called_and_memory_is_bounded(tmp_path: Path) -> None:
    """Also where a valid file brings source text, and for every file above."""
    folder, sentinel = tmp_path / "files", tmp_path / "files" / "sentinel"
    folder.mkdir()
    for name, write in NETWORKS.items():
        write(folder / f"valid-{name}")
    for number, data in enumerate(hostile.all_of(sentinel).values()):
        (folder / f"hostile-{number:03d}").write_bytes(data)
    found = run_child(folder)
    assert not sentinel.exists()
    assert {name: said for name, said in found.items() if name.startswith("hostile") and "cannot be" not in said} == {}
    assert {name for name, said in found.items() if said.startswith("read")} == {f"valid-{name}" for name in NETWORKS}


def test_the_source_text_would_have_run(tmp_path: Path) -> None:
    file = NETWORKS["nvlabs"](tmp_path / "net.pkl")
    with writers.their_modules(), pytest.raises(Exception):  # noqa: B017, PT011  # its classes are not the real ones
        torch.load(file, weights_only=False)
    with writers.their_modules():
        hostile.would_work(file.read_bytes())
    assert (tmp_path / "sentinel").exists()


@pytest.mark.parametrize("name", NETWORKS)
def test_files_cut_short(name: str, command: Callable[..., Any], tmp_path: Path) -> None:
    whole = NETWORKS[name](tmp_path / "whole.pkl").read_bytes()
    file = tmp_path / "part.pkl"
    for share in (0.001, 0.1, 0.4, 0.7, 0.95, 0.9999):
        file.write_bytes(whole[: int(len(whole) * share)])
        command("import", file, tmp_path / "out.safetensors").refused("part.pkl cannot be imported")
    assert not (tmp_path / "out.safetensors").exists()
