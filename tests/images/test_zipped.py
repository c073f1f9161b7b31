"""ZIPs of files: what was put in comes out, and nothing else decides their bytes."""

import io
import time
import zipfile
from datetime import UTC, datetime

import pytest

from nijigen.images.zipped import zipped

FILES = {"b.png": b"second", "folder/花.png": b"\x89PNG", "a.json": b""}


def entries(data: bytes) -> dict[str, zipfile.ZipInfo]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.namelist() == list(FILES)
        return {entry.filename: entry for entry in archive.infolist()}


def test_files_come_out_as_they_went_in_and_may_be_read() -> None:
    for entry in entries(zipped(FILES)).values():
        assert entry.external_attr >> 16 == 0o644
        assert entry.compress_type == zipfile.ZIP_STORED


def test_no_clock_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first = zipped(FILES)
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert zipped(FILES) == first


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        (None, (1980, 1, 1, 0, 0, 0)),
        (datetime(2026, 11, 22, 10, 38, 2, tzinfo=UTC), (2026, 11, 22, 10, 38, 2)),
        (datetime(1971, 5, 6, tzinfo=UTC), (1980, 1, 1, 0, 0, 0)),  # earlier than a ZIP can say
    ],
)
def test_dates(when: datetime | None, shown: tuple[int, ...]) -> None:
    assert {entry.date_time for entry in entries(zipped(FILES, when)).values()} == {shown}
