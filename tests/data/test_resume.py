"""An interrupted preparation goes on where it was and ends in the same bytes."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from nijigen.data import Dataset, prepare
from nijigen.data.journal import Workspace
from nijigen.errors import NijigenError

UNFINISHED = (
    r"out\.partial was left unfinished by other arguments \(channels was 3, now 4\): run it again with those to finish"
    r" it, or remove .*out\.partial to begin anew"
)

# Small shards, so that there is something to go on from; the children import the module anew and do not need it.
SCRIPT = """
import resource, sys
import nijigen.data.shards
from nijigen.data import prepare
nijigen.data.shards.SHARD_COUNT = 25
if __name__ == "__main__":
    source, out, workers, limit = sys.argv[1:]
    if limit != "0":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    summary = prepare(source, out, size=48, workers=int(workers), quiet=True)
    print(summary.resumed_at)
"""


@pytest.fixture
def start(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COV")}

    def run(source, out, workers=2, limit=0):
        command = [sys.executable, str(script), str(source), str(out), str(workers), str(limit)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    return run


@pytest.fixture
def many(packed, picture):
    """400 pictures: some twice, some broken, labels only on later duplicates of pictures in early shards."""
    files = {f"{i:03d}.png": picture(i) for i in range(370)}
    files |= {f"{i:03d}.png": b"broken" if i % 3 else b"" for i in range(370, 380)}
    files |= {f"{i:03d}.png": picture(i - 380) for i in range(380, 400)}
    rows = "".join(f"{i:03d}.png,{('pink', 'red')[i % 2]}\n" for i in range(30, 400))
    return packed(files | {"metadata.csv": "file_name,hair\n" + rows})


@pytest.fixture
def whole(many, tmp_path, monkeypatch):
    """The data set of a run that nothing interrupts."""
    with monkeypatch.context() as patch:
        patch.setattr("nijigen.data.shards.SHARD_COUNT", 25)
        prepare(many, tmp_path / "whole", size=48, workers=1, quiet=True)
    return tmp_path / "whole"


def kill_all(process):
    """kill -9 of the parent alone; its workers have to notice by themselves."""
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    return workers


def test_killed_at_random_moments_it_ends_in_the_same_bytes(start, many, whole, tmp_path, tree):
    dice, resumed, kills = random.Random(7), 0, 0
    for attempt in range(40):
        process = start(many, tmp_path / "out", workers=1 + attempt % 2)
        journal = tmp_path / "out.partial/journal.jsonl"
        lines = journal.read_bytes().count(b"\n") if journal.exists() else 0
        deadline = time.monotonic() + 60
        # Wait for one more shard, then kill within its successor (or wherever the run is by then).
        while process.poll() is None and time.monotonic() < deadline:
            if journal.exists() and journal.read_bytes().count(b"\n") > lines + dice.randint(1, 4):
                break
            time.sleep(0.001)
        time.sleep(dice.random() * 0.02)
        if process.poll() is None:
            workers = kill_all(process)
            kills += 1
            psutil.wait_procs(workers, timeout=10)
            assert not any(worker.is_running() and worker.status() != "zombie" for worker in workers)
            continue
        output, errors = process.communicate()
        assert process.returncode == 0, errors
        resumed = int(output)
        break
    assert kills >= 3
    assert resumed > 0
    assert tree(tmp_path / "out") == tree(whole)
    assert not (tmp_path / "out.partial").exists()
    dataset = Dataset.open(tmp_path / "out")
    assert dataset.count == 370
    # Labels that only the later duplicates of the first 20 pictures had are in the first shard.
    assert sum(bool(sample.labels) for sample in dataset.samples()) == 370 - 10


def test_killed_at_the_very_end_it_is_still_finished(packed, picture, tmp_path, tree, monkeypatch):
    source = packed({f"{i}.png": picture(i) for i in range(5)})
    prepare(source, tmp_path / "whole", quiet=True)

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    for step in ("write_description", "replace_folder"):
        out = tmp_path / step
        with monkeypatch.context() as patch:
            patch.setattr(f"nijigen.data.preparation.{step}", kill)
            with pytest.raises(Killed):
                prepare(source, out, quiet=True)
        assert not out.exists()
        assert prepare(source, out, quiet=True).resumed_at == 5
        assert tree(out) == tree(tmp_path / "whole")


def test_ctrl_c_ends_the_workers_and_keeps_the_work(start, many, whole, tmp_path, tree):
    journal, code = tmp_path / "out.partial/journal.jsonl", 0
    while not code:  # on a busy machine it may be done before it is interrupted: then once more
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        process = start(many, tmp_path / "out")
        while not (journal.exists() and journal.stat().st_size) and process.poll() is None:
            time.sleep(0.005)
        workers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert not psutil.wait_procs(workers, timeout=10)[1]
        code = process.returncode
    again = start(many, tmp_path / "out")
    assert int(again.communicate()[0]) > 0
    assert tree(tmp_path / "out") == tree(whole)


def test_a_full_disk_keeps_what_is_finished(start, many, whole, tmp_path, tree):
    """A limit on the size of a file fails a write just as a full disk does, with another number."""
    process = start(many, tmp_path / "out", limit=120_000)
    _, errors = process.communicate()
    assert process.returncode != 0
    assert "File too large" in errors
    assert not (tmp_path / "out").exists()
    again = start(many, tmp_path / "out")
    assert again.wait(120) == 0
    assert tree(tmp_path / "out") == tree(whole)


def test_no_space_left_comes_out_as_that_error(folder, picture, tmp_path, monkeypatch):
    source = folder({f"{i}.png": picture(i) for i in range(30)})
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 10)
    prepare(source, tmp_path / "whole", quiet=True)
    fsync, calls = os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) > 8:
            raise OSError(28, "No space left on device")
        fsync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as caught:
            prepare(source, tmp_path / "out", quiet=True)
        assert caught.value.errno == 28
    summary = prepare(source, tmp_path / "out", quiet=True)
    assert summary.resumed_at in (10, 20)
    assert summary.digest == Dataset.open(tmp_path / "whole").digest


@pytest.fixture
def unfinished(folder, picture, tmp_path, monkeypatch):
    """``out.partial`` with two finished shards of ten."""
    source = folder({f"{i:02d}.png": picture(i) for i in range(30)})
    monkeypatch.setattr("nijigen.data.shards.SHARD_COUNT", 10)
    prepare(source, tmp_path / "whole", quiet=True)
    record, calls = Workspace.record, []

    def stop_at_third(self, line):
        calls.append(line)
        if len(calls) == 3:
            raise KeyboardInterrupt
        record(self, line)

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "record", stop_at_third)
        with pytest.raises(KeyboardInterrupt):
            prepare(source, tmp_path / "out", quiet=True)
    assert sorted(p.name for p in (tmp_path / "out.partial").iterdir()) == [
        "arguments.json", "journal.jsonl", "lock", "shard-00000.tar", "shard-00001.tar", "shard-00002.tar",
    ]  # fmt: skip
    return source


@pytest.mark.parametrize(
    ("damage", "resumed"),
    [
        (lambda folder: None, 20),
        (lambda folder: cut(folder / "journal.jsonl", 5), 10),
        (lambda folder: (folder / "journal.jsonl").open("ab").write(b'{"next": 3'), 20),
        (lambda folder: (folder / "shard-00001.tar").unlink(), 10),
        (lambda folder: (folder / "shard-00000.tar").unlink(), 0),
        (lambda folder: (folder / "journal.jsonl").unlink(), 0),
        (lambda folder: (folder / "dropped.jsonl").write_text("half"), 20),
    ],
)
def test_a_damaged_journal_loses_only_what_it_tells_of(unfinished, tmp_path, tree, damage, resumed):
    damage(tmp_path / "out.partial")
    assert prepare(unfinished, tmp_path / "out", quiet=True).resumed_at == resumed
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def cut(path, count):
    os.truncate(path, path.stat().st_size - count)


def test_other_arguments_do_not_go_on_with_it(unfinished, tmp_path):
    with pytest.raises(NijigenError, match=UNFINISHED):
        prepare(unfinished, tmp_path / "out", channels=4, quiet=True)
    assert prepare(unfinished, tmp_path / "out", quiet=True).resumed_at == 20


def test_another_version_does_not_go_on_with_it(unfinished, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("PIL.__version__", "99.0")
        with pytest.raises(NijigenError, match=r"pillow was .*, now 99\.0"):
            prepare(unfinished, tmp_path / "out", quiet=True)


def test_arguments_that_cannot_be_read_are_named(unfinished, tmp_path):
    (tmp_path / "out.partial/arguments.json").write_text("{")
    with pytest.raises(NijigenError, match=r"arguments\.json is broken"):
        prepare(unfinished, tmp_path / "out", quiet=True)


def test_two_at_once_are_told_apart(unfinished, tmp_path):
    with Workspace(tmp_path / "out").locked(), pytest.raises(NijigenError, match="is being written by another process"):
        prepare(unfinished, tmp_path / "out", quiet=True)


def test_a_place_that_cannot_be_written_is_named(folder, picture, tmp_path):
    source = folder({"1.png": picture(1)})
    (tmp_path / "file").write_text("x")
    with pytest.raises(NijigenError, match=r"cannot write .*out\.partial: Not a directory; choose another place"):
        prepare(source, tmp_path / "file/out", quiet=True)


def test_the_journal_is_written_after_its_shard(unfinished, tmp_path):
    for line in (tmp_path / "out.partial/journal.jsonl").read_text().splitlines():
        row = json.loads(line)["shard"]
        assert (tmp_path / "out.partial" / row["file"]).stat().st_size == row["bytes"]
