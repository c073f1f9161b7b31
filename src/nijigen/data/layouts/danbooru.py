"""Danbooru2017 to Danbooru2021 (Gwern Branwen): pictures in folders by id modulo 1000, metadata as JSON lines.

    original/0123/1000123.png     as uploaded, of every rating
    512px/0123/1000123.jpg        at 512 px, of the rating safe alone
    metadata/2020000000000000 …   or metadata/posts000000000000.json …; see danbooru_posts.py

The pictures are found by listing folders; the metadata is matched by id and never names a file. Layout after
https://gwern.net/danbooru2021 and its predecessors.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nijigen.data.facts import Facts
from nijigen.data.layouts.danbooru_posts import RATINGS, Post, Posts, metadata_files, read_posts
from nijigen.data.sources import Entry, Listing, is_junk, is_picture
from nijigen.errors import NijigenError, did_you_mean
from nijigen.files import printable

# The first that is there is read. The small pictures go first: a tenth of the bytes to read, all JPEG, all of them
# rated safe by the release itself, and larger than most data sets are made.
ROOTS = ("512px", "original")
BUCKETS = 1000
LOOK_AT = 50  # folders and files that detection looks at


def detect(path: Path) -> bool:
    """Whether ``path`` has a picture in the folder that its id asks for, like ``512px/0123/1000123.jpg``.

    The folder ``512px`` alone is known too; listing it says that the metadata, and with it the ratings, is beside it.
    """
    try:
        return any(_has_buckets(path / root) for root in ROOTS) or _is_root(path)
    except (OSError, ValueError):
        return False


def parse_ratings(text: str | Iterable[str]) -> frozenset[str]:
    """The ratings to take: words separated by commas, or ``all``.

    Raises:
        NijigenError: a word that is no rating (the nearest one is named), or none at all.
    """
    words = [word.strip().lower() for word in (text.split(",") if isinstance(text, str) else text)]
    if words == ["all"]:
        return frozenset(RATINGS)
    known = {"g": "safe", "general": "safe", "s": "safe", "q": "questionable", "e": "explicit"}
    known |= {word: word for word in RATINGS}
    for word in words:
        if word not in known:
            raise NijigenError(f"no rating {word!r}{did_you_mean(word, known)}: use all or some of {','.join(RATINGS)}")
    return frozenset(known[word] for word in words)


@dataclass(frozen=True)
class DanbooruSource:
    """Pictures of a release, with tags, rating and source of each.

    Attributes:
        path: the folder that holds ``512px`` or ``original``, and ``metadata``.
        ratings: which to take, of ``safe``, ``sensitive``, ``questionable``, ``explicit`` and ``unknown``.
        root: ``512px`` or ``original``; the smaller one that is there unless given.
        deleted: take what the site took down, too. What its maker asked to remove (banned) is never taken.
        tags: keep these tags alone, to save memory; None keeps all.
    """

    path: Path
    ratings: frozenset[str] = frozenset({"safe"})
    root: str | None = None
    deleted: bool = False
    tags: frozenset[str] | None = None

    @property
    def name(self) -> str:
        return self.path.resolve().name or "/"

    def listing(self) -> Listing:
        """Pictures that may be taken, with their facts; a refused row for each other one and for each broken line.

        Raises:
            NijigenError: no picture folder, no metadata, or metadata that cannot be read.
        """
        listing = Listing()
        found = sorted(self._pictures(listing), key=lambda pair: pair[1].name)
        posts = self._posts({key for key, _ in found if key is not None})
        listing.refused += posts.broken
        for key, entry in found:
            post = None if key is None else posts.by_id.get(key)
            rating = posts.rating(post)
            if post is not None and (post.barred == "banned" or (post.barred and not self.deleted)):
                listing.refused.append({"file": entry.name, "reason": post.barred, "detail": "by its metadata"})
            elif rating not in self.ratings:
                detail = "no metadata names it" if post is None else rating
                listing.refused.append({"file": entry.name, "reason": "rating", "detail": detail})
            else:
                listing.pictures.append(entry)
                listing.facts[entry.name] = _facts(post, rating)
        listing.refused.sort(key=lambda row: str(row["file"]))
        return listing

    def read(self, entry: Entry, limit: int) -> bytes:
        with open(self.path / entry.name, "rb") as file:
            return file.read(limit)

    def _posts(self, wanted: set[int]) -> Posts:
        try:
            files = metadata_files(self.path)
        except OSError as error:
            raise NijigenError(f"cannot list the metadata of {self.path}: {error.strerror}") from None
        if not files and "unknown" not in self.ratings:
            where = f"{self.path} has no metadata (metadata/*.json), so no rating is known"
            raise NijigenError(f"{where}: unpack metadata.json.tar.xz there, or take all with --ratings all")
        return read_posts(files, self.path, wanted, self.tags)

    def _folder(self) -> Path:
        if self.root is not None and self.root not in ROOTS:
            raise NijigenError(f"no picture folder {self.root!r}: use {' or '.join(ROOTS)}")
        if _is_root(self.path):
            above = self.path.resolve().parent
            raise NijigenError(
                f"{self.path} is a part of {above}: give that, for the metadata with the ratings is there"
            )
        for root in ROOTS if self.root is None else (self.root,):
            folder = self.path / root
            if folder.is_symlink():
                raise NijigenError(f"{folder} is a link, which is not followed: put the folder itself there")
            if folder.is_dir():
                return folder
        raise NijigenError(f"{self.path} has no folder {self.root or ' or '.join(ROOTS)}: it holds the pictures")

    def _pictures(self, listing: Listing) -> Iterator[tuple[int | None, Entry]]:
        folder = self._folder()
        for bucket in _scan(folder):
            if not _is_bucket(bucket.name):
                listing.ignored += bucket.is_file(follow_symlinks=False)
            elif bucket.is_symlink():
                detail = "a link to a folder is not followed"
                name = f"{folder.name}/{bucket.name}"
                listing.refused.append({"file": name, "reason": "unsafe_path", "detail": detail})
            elif bucket.is_dir():
                for file in _scan(Path(bucket.path)):
                    yield from self._picture(listing, f"{folder.name}/{bucket.name}/{file.name}", file)

    def _picture(self, listing: Listing, name: str, file: os.DirEntry[str]) -> Iterator[tuple[int | None, Entry]]:
        if is_junk(file.name):
            return
        if file.is_symlink() and not _stays_inside(file.path, self.path):
            detail = "a link that leads out of the folder"
            listing.refused.append({"file": printable(name), "reason": "unsafe_path", "detail": detail})
            return
        try:
            status = file.stat()
        except OSError:
            detail = "a link to nothing or to itself"
            listing.refused.append({"file": printable(name), "reason": "unreadable", "detail": detail})
            return
        # A name that is no text could not be found again by what is printed of it.
        if not stat.S_ISREG(status.st_mode) or not is_picture(file.name) or printable(name) != name:
            listing.ignored += 1
        else:
            yield _id_of(file.name), Entry(name, status.st_size)


def _facts(post: Post | None, rating: str) -> Facts:
    if post is None:
        return Facts()
    named = {"sensitive": "questionable", "unknown": ""}.get(rating, rating)  # Facts know three; the stricter one
    return Facts(tags=post.tags, source=post.source, rating=named)


def _stays_inside(link: str, folder: Path) -> bool:
    return Path(os.path.realpath(link)).is_relative_to(os.path.realpath(folder))


def _id_of(name: str) -> int | None:
    stem = name.partition(".")[0]
    return int(stem) if stem.isascii() and stem.isdigit() and len(stem) <= 18 else None


def _is_bucket(name: str) -> bool:
    return len(name) == 4 and name.isascii() and name.isdigit() and int(name) < BUCKETS


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as rows:
            return list(rows)
    except OSError as error:
        raise NijigenError(f"cannot list folder {folder}: {error.strerror}; make it readable or move it") from None


def _is_root(path: Path) -> bool:
    return path.resolve().name in ROOTS and _has_buckets(path)


def _has_buckets(root: Path) -> bool:
    if not root.is_dir():
        return False
    with os.scandir(root) as buckets:
        for _, bucket in zip(range(LOOK_AT), buckets, strict=False):
            if not _is_bucket(bucket.name) or not bucket.is_dir(follow_symlinks=False):
                continue
            with os.scandir(bucket.path) as files:
                for _, file in zip(range(LOOK_AT), files, strict=False):
                    key = _id_of(file.name)
                    if key is not None and key % BUCKETS == int(bucket.name) and is_picture(file.name):
                        return True
    return False
