"""The small tables beside Manga109: ``books.txt`` with the titles, and what may be done with each book."""

import csv
import io
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from nijigen.data.archive import is_safe
from nijigen.errors import NijigenError
from nijigen.vocabulary import fold

BOOKS = "books.txt"
LICENCES = ("licences.csv", "licences.json", "licenses.csv", "licenses.json")
MAX_TABLE = 2**20  # bytes

LONGEST = 200  # bytes


def read_titles(path: Path) -> list[str]:
    """The titles of ``books.txt``, which are names of folders and files.

    Raises:
        NijigenError: a line is no name of a folder or occurs twice, or there is none.
    """
    titles: dict[str, None] = {}
    for number, line in enumerate(_text(path / BOOKS).split("\n"), 1):
        title = line.strip()
        if not title:
            continue
        long = len(title.encode()) > LONGEST  # for a file name with .xml behind it
        if long or not is_safe(title) or "/" in title or "\\" in title or title == "." or not title.isprintable():
            raise NijigenError(f"{path / BOOKS} line {number}: {title[:80]!r} is no title: one folder name a line")
        if title in titles:
            raise NijigenError(f"{path / BOOKS} line {number}: {title} occurs twice")
        titles[title] = None
    if not titles:
        raise NijigenError(f"{path / BOOKS} is empty: one title a line is expected")
    return list(titles)


def read_flags(path: Path, titles: Collection[str]) -> dict[str, str]:
    """Licence flags by title, folded; empty where there is no table.

    Raises:
        NijigenError: two tables, a row that is no book and licence, a book twice, or one that ``titles`` lacks.
    """
    files = [path / name for name in LICENCES if (path / name).is_file()]
    if len(files) > 1:
        raise NijigenError(f"{path} has {files[0].name} and {files[1].name}: keep one")
    if not files:
        return {}
    file = files[0]
    text = _text(file)
    flags: dict[str, str] = {}
    rows = _json_rows(file, text) if file.suffix == ".json" else _csv_rows(file, text)
    for place, book, flag in rows:
        if not isinstance(flag, str) or not book or not flag.strip():
            raise NijigenError(f"{file} {place}: a book and its licence are expected, like ARMS,academic")
        if book in flags:
            raise NijigenError(f"{file} {place}: {book} occurs twice")
        if book not in titles:
            raise NijigenError(f"{file} {place}: {book} is no book of {BOOKS}")
        flags[book] = fold(flag)
    return flags


def _csv_rows(file: Path, text: str) -> Iterator[tuple[str, str, Any]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [fold(cell) for cell in next(lines, [])]
        columns = {"license": "licence"}
        if [columns.get(name, name) for name in header] != ["book", "licence"]:
            raise NijigenError(f"{file} line 1: the columns are book,licence")
        for cells in lines:
            if cells:
                book, *rest = (cell.strip() for cell in cells)
                yield f"line {lines.line_num}", book, rest[0] if len(rest) == 1 else None
    except csv.Error as error:
        raise NijigenError(f"{file} line {lines.line_num + 1} is broken CSV ({error})") from None


def _json_rows(file: Path, text: str) -> Iterator[tuple[str, str, Any]]:
    try:
        value = json.loads(text, object_pairs_hook=list)  # pairs: a key given twice is not lost
    except (ValueError, RecursionError) as error:
        raise NijigenError(f"{file} is broken JSON ({error})") from None
    if not isinstance(value, list) or not all(isinstance(row, tuple) for row in value):
        raise NijigenError(f'{file} is no object like {{"ARMS": "academic"}}')
    for book, flag in value:
        yield f"at {book!r}", book, flag


def _text(file: Path) -> str:
    try:
        with open(file, "rb") as stream:
            data = stream.read(MAX_TABLE + 1)
    except OSError as error:
        raise NijigenError(f"cannot read {file}: {error.strerror or error}") from None
    if len(data) > MAX_TABLE:
        raise NijigenError(f"{file} is larger than {MAX_TABLE >> 20} MiB: that is no list of books")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NijigenError(f"{file} line {line} is not UTF-8 text: save the file as UTF-8") from None
