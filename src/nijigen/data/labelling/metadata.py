"""Label files: CSV, JSON lines or one JSON object, read strictly. A wrong line is named by its number, never skipped.

A table is a list of rows ``(file name, {column: text or number})``. The CSV may use commas, semicolons or tabs; the
encoding is UTF-8 (with or without a byte order mark) or UTF-16 with one, as spreadsheets write them.
"""

import codecs
import csv
import difflib
import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nijigen.errors import NijigenError

FILE_COLUMN = "file_name"
MAX_BYTES = 512 * 2**20
NESTED = "give one word or number"

Cell = str | float


@dataclass(frozen=True)
class Table:
    """The rows of one label file, and all of its attribute columns in order."""

    name: str
    columns: tuple[str, ...]
    rows: dict[str, dict[str, Cell]]


def read_table(name: str, data: bytes) -> Table:
    """The table in ``data``; the kind follows the extension of ``name`` (``.csv``, ``.jsonl``, ``.json``).

    Raises:
        NijigenError: naming the file and the line: no ``file_name`` column, a column or file name twice, a broken
            line, text that is not UTF-8, a value that is a list or an object.
    """
    readers: dict[str, Callable[[str, str], Table]] = {"csv": _csv, "jsonl": _json_lines, "ndjson": _json_lines}
    readers |= {"json": _json, "tsv": _csv}
    kind = name.lower().rpartition(".")[2]
    if kind not in readers:
        raise NijigenError(f"{name} is no label file: use .csv, .jsonl or .json")
    if len(data) > MAX_BYTES:
        raise NijigenError(f"{name} is larger than {MAX_BYTES >> 20} MiB: split it")
    return readers[kind](name, _text(name, data))


