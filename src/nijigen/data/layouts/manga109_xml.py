"""Annotations of one book of Manga109: an XML file with the characters, and the boxes on every page.

    <book title="T"><characters><character id="0007a833" name="鳥羽大和"/></characters>
      <pages><page index="6" width="1654" height="1170">
        <face id="0007a8bd" xmin="907" ymin="222" xmax="1060" ymax="500" character="0007a833"/> …

Read by the standard library's expat as a stream, without a tree. A document type is refused at its first letter, so
there are no entities: none that swell, none that reach other files. Layout after http://www.manga109.org/en/annotations.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from nijigen.data.facts import Box
from nijigen.errors import NijigenError

MAX_XML = 64 * 2**20  # bytes; the largest book has a few million
CHUNK = 2**16
MOST_PAGES = 100_000
BOX = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its box in pixels of the page, and the name of the character ("" where there is none)."""

    box: Box
    character: str


@dataclass
class Page:
    """A double page: its size in pixels as it was annotated, and its faces in the order of the file."""

    width: float
    height: float
    faces: list[Face] = field(default_factory=list)


def read_book(path: Path, name: str) -> dict[int, Page]:
    """Pages by index.

    Args:
        name: how errors call the file.

    Raises:
        NijigenError: naming file and line: broken XML, a document type, a page or box without its numbers, a page
            twice; or a file that cannot be read or is larger than 64 MiB.
    """
    reader = _Reader(name)
    try:
        with open(path, "rb") as file:
            total = 0
            while chunk := file.read(CHUNK):
                total += len(chunk)
                if total > MAX_XML:
                    raise NijigenError(f"{name} is larger than {MAX_XML >> 20} MiB: that is no annotation of a book")
                reader.feed(chunk)
            reader.feed(b"", final=True)
    except OSError as error:
        raise NijigenError(f"cannot read {name}: {error.strerror or error}") from None
    return reader.pages


class _Reader:
    """Collects characters, pages and faces while expat walks through the file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pages: dict[int, Page] = {}
        self._characters: dict[str, str] = {}
        self._page: Page | None = None
        self._root = ""
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, chunk: bytes, final: bool = False) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise NijigenError(
                f"{self.name} line {error.lineno} is broken XML ({expat.ErrorString(error.code)})"
            ) from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or knows as no single bytes
            raise self._error(f"its encoding cannot be read ({type(error).__name__})") from None

    def _refuse_doctype(self, *_: object) -> None:
        raise self._error("a document type (<!DOCTYPE) is refused: remove it")

    def _start(self, kind: str, given: Mapping[str, str]) -> None:
        if not self._root:
            self._root = kind
            if kind != "book":
                raise self._error(f"the first element is <{kind[:40]}>, not <book>")
        elif kind == "character":
            if "id" not in given or "name" not in given:
                raise self._error("a character needs id and name")
            self._characters[given["id"]] = given["name"]
        elif kind == "page":
            index, width, height = (self._number(given, key) for key in ("index", "width", "height"))
            if not index.is_integer() or not 0 <= index < MOST_PAGES or width <= 0 or height <= 0:
                raise self._error("a page needs a whole index, and a width and height above 0")
            if int(index) in self.pages:
                raise self._error(f"page {int(index)} occurs twice")
            self._page = self.pages[int(index)] = Page(width, height)
        elif kind == "face":
            if self._page is None:
                raise self._error("a face stands outside of a page")
            x0, y0, x1, y1 = (self._number(given, key) for key in BOX)
            character = self._characters.get(given.get("character", ""), "")
            self._page.faces.append(Face((x0, y0, x1, y1), character))

    def _end(self, kind: str) -> None:
        if kind == "page":
            self._page = None

    def _number(self, given: Mapping[str, str], key: str) -> float:
        try:
            number = float(given[key])
        except KeyError:
            raise self._error(f"{key} is missing") from None
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._error(f"{key}={given[key][:40]!r} is no number")
        return number

    def _error(self, what: str) -> NijigenError:
        return NijigenError(f"{self.name} line {self._parser.CurrentLineNumber}: {what}")
