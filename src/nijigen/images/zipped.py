"""Several files as one: a ZIP whose bytes follow from what is in it."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a ZIP can name


def zipped(files: Mapping[str, bytes], when: datetime | None = None) -> bytes:
    """A ZIP of files by name; the same files give the same bytes. Nothing is compressed: pictures are already.

    Args:
        when: the date that all of them get; None: the earliest there is.
    """
    date = EARLIEST if when is None else max(EARLIEST, when.timetuple()[:6])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, file in files.items():
            entry = zipfile.ZipInfo(name, date)
            entry.external_attr = 0o644 << 16  # else nobody but who unpacks it may read it
            archive.writestr(entry, file)
    return buffer.getvalue()
