"""Metrics: lines are whole, a crash costs half a line at most, and truncation leaves what the checkpoint knows."""

from pathlib import Path

import pytest

from nijigen.training.metrics import append_line, read_lines, truncate
from nijigen.training.state import Window


def write(path: Path, *images: int) -> bytes:
    for count in images:
        append_line(path, {"images": count, "loss.generator": 0.1 + count / 3})
    return path.read_bytes()


def test_lines_round_trip(tmp_path: Path) -> None:
    write(tmp_path / "m", 8, 16)
    assert read_lines(tmp_path / "m") == [{"images": n, "loss.generator": 0.1 + n / 3} for n in (8, 16)]
    assert read_lines(tmp_path / "none") == []


@pytest.mark.parametrize("rest", [b"{", b'{"images": 24, "lo', b"\x00\x00\x00", b"[]\n", b"\xff\n"])
def test_half_a_line_is_not_read(rest: bytes, tmp_path: Path) -> None:
    whole = write(tmp_path / "m", 8, 16)
    (tmp_path / "m").write_bytes(whole + rest)
    assert [row["images"] for row in read_lines(tmp_path / "m")] == [8, 16]
    truncate(tmp_path / "m", 16)
    assert (tmp_path / "m").read_bytes() == whole


def test_truncated_to_the_checkpoint_byte_for_byte(tmp_path: Path) -> None:
    first = write(tmp_path / "m", 8, 16)
    write(tmp_path / "m", 24, 32)
    truncate(tmp_path / "m", 23)
    assert (tmp_path / "m").read_bytes() == first
    truncate(tmp_path / "m", 0)
    assert (tmp_path / "m").read_bytes() == b""
    truncate(tmp_path / "none", 5)
    assert not (tmp_path / "none").exists()


def test_a_window_is_a_mean_of_each_value() -> None:
    window = Window()
    window.add({"a": 1.0, "b": 5.0})
    window.add({"a": 2.0})
    assert window.means() == {"a": 1.5, "b": 5.0}
    window.add({"a": 1e-12})
    assert window.means()["a"] == pytest.approx(1.0)
    assert Window().means() == {}
