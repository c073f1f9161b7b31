"""What ``dataset.json`` must say, wherever it was read from: checked before anything of the data set is believed."""

import json
from typing import Any

from nijigen.data.archive import is_safe
from nijigen.errors import NijigenError

FORMAT, FORMAT_VERSION = "nijigen-dataset", 1
MOST_PICTURES, MOST_PIXELS = 10**10, 2048
DATASET_FILE = "dataset.json"
MOST_NAME_BYTES = 255  # no file system takes a longer one, and asking it for one is an error of its own
MOST_DESCRIPTION_BYTES = 2**28  # that of a million shards is shorter
NEEDED = ("count", "resolution", "channels", "schema", "digest", "labels", "dropped")


def parse_description(data: bytes, name: str) -> dict[str, Any]:
    """The contents of a ``dataset.json``.

    Args:
        data: the bytes of the file.
        name: the file as messages name it.

    Raises:
        NijigenError: it is no description of a data set, a broken one, or one of a newer version.
    """
    try:
        info = json.loads(data)
        if info["format"] != FORMAT:
            raise NijigenError(f"{name} is not of nijigen (its format is {info['format']!r})")
        if info["version"] > FORMAT_VERSION:
            raise NijigenError(f"{name} has format version {info['version']}, newer than this nijigen: update nijigen")
        for key in NEEDED:
            info[key]
        for key, most in (("count", MOST_PICTURES), ("resolution", MOST_PIXELS), ("channels", 4)):
            if type(info[key]) is not int or not 0 < info[key] <= most:
                raise ValueError(f"{key} is {info[key]!r}")
        for shard in info["shards"]:
            if not is_safe(shard["file"]) or len(shard["file"].encode()) > MOST_NAME_BYTES:
                raise ValueError(f"shard {shard['file'][:80]}")
            if min(shard["count"], shard["bytes"]) < 0:
                raise ValueError(f"shard {shard['file']}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NijigenError(f"{name} is broken ({type(error).__name__}: {error}): prepare the data set again") from None
    found: dict[str, Any] = info
    return found
