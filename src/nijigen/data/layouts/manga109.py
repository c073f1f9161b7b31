"""Manga109 and Manga109-s (The University of Tokyo): double pages of 109 books, with the box of every face.

    books.txt                a title a line
    images/ARMS/003.jpg      page 3 of ARMS
    annotations/ARMS.xml     see manga109_xml.py
    licences.csv             optional, ours: columns book,licence with "commercial" or "academic"

A page shows a dozen faces of several characters, and labels belong to a face. So a face is an entry of its own, called
``ARMS/003.jpg#face0`` after its page and its place in the annotation; ``where`` holds the page's file and the box, the
bytes are those of the whole page, and ``Facts.boxes`` has that one box, which is cut out after decoding. Sorted by
name, faces of a page follow each other, so whoever decodes may keep the page for the next one. With ``faces=False`` a
page is an entry with the boxes of all its faces, and has a character only where it shows a single face.

Layout after http://www.manga109.org/en/ (Matsui et al. 2017, Aizawa et al. 2020); 87 of the books, which make up
Manga109-s, may be used by companies, the others for academic purposes only.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nijigen.data.facts import Box, Facts
from nijigen.data.layouts.manga109_books import BOOKS, LICENCES, read_flags, read_titles
from nijigen.data.layouts.manga109_xml import Face, Page, read_book
from nijigen.data.sources import Entry, Listing, is_picture
from nijigen.errors import NijigenError
from nijigen.files import printable
from nijigen.vocabulary import fold

IMAGES, ANNOTATIONS = "images", "annotations"
TERMS = {
    "commercial": "Manga109-s terms: companies may use it, no redistribution",
    "academic": "Manga109 terms: academic use only, no redistribution",
}
NOBODY = re.compile(r"_*other([^a-z].*)?$", re.IGNORECASE)  # "Other", "_Other", "Other（役人）": whoever passes by


def detect(path: Path) -> bool:
    """Whether ``path`` holds ``books.txt``, ``images/`` and ``annotations/``."""
    try:
        return (path / BOOKS).is_file() and (path / IMAGES).is_dir() and (path / ANNOTATIONS).is_dir()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class Manga109Source:
    """Faces (or pages) of all books, with book and character as labels.

    Attributes:
        path: the folder that holds ``books.txt``.
        faces: an entry a face; False: an entry a page.
        books: take only books that the table of licences gives this flag, like ``commercial``.
    """

    path: Path
    faces: bool = True
    books: str | None = None

    @property
    def name(self) -> str:
        return self.path.resolve().name or "/"

    def listing(self) -> Listing:
        """Entries of all books, and a refused row for what cannot or may not be taken.

        Raises:
            NijigenError: ``books.txt``, a table of licences or an annotation is wrong (its line is named), or
                ``books`` is given without a table of licences or is a flag that no book has.
        """
        listing = Listing()
        titles = read_titles(self.path)
        flags = read_flags(self.path, titles)
        if self.books is not None and fold(self.books) not in flags.values():
            known = ", ".join(sorted(set(flags.values())))
            have = f"the flags are {known}" if known else f"add {LICENCES[0]} with columns book,licence"
            raise NijigenError(f"no book of {self.path} is marked {self.books}: {have}")
        for title in titles:
            self._add_book(listing, title, flags.get(title, ""))
        listing.pictures.sort(key=lambda entry: entry.name)
        listing.refused.sort(key=lambda row: str(row["file"]))
        return listing

    def read(self, entry: Entry, limit: int) -> bytes:
        with open(self.path / IMAGES / entry.where[0], "rb") as file:
            return file.read(limit)

    def _add_book(self, listing: Listing, title: str, flag: str) -> None:
        pictures = self._page_files(listing, title)
        if self.books is not None and flag != fold(self.books):
            detail = flag or "no licence is given"
            rows = [{"file": f"{title}/{name}", "reason": "licence", "detail": detail} for name, _ in pictures.values()]
            listing.refused += rows
            return
        file = self.path / ANNOTATIONS / f"{title}.xml"
        called = f"{ANNOTATIONS}/{title}.xml"
        if not file.is_file():
            listing.refused.append({"file": called, "reason": "missing", "detail": "the book has no annotation"})
            return
        pages = read_book(file, called)
        for index, page in pages.items():
            if index not in pictures and page.faces:
                detail = f"faces annotated on it: {len(page.faces)}"
                listing.refused.append({"file": f"{title}/{index:03d}.jpg", "reason": "missing", "detail": detail})
        for index, (name, size) in pictures.items():
            self._add_page(listing, Entry(f"{title}/{name}", size), title, flag, pages.get(index))

    def _add_page(self, listing: Listing, entry: Entry, title: str, flag: str, page: Page | None) -> None:
        name, licence, source = entry.name, TERMS.get(flag, flag), f"Manga109: {title}"
        found = [] if page is None else list(_faces(listing, name, page, self.path / IMAGES / name))
        if not self.faces:
            alone = page.faces[0] if page is not None and len(page.faces) == 1 else None
            listing.pictures.append(Entry(name, entry.size, (name, None)))
            boxes = tuple(box for _, _, box in found)
            listing.facts[name] = Facts(_labels(title, alone), boxes=boxes, licence=licence, source=source)
            return
        if page is None or not page.faces:
            listing.refused.append({"file": name, "reason": "no_face", "detail": "no face is annotated on the page"})
        for number, face, box in found:
            called = f"{name}#face{number}"
            listing.pictures.append(Entry(called, entry.size, (name, box)))
            listing.facts[called] = Facts(_labels(title, face), boxes=(box,), licence=licence, source=source)

    def _page_files(self, listing: Listing, title: str) -> dict[int, tuple[str, int]]:
        """Page index → file name and size in bytes, in order."""
        folder = self.path / IMAGES / title
        if folder.is_symlink():
            detail = "a link to a folder is not followed"
            listing.refused.append({"file": f"{IMAGES}/{title}", "reason": "unsafe_path", "detail": detail})
            return {}
        try:
            with os.scandir(folder) as rows:
                found = sorted(rows, key=lambda row: row.name)
        except FileNotFoundError:
            detail = "the book has no pictures"
            listing.refused.append({"file": f"{IMAGES}/{title}", "reason": "missing", "detail": detail})
            return {}
        except OSError as error:
            raise NijigenError(f"cannot list folder {folder}: {error.strerror}; make it readable") from None
        pages: dict[int, tuple[str, int]] = {}
        for row in found:
            stem = row.name.partition(".")[0]
            number = int(stem) if stem.isascii() and stem.isdigit() and len(stem) <= 6 else -1
            if number < 0 or number in pages or not is_picture(row.name) or printable(row.name) != row.name:
                listing.ignored += 1
            elif row.is_symlink():
                file = f"{title}/{row.name}"
                listing.refused.append({"file": file, "reason": "unsafe_path", "detail": "a link is not followed"})
            elif row.is_file():
                pages[number] = row.name, row.stat().st_size
        return pages


def _faces(listing: Listing, name: str, page: Page, file: Path) -> Iterator[tuple[int, Face, Box]]:
    """Faces whose box lies on the page; what sticks out is cut off, what is left empty is refused."""
    size = _size(file) if page.faces else None
    other = size if size != (page.width, page.height) else None
    for number, face in enumerate(page.faces):
        x0, y0, x1, y1 = face.box
        box = (max(x0, 0.0), max(y0, 0.0), min(x1, page.width), min(y1, page.height))
        if other is not None:
            detail = f"the page has {other[0]}x{other[1]} pixels, its annotation {page.width:g}x{page.height:g}"
        elif box[0] >= box[2] or box[1] >= box[3]:
            detail = f"the box {x0:g},{y0:g} to {x1:g},{y1:g} is empty on a page of {page.width:g}x{page.height:g}"
        else:
            yield number, face, box
            continue
        listing.refused.append({"file": f"{name}#face{number}", "reason": "broken_box", "detail": detail})


def _size(file: Path) -> tuple[int, int] | None:
    """Width and height by the header; None where it cannot be read (decoding it later says why)."""
    from PIL import Image

    try:
        with Image.open(file) as image:
            return image.size
    except Exception:  # Pillow raises nearly anything on broken headers
        return None


def _labels(title: str, face: Face | None) -> dict[str, str | float]:
    """Book and, if it is somebody, character. Books share names ("mother"), so the title belongs to the character."""
    labels: dict[str, str | float] = {"book": title}
    if face is not None and face.character and not NOBODY.match(face.character):
        labels["character"] = f"{face.character} ({title})"
    return labels
