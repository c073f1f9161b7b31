import os
import sys

import psutil
import pytest

from nijigen.crew import Crew, in_order
from nijigen.errors import NijigenError


def children():
    return {child.pid for child in psutil.Process().children()}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_order(workers):
    assert list(in_order(len, ["x" * n for n in range(50)], workers)) == list(range(50))


def test_few_tasks_are_in_flight():
    taken = []
    results = in_order(abs, (taken.append(i) or -i for i in range(1000)), 2)
    for i in range(20):
        assert next(results) == i
        assert len(taken) <= i + 2 * 2 + 4
    results.close()


def test_large_answers_do_not_block():
    assert [len(data) for data in in_order(bytes, [300_000] * 12, 2)] == [300_000] * 12


def test_a_mistake_in_a_worker_comes_back_with_its_trace():
    before = children()
    with pytest.raises(RuntimeError, match=r"Traceback[\s\S]*ZeroDivisionError"):
        list(in_order(eval, ["1", "1/0", "2"], 2))
    assert children() == before


def test_an_error_for_people_stays_one():
    from nijigen.data.sources import open_source

    with pytest.raises(NijigenError, match="source nowhere does not exist"):
        list(in_order(open_source, ["nowhere"] * 3, 2))


def test_a_worker_that_dies_is_told():
    before = children()
    with pytest.raises(NijigenError, match="a worker process died"):
        list(in_order(os._exit, [9] * 5, 2))
    assert children() == before


def test_what_a_worker_prints_does_not_get_between_the_answers(capfd):
    assert list(in_order(os.system, ["echo hello"] * 3, 2)) == [0] * 3
    assert capfd.readouterr() == ("", "hello\n" * 3)


def test_the_crew_ends_when_the_consumer_stops_early():
    before = children()
    results = in_order(abs, range(100), 2)
    assert next(results) == 0
    results.close()
    assert children() == before


def test_workers_import_from_where_the_parent_does(tmp_path, monkeypatch):
    """And not from the current folder, where a file may have the name of a module that they need."""
    (tmp_path / "pickle.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    crew = Crew(1)
    assert crew.ask((len, "abc")) == 3
    crew.close()
