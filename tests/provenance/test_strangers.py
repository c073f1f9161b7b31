"""Whatever a stranger's file says, there is a verdict in one line, and never a traceback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.images.test_hostile_files import HOSTILE

from nijigen.images.certified import MOST_DEPTH
from nijigen.images.png import write_png
from nijigen.provenance.verifying import verify

Command = Callable[..., Any]


@pytest.mark.parametrize("data", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files_are_one_line(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(data)
    found = verify(tmp_path / "a.png", again=True)
    assert found.said.avatar is None
    assert found.said.problem or "no birth certificate" in found.line()
    assert found.line().isprintable()
    assert len(found.line()) < 1_000


@settings(max_examples=60)
@given(
    facts=st.dictionaries(
        st.sampled_from(
            ["seed", "attributes", "enlarged", "pixels", "model", "digest", "z", "painted", "edits", "size", "channels",
             "batch", "index", "threads", "engine", "truncation"]
        ),
        st.none() | st.booleans() | st.integers(-9, 2**70) | st.text(max_size=9)
        | st.lists(st.none() | st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=3), max_size=2),
                   max_size=2),
    ),
    kind=st.sampled_from(["model", "illustration", "dream", 3, None]),
)  # fmt: skip
def test_any_certificate_is_a_verdict(facts: dict[str, Any], kind: Any, tmp_path_factory: Any) -> None:
    path = write_png(
        tmp_path_factory.getbasetemp() / "any.png",
        Image.new("RGB", (8, 8)),
        {"format_version": 1, **facts, "kind": kind},
    )
    found = verify(path, again=True)
    assert json.loads(json.dumps(found.as_dict()))["kind"] == kind
    assert found.line().isprintable()


def test_deep_certificates_are_told_or_refused(command: Command, tmp_path: Path) -> None:
    for levels, words in ((MOST_DEPTH - 8, "unknown"), (MOST_DEPTH + 1, "damaged")):
        deep: Any = "x"
        for _ in range(levels):
            deep = [deep]
        write_png(tmp_path / "a.png", Image.new("RGB", (2, 2)), {"format_version": 1, "kind": deep})
        assert words in command("verify", tmp_path / "a.png").out
        assert command("verify", tmp_path / "a.png", "--json").code == 1
