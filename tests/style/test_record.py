"""What a certificate says of paint is read back, and a damaged one is refused in words, whatever is in it."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from nijigen.errors import NijigenError
from nijigen.style.record import KEY, Digested, read_record, settings_as_json
from nijigen.style.settings import Settings

CHOSEN = Settings(size=128, steps=7, mix=(0.25, 0.75), style_layers=("conv1_1",), style_size=64, seed="ada", scales=2)


def said(**changes: Any) -> dict[str, Any]:
    row = {
        "styles": [{"file": "a.png", "sha256": "1" * 64}, {"file": "b.png", "sha256": "2" * 64}],
        "network": {"file": "n.safetensors", "sha256": "3" * 64},
        "settings": settings_as_json(CHOSEN),
        "of": "4" * 64,
        "machine": {"threads": 1},
        **changes,
    }
    return {KEY: json.loads(json.dumps(row))}


def test_what_is_written_is_read() -> None:
    record = read_record(said())
    assert record.settings == CHOSEN
    assert record.styles == (Digested("a.png", "1" * 64), Digested("b.png", "2" * 64))
    assert (record.network.sha256, record.of, record.machine) == ("3" * 64, "4" * 64, {"threads": 1})
    assert settings_as_json(read_record(said(settings=settings_as_json(Settings()))).settings) == settings_as_json(
        Settings()
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"styles": []},
        {"styles": [{"file": 1, "sha256": "x"}]},
        {"styles": 17 * [{"file": "a.png", "sha256": "1"}]},
        {"network": None},
        {"settings": {}},
        {"settings": {**settings_as_json(CHOSEN), "steps": "many"}},
        {"settings": {**settings_as_json(CHOSEN), "steps": 10**9}},
        {"settings": {**settings_as_json(CHOSEN), "mix": ["a", "b"]}},
        {"settings": {**settings_as_json(CHOSEN), "size": 10**6}},
        {"settings": {**settings_as_json(CHOSEN), "style_weight": None}},
        {"settings": {**settings_as_json(CHOSEN), "size": float("inf")}},
        {"settings": {**settings_as_json(CHOSEN), "tv_weight": 10**400}},
        {"machine": 3},
    ],
)
def test_damaged_ones_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NijigenError, match=f"the birth certificate is damaged: {KEY}: "):
        read_record(said(**changes))


LEAVES = any_.none() | any_.booleans() | any_.integers() | any_.floats() | any_.text(max_size=4)
ANY_JSON = any_.recursive(LEAVES, lambda inner: any_.lists(inner, max_size=3) | any_.dictionaries(any_.text(), inner))


@given(any_.sampled_from(["styles", "network", "settings", "of", "machine", *vars(CHOSEN)]), ANY_JSON)
def test_nothing_that_a_stranger_writes_gets_through(key: str, value: Any) -> None:
    whole = said()[KEY]
    (whole if key in whole else whole["settings"])[key] = value
    with contextlib.suppress(NijigenError):  # anything else fails the test
        read_record({KEY: whole}).settings.check(2)
