"""Metadata of the Danbooru20xx releases: JSON lines of gigabytes, read one line at a time.

Each line is one object, a post: ``id`` (a number, or the same as text), ``rating`` (a letter), tags as a list of
``{"id", "name", "category"}`` (2017 to 2020) or as words in ``tag_string`` (2021), and flags. Only posts whose picture
is there are kept, so memory follows the pictures and not the metadata.
"""

import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError

MAX_LINE = 16 * 2**20  # bytes; a post with ten thousand favourites has a few hundred thousand
MAX_TAG = 200  # characters
MAX_SOURCE = 500
MOST_BROKEN = 100_000  # rows that are kept in memory to be named
TOLERATED = 0.01  # share of broken lines: a torn download has a few, a file of another kind has nothing else

# Files of the same folder that hold no posts; their ids count other things (tags, pools, users …).
OTHER_TABLES = ("tags", "tag_", "artist", "pool", "note", "comment", "wiki", "favorite", "user", "forum", "implication")
RATINGS = ("safe", "sensitive", "questionable", "explicit", "unknown")  # from harmless to not known to be
# The letter s meant safe until 2021; with the letter g of 2022 it came to mean sensitive. See Posts.general.
LETTERS = {"g": "safe", "general": "safe", "s": "sensitive", "q": "questionable", "e": "explicit"}
LETTERS |= {rating: rating for rating in RATINGS}


@dataclass(frozen=True, slots=True)
class Post:
    """What the metadata says of one picture.

    ``rating`` is one of :data:`RATINGS`, ``sensitive`` for the letter s; ``barred`` is ``banned`` (its maker asked for
    its removal), ``deleted`` (the site took it down) or empty.
    """

    rating: str
    tags: tuple[str, ...]
    source: str
    barred: str


@dataclass
class Posts:
    """Posts by id, and a refused row for each broken line."""

    by_id: dict[int, Post] = field(default_factory=dict)
    broken: list[dict[str, Any]] = field(default_factory=list)
    lines: int = 0
    general: bool = False  # a post has the letter g

    def rating(self, post: Post | None) -> str:
        """One of :data:`RATINGS`. Where no post has the letter g, the letter s says safe."""
        if post is None:
            return "unknown"
        return "safe" if post.rating == "sensitive" and not self.general else post.rating


def metadata_files(path: Path) -> list[Path]:
    """The files of posts of a release, sorted: all of ``metadata/``, or ``metadata*.json`` beside the pictures.

    Where some are called ``posts…`` (2021), the others are tables of other things and are left alone.
    """
    folder = path / "metadata"
    if folder.is_dir():
        found = sorted(file for file in folder.rglob("*") if _may_hold_posts(file))
    else:
        beside = (file for file in path.iterdir() if file.name.startswith(("metadata", "posts")))
        found = sorted(file for file in beside if _may_hold_posts(file))
    posts = [file for file in found if file.name.startswith("posts")]
    return posts or found


def _may_hold_posts(file: Path) -> bool:
    name = file.name.lower()
    released = re.fullmatch(r"20\d{8,}", name) is not None  # 2017000000000000, 2017000000000001 …
    named = file.suffix.lower() in (".json", ".jsonl", ".ndjson") and not name.startswith((".", *OTHER_TABLES))
    return (released or named) and file.is_file()


def read_posts(files: list[Path], base: Path, wanted: Collection[int], tags: Collection[str] | None = None) -> Posts:
    """The posts of ``wanted`` ids in ``files``, whose names are told relative to ``base``.

    Args:
        tags: keep these alone, to save memory; None keeps all.

    Raises:
        NijigenError: a file cannot be read or is one JSON array, or more than 1 % of all lines are broken.
    """
    posts = Posts()
    for file in files:
        name = file.relative_to(base).as_posix()
        try:
            for number, line in _lines(file):
                posts.lines += 1
                _take(posts, name, number, line, wanted, tags)
        except OSError as error:
            raise NijigenError(f"cannot read {file}: {error.strerror or error}") from None
    if len(posts.broken) > posts.lines * TOLERATED:
        _refuse(posts)
    return posts


