"""Licence and source said afterwards, of a data set that is there already: its pictures, and its digest, stay."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nijigen.data.dataset import DATASET_FILE, Dataset, read_info
from nijigen.data.findings import find_out
from nijigen.data.report import REPORT_FILE, write_report
from nijigen.data.rights import UNKNOWN
from nijigen.files import write_json

WORDS = {"licence": "licence", "provenance": "from"}


def restate(folder: Path, said: Mapping[str, str]) -> list[str]:
    """Write what is said now into ``dataset.json`` and ``report.html``; returns a line for each that is new.

    The report goes first: killed between the two, the same command finds ``dataset.json`` as it was and does both.

    Args:
        said: ``licence`` and ``provenance``, as far as somebody says them.
    """
    info = read_info(folder)
    new = unheard(info, said)
    if new:
        lines = [f"{WORDS[key]}: {text} from now on (was {info.get(key, UNKNOWN)})" for key, text in new.items()]
        info |= new | {"arguments": info.get("arguments", {}) | new}
        write_report(folder / REPORT_FILE, find_out(Dataset(folder, info)))
        write_json(folder / DATASET_FILE, info)
        return [*lines, "models trained before keep what their cards say"]
    return []


def unheard(info: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
    """What is said now and does not stand in a ``dataset.json`` as said for the whole."""
    had = info.get("arguments", {})
    return {key: text for key, text in said.items() if (had.get(key), info.get(key)) != (text, text)}
