"""Kill −9 at every step between file and row: what was acknowledged is there, and what was not leaves nothing."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nijigen.collections import Collections

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is a matter of POSIX")

Draw = Callable[..., bytes]
Work = Callable[[Collections], None]
TABLES = {"kept", "pictures", "words", "pending", "nijigen_version"}
FORK = multiprocessing.get_context("fork") if os.name == "posix" else None


def dying_at(step: int, url: str, work: Work) -> int:
    """Do ``work`` in a process that is killed at one of its steps; returns how the process ended.

    A step is anything that the disk or the database notices: a file opened, synced, renamed or removed, a folder made,
    a statement, a commit. The process sends itself SIGKILL right before it.
    """

    def child() -> None:
        from sqlalchemy import event

        opened = Collections(url)
        left = step

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def stepping(function: Callable[..., Any]) -> Callable[..., Any]:
            def stepped(*arguments: Any, **options: Any) -> Any:
                count()
                return function(*arguments, **options)

            return stepped

        engine = opened._database.engine
        event.listen(engine, "before_cursor_execute", count)
        engine.dialect.do_commit = stepping(engine.dialect.do_commit)
        for name in ("open", "fsync", "replace", "unlink", "mkdir"):
            setattr(os, name, stepping(getattr(os, name)))
        work(opened)
        os._exit(0)

    assert FORK is not None
    process = FORK.Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def pictures(tmp_path: Path) -> list[Path]:
    """Every file in the folder, parts of files included, but for the lock."""
    return [path for path in (tmp_path / "kept.pictures").rglob("*") if path.is_file() and path.name != ".lock"]


def at_every_step(url: str, work: Work, judge: Callable[[], None]) -> int:
    """Kill ``work`` at every step it has, and judge what is left each time; returns how many steps there were."""
    for step in range(400):
        code = dying_at(step, url, work)
        judge()
        if code == 0:
            return step
        assert code == -signal.SIGKILL
    raise AssertionError("it never came to its end")


def test_killed_while_adding(url: str, drawn: Draw, tmp_path: Path) -> None:
    with Collections(url) as collections:
        first = collections.add(drawn(1))
    new, told = drawn(2), tmp_path / "told"

    def add(collections: Collections) -> None:
        collections.add(new, note="new")
        told.touch()

    outcomes = set()

    def judge() -> None:
        with Collections(url) as collections:
            assert collections.file(collections.get(first.ident)) == drawn(1)
            found = collections.find(text="new")
            assert [collections.file(kept) for kept in found] == [new] * len(found)
            assert len(pictures(tmp_path)) == 1 + len(found), "no part of a file and no orphan may be left"
            assert found or not told.exists(), "what was acknowledged must be there"
            outcomes.add(len(found))
            for kept in found:
                collections.remove(kept.ident)
        told.unlink(missing_ok=True)

    assert at_every_step(url, add, judge) > 20
    assert outcomes == {0, 1}


def test_killed_while_removing(url: str, drawn: Draw, tmp_path: Path) -> None:
    file, told = drawn(1), tmp_path / "told"
    with Collections(url) as collections:
        ident = collections.add(file).ident
        collections.add(drawn(2))

    def remove(collections: Collections) -> None:
        collections.remove(ident)
        told.touch()

    outcomes = set()

    def judge() -> None:
        with Collections(url) as collections:
            left = [kept for kept in collections.find() if kept.ident == ident]
            assert len(pictures(tmp_path)) == 1 + len(left)
            assert [collections.file(kept) for kept in collections.find()][-1:]  # each row has its file, whole
            assert not any(kept.missing for kept in collections.find())
            assert not (left and told.exists()), "what was removed must not come back"
            outcomes.add(len(left))
            collections.add(file)
        told.unlink(missing_ok=True)

    assert at_every_step(url, remove, judge) > 15
    assert outcomes == {0, 1}


def test_killed_while_it_is_made(tmp_path: Path, drawn: Draw) -> None:
    """Migrations are all there or not begun, at whatever statement the process dies."""
    url, step = f"sqlite:///{tmp_path / 'new.db'}", 0

    def child() -> None:
        from sqlalchemy import Engine, event

        left = step

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", count)
        Collections(url).close()
        os._exit(0)

    assert FORK is not None
    for step in range(100):  # noqa: B007  # the child reads it
        process = FORK.Process(target=child)
        process.start()
        process.join(60)
        with closing(sqlite3.connect(tmp_path / "new.db")) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if process.exitcode == 0:
            break
        assert tables in (set(), TABLES)
    assert step > 10
    assert tables == TABLES
    with Collections(url) as collections:
        collections.add(drawn())


@pytest.mark.slow
def test_the_verb_is_killed_at_random(tmp_path: Path, drawn: Draw) -> None:
    """A real `nijigen collect` of many files, killed twenty times and run again."""
    import random
    import time

    chance, home = random.Random(4), tmp_path / "home"
    for seed in range(40):
        (tmp_path / f"{seed}.png").write_bytes(drawn(seed))
    names = [str(path) for path in sorted(tmp_path.glob("*.png"))]
    environment = {**os.environ, "NIJIGEN_HOME": str(home)}
    url = f"sqlite:///{home / 'collections' / 'kept.db'}"
    command = [sys.executable, "-m", "nijigen", "collect", "--quiet"]
    begun = time.monotonic()
    subprocess.run([*command, names[0]], env=environment, check=True)
    whole, held = time.monotonic() - begun, 1  # how long it takes here to begin, and to keep one
    for _ in range(20):
        chance.shuffle(names)
        process = subprocess.Popen([*command, *names], env=environment)
        time.sleep(whole * chance.uniform(0.5, 1.5))
        process.kill()
        process.wait()
        with Collections(url) as collections:
            found = collections.find(limit=1_000)
            assert len(found) >= held, "no kill may lose what was kept before it"
            assert not any(kept.missing for kept in found)
            held = len(found)
        on_disk = list((home / "collections" / "kept.pictures").rglob("*.png"))
        assert len(on_disk) == held
    assert held > 1
    subprocess.run([*command, *names], env=environment, check=True)
    with Collections(url) as collections:
        assert {collections.file(kept) for kept in collections.find(limit=1_000)} == {drawn(n) for n in range(40)}
    assert [path.name for path in home.rglob(".*") if path.is_file()] == [".lock"]


def test_two_processes_at_once(url: str, drawn: Draw, tmp_path: Path) -> None:
    """Both add, search and remove the same pictures; nothing breaks, and rows and files agree in the end."""
    files = [drawn(seed) for seed in range(4)]

    def child(number: int) -> None:
        with Collections(url) as collections:
            for turn in range(12):
                file = files[(turn + number) % len(files)]
                kept = collections.add(file, f"of {number}")
                assert collections.file(kept) == file
                collections.find(attributes={"hair": "pink"} if turn % 2 else None)
                if turn % 3 == number % 3:
                    collections.remove(kept.ident)
        os._exit(0)

    assert FORK is not None
    processes = [FORK.Process(target=child, args=(number,)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with Collections(url) as collections:
        found = collections.find()
        assert not any(kept.missing for kept in found)
        assert {kept.digest for kept in found} == {path.parent.name + path.stem for path in pictures(tmp_path)}