def _lines(file: Path) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines that are not blank; None for one that is too long to be held."""
    with open(file, "rb") as stream:
        number = 0
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
                if line.lstrip().startswith(b"["):
                    raise NijigenError(f"{file} is one JSON array: write one object a line (jq -c '.[]' does it)")
            if len(line) > MAX_LINE:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(MAX_LINE)
                yield number, None
            elif not line.isspace():
                yield number, line


def _take(
    posts: Posts, name: str, number: int, line: bytes | None, wanted: Collection[int], tags: Collection[str] | None
) -> None:
    try:
        if line is None:
            raise ValueError(f"longer than {MAX_LINE >> 20} MiB")
        row = _parse(line)
        posts.general = posts.general or row.get("rating") in ("g", "general")
        key = _id(row.get("id"))
        if key not in wanted:
            return
        post = _post(row, key, tags)
    except ValueError as error:
        posts.broken.append({"file": name, "reason": "broken_line", "detail": f"line {number}: {error}"})
        if len(posts.broken) > MOST_BROKEN:
            _refuse(posts)
        return
    other = posts.by_id.get(key)
    # Of two posts that claim one picture the stricter one counts.
    if other is None or _strictness(post) > _strictness(other):
        posts.by_id[key] = post


def _strictness(post: Post) -> tuple[bool, int]:
    return bool(post.barred), RATINGS.index(post.rating)


def _parse(line: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"broken JSON ({error.msg} at column {error.colno})") from None
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
        raise ValueError(f"broken JSON ({type(error).__name__})") from None
    if not isinstance(row, dict):
        raise ValueError("not an object")
    return row


def _id(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    shown = "missing" if value is None else f"no number ({str(value)[:40]!r})"
    raise ValueError(f"its id is {shown}")


def _post(row: Mapping[str, Any], key: int, tags: Collection[str] | None) -> Post:
    rating = row.get("rating")
    banned, deleted = _flag(row, "is_banned"), _flag(row, "is_deleted")
    return Post(
        rating=LETTERS.get(rating.lower(), "unknown") if isinstance(rating, str) else "unknown",
        tags=_tags(row, tags),
        source=_source(row, key),
        barred="banned" if banned else "deleted" if deleted else "",
    )


def _flag(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name)
    return value.lower() in ("true", "t", "1") if isinstance(value, str) else bool(value)


def _tags(row: Mapping[str, Any], wanted: Collection[str] | None) -> tuple[str, ...]:
    """Names without doubles, in order. They are shared between pictures: a million carry thirty each."""
    given = row.get("tags")
    names: list[str] = []
    if isinstance(given, list):
        for tag in given:
            name = tag.get("name") if isinstance(tag, dict) else tag
            if not isinstance(name, str):
                raise ValueError("its tags hold something that is no tag")
            names.append(name)
    else:
        texts = [row.get("tag_string"), given]
        if not any(isinstance(text, str) for text in texts):
            texts = [row[column] for column in sorted(row) if column.startswith("tag_string_")]
        names = " ".join(text for text in texts if isinstance(text, str)).split()
    kept = (_plain(name, MAX_TAG + 1) for name in dict.fromkeys(names))
    return tuple(sys.intern(name) for name in kept if 0 < len(name) <= MAX_TAG and (wanted is None or name in wanted))


def _source(row: Mapping[str, Any], key: int) -> str:
    """Where the picture comes from: its page at Pixiv, else what the post names, else the post itself."""
    pixiv = str(row.get("pixiv_id") or "")
    if pixiv.isascii() and pixiv.isdigit() and len(pixiv) <= 18 and int(pixiv):
        return f"https://www.pixiv.net/artworks/{int(pixiv)}"
    given = row.get("source")
    text = _plain(given, MAX_SOURCE).strip() if isinstance(given, str) else ""
    return text or f"https://danbooru.donmai.us/posts/{key}"


def _plain(text: str, limit: int) -> str:
    """Text that can be written as UTF-8 and shown on one line."""
    text = text[:limit]
    if text.isascii() and text.isprintable():
        return text
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _refuse(posts: Posts) -> None:
    first = posts.broken[0]
    count = f"{len(posts.broken):,} of {posts.lines:,} lines of metadata are broken"
    raise NijigenError(
        f"{count}, first {first['file']} {first['detail']}: one JSON object of a post a line is expected"
    )