def _text(name: str, data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NijigenError(f"{name} line {line} is not UTF-8 text: save the file as UTF-8") from None
    if "\0" in text:
        raise NijigenError(f"{name} line {text.count(chr(10), 0, text.index(chr(0))) + 1} holds a NUL byte: not text")
    return text


def _csv(name: str, text: str) -> Table:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    end = 0
    try:
        header = [cell.strip() for cell in next(lines, [])]
        _check_header(name, header)
        place = header.index(FILE_COLUMN)
        rows: dict[str, dict[str, Cell]] = {}
        end = lines.line_num
        for cells in lines:
            start, end = end + 1, lines.line_num
            if not cells or cells == [""]:
                continue
            if len(cells) != len(header):
                raise NijigenError(f"{name} line {start}: {len(cells)} values for {len(header)} columns")
            row: dict[str, Cell] = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            del row[FILE_COLUMN]
            _add(name, start, rows, cells[place].strip(), row)
    except csv.Error as error:
        raise NijigenError(f"{name} line {end + 1} is broken CSV ({error})") from None
    return Table(name, tuple(column for column in header if column != FILE_COLUMN), rows)


def _delimiter(text: str) -> str:
    """The separator under which the first line has a ``file_name`` column: comma unless another one fits."""
    first = text.split("\n", 1)[0]
    for mark in ",;\t":
        if FILE_COLUMN in [cell.strip().strip('"') for cell in first.split(mark)]:
            return mark
    return ","


def _check_header(name: str, header: list[str]) -> None:
    if not any(header):
        raise NijigenError(f"{name} is empty: the first line names the columns, like file_name,hair_color")
    for column in header:
        if not column:
            raise NijigenError(f"{name} line 1: column {header.index(column) + 1} has no name")
        if header.count(column) > 1:
            raise NijigenError(f"{name} line 1: column {column} occurs twice")
    if FILE_COLUMN not in header:
        raise NijigenError(f"{name} has no {FILE_COLUMN} column{_rename_hint(header)}; it has {', '.join(header[:12])}")


def _rename_hint(columns: list[str]) -> str:
    near = difflib.get_close_matches(FILE_COLUMN, columns, n=1, cutoff=0.5)
    near = near or [column for column in columns if column.lower() in ("file", "path", "image", "filepath", "name")]
    return f" (rename {near[0]}?)" if near else ""


def _json_lines(name: str, text: str) -> Table:
    rows: dict[str, dict[str, Cell]] = {}
    columns: dict[str, None] = {}
    # Only \n ends a line: JSON text may hold U+2028 and the like, which str.splitlines would cut.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        row = _parse(f"{name} line {number}", line)
        _add_object(name, number, rows, columns, row)
    if not rows:
        raise NijigenError(
            f'{name} is empty: each line is an object like {{"file_name": "1.png", "hair_color": "pink"}}'
        )
    return Table(name, tuple(columns), rows)


def _json(name: str, text: str) -> Table:
    """An object ``{"1.png": {"hair_color": "pink"}}`` or a list of objects with ``file_name``."""
    value = _parse(name, text)
    rows: dict[str, dict[str, Cell]] = {}
    columns: dict[str, None] = {}
    if isinstance(value, dict):
        for file_name, row in value.items():
            _check_characters(name, file_name)
            if not isinstance(row, dict) or FILE_COLUMN in row:
                raise NijigenError(
                    f'{name}: {file_name!r} needs an object of attributes, like {{"hair_color": "pink"}}'
                )
            _add(name, None, rows, file_name, _cells(f"{name}: {file_name}", row))
            columns.update(dict.fromkeys(row))
    elif isinstance(value, list):
        for number, row in enumerate(value, 1):
            _add_object(name, number, rows, columns, row)
    else:
        raise NijigenError(f"{name} needs an object by file name, or a list of objects with {FILE_COLUMN}")
    if not rows:
        raise NijigenError(f"{name} is empty: it labels no file")
    return Table(name, tuple(columns), rows)


def _add_object(name: str, number: int, rows: dict[str, dict[str, Cell]], columns: dict[str, None], row: Any) -> None:
    if not isinstance(row, dict):
        raise NijigenError(f"{name} line {number} is not an object with {FILE_COLUMN}")
    if FILE_COLUMN not in row:
        hint = _rename_hint(list(row))
        raise NijigenError(f"{name} line {number} has no {FILE_COLUMN}{hint}; it has {', '.join(list(row)[:12])}")
    if not isinstance(row[FILE_COLUMN], str):
        raise NijigenError(f"{name} line {number}: {FILE_COLUMN} is not text")
    cells = _cells(f"{name} line {number}", {key: value for key, value in row.items() if key != FILE_COLUMN})
    _add(name, number, rows, row[FILE_COLUMN], cells)
    columns.update(dict.fromkeys(cells))


def _cells(where: str, row: dict[str, Any]) -> dict[str, Cell]:
    for column in row:
        _check_characters(where, column)
    return {column: _cell(f"{where}: {column}", value) for column, value in row.items()}


def _cell(where: str, value: Any) -> Cell:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        if abs(value) > 1e300:
            raise NijigenError(f"{where} is too large a number")
        return float(value) if isinstance(value, float) else str(value)
    if isinstance(value, str):
        _check_characters(where, value)
        return value.strip()
    raise NijigenError(f"{where} is a {'list' if isinstance(value, list) else 'nested object'}: {NESTED}")


def _check_characters(where: str, text: str) -> None:
    """JSON can spell half of a character (``\\ud800``), which can be written to no file."""
    try:
        text.encode()
    except UnicodeEncodeError:
        shown = text.encode("utf-8", "backslashreplace").decode()
        where = where.encode("utf-8", "backslashreplace").decode()
        raise NijigenError(f"{where}: {shown} holds half of a character: write the whole one") from None


def _add(name: str, number: int | None, rows: dict[str, dict[str, Cell]], file_name: str, row: dict[str, Cell]) -> None:
    where = name if number is None else f"{name} line {number}"
    if not file_name:
        raise NijigenError(f"{where}: {FILE_COLUMN} is empty")
    _check_characters(where, file_name)
    file_name = file_name.replace("\\", "/").removeprefix("./")
    if file_name in rows:
        raise NijigenError(f"{where}: {file_name} occurs twice; keep one row a picture")
    rows[file_name] = row


def _parse(where: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _unique(where, pairs))
    except json.JSONDecodeError as error:
        place = where if " line " in where or error.lineno == 1 else f"{where} line {error.lineno}"
        raise NijigenError(f"{place} is broken JSON ({error.msg} at column {error.colno})") from None
    except (RecursionError, ValueError) as error:
        raise NijigenError(f"{where} is broken JSON ({type(error).__name__})") from None


def _unique(where: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NijigenError(f"{where}: key {key!r} occurs twice")
        found[key] = value
    return found
