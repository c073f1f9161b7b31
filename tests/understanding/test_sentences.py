"""Whole sentences as people say them: every word that is said is understood, and none that is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from nijigen.illustrator import SCHEMA
from nijigen.understanding import understand

FOLDER = Path(__file__).parent / "sentences"
ROWS = [
    json.loads(line)
    for language in ("en", "zh", "ja")
    for line in (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["text"])[:40])
def test_a_sentence_is_understood(row: dict[str, Any]) -> None:
    understood = understand(row["text"], SCHEMA)
    words = {name: value for name, value in understood.attributes.items() if not SCHEMA[name].continuous}
    assert words == row["attributes"]
    unwanted = {name: {value} if isinstance(value, str) else set(value) for name, value in row.get("not", {}).items()}
    assert {name: set(values) for name, values in understood.excluded.items()} == unwanted
