"""Weights of others: which files nijigen can use, whose they are, and where to find them.

    >>> from nijigen.weights import find_weights
    >>> find_weights("animeface")          # doctest: +SKIP
    PosixPath('/home/ada/.local/share/nijigen/weights/lbpcascade_animeface.xml')

``weights.toml`` names each file with its SHA-256, so that what is used is what was tried. It is looked for in
``NIJIGEN_WEIGHTS`` (folders, separated as in PATH), then in ``weights/`` of nijigen's own folder, and then downloaded
into the latter from where its author publishes it. ``NIJIGEN_OFFLINE=1`` forbids that.
"""

import contextlib
import hashlib
import os
import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from nijigen.download import DownloadError, fetch
from nijigen.errors import NijigenError, did_you_mean
from nijigen.files import write_bytes
from nijigen.store import home
from nijigen.trust import fetch_on_trust, pinned

SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Weights:
    """A file, or a folder of files, of someone else.

    Attributes:
        file: its name; url: where its author publishes it, or empty; page: the project it belongs to, or empty.
        sha256: of the file; of a folder, that of the lines ``SHA-256  NAME`` of its files, sorted by name. Empty:
            nobody here has seen the file, and it is fetched only on trust (:mod:`nijigen.trust`).
        size: bytes, of all files together; without a SHA-256 about so many, 0: unknown.
        extra: what ``pip install "nijigen[EXTRA]"`` must have added to use it, or empty.
    """

    name: str
    file: str
    url: str
    page: str
    sha256: str
    size: int
    licence: str
    author: str
    extra: str
    use: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of ``nijigen weights``: ``path`` is None where it is not here, ``problem`` says why it is of no use."""

    weights: Weights
    path: Path | None
    problem: str = ""


@cache
def registry() -> dict[str, Weights]:
    """Everything that ``weights.toml`` names, by name."""
    rows = tomllib.loads((files("nijigen") / "weights.toml").read_text(encoding="utf-8"))
    return {name: Weights(name=name, **row) for name, row in rows.items()}


def known_weights(name: str) -> Weights:
    """What is known of the weights called ``name``.

    Raises:
        NijigenError: there are none of that name; the nearest is given.
    """
    known = registry()
    if name not in known:
        raise NijigenError(f"no weights {name!r}{did_you_mean(name, known)}: see nijigen weights")
    return known[name]


def find_weights(name: str, tell: Callable[[str], None] | None = None, trust: bool = False) -> Path:
    """The file or folder of the weights called ``name``, downloaded where it is not here yet.

    Args:
        tell: called with one line before a download, and after one that could not be checked.
        trust: download also what has no known digest.

    Raises:
        NijigenError: there are none of that name; they are not here and cannot be downloaded (the line says what to
            put where), or only on trust; or the file found is another one than nijigen knows.
    """
    weights = known_weights(name)
    path = _here(weights)
    if path is None:
        return _download(weights, tell, trust)
    if problem := _difference(weights, path):
        raise NijigenError(f"{path} is not the {name} that nijigen knows ({problem}): {_how_to_get(weights)}")
    return path


def find_file(name: str) -> Path | None:
    """A file that nobody but its owner knows, by its name in the same folders; None where there is none."""
    return _place_of(name)


def list_weights(names: Collection[str] | None = None) -> list[Listed]:
    """Every known file: where it is on this machine, if it is, and whether it is the right one. Downloads nothing.

    Args:
        names: these alone are looked at.
    """
    rows = []
    for weights in (one for one in registry().values() if names is None or one.name in names):
        path = _here(weights)
        try:
            problem = _difference(weights, path) if path else ""
        except NijigenError as error:
            problem = str(error)
        rows.append(Listed(weights, path, problem))
    return rows


def weights_folder() -> Path:
    """Where downloads go.

    Raises:
        NijigenError: this user has no home folder.
    """
    try:
        return home() / "weights"
    except RuntimeError:
        raise NijigenError("there is no home folder for weights: set NIJIGEN_HOME or NIJIGEN_WEIGHTS") from None


def offline() -> bool:
    """Whether ``NIJIGEN_OFFLINE`` forbids downloads."""
    return os.environ.get("NIJIGEN_OFFLINE", "").strip().lower() not in ("", "0", "no", "false", "off")


def _folders() -> Iterator[Path]:
    yield from (Path(part) for part in os.environ.get("NIJIGEN_WEIGHTS", "").split(os.pathsep) if part)
    with contextlib.suppress(NijigenError):
        yield weights_folder()


def _here(weights: Weights) -> Path | None:
    return _place_of(weights.file)


def _place_of(name: str) -> Path | None:
    """The first of that name in the folders, or one folder further down."""
    for folder in _folders():
        with contextlib.suppress(OSError):
            inner = sorted(entry for entry in folder.iterdir() if entry.is_dir())
            for place in (folder, *inner):
                if (place / name).exists():
                    return place / name
    return None


def _difference(weights: Weights, path: Path) -> str:
    """What tells ``path`` from the file that is known; empty where nothing does."""
    expected = weights.sha256 or pinned(path)
    if not expected:
        return ""
    try:
        parts = [path] if path.is_file() else sorted(filter(_counts, path.iterdir()))
        stats = [part.stat() for part in parts]
        size = sum(stat.st_size for stat in stats)
        if weights.sha256 and size != weights.size:  # told without reading what may be a very large file
            return f"expected {weights.size} bytes, found {size}"
        digests = [_sha256(part, stat.st_size, stat.st_mtime_ns) for part, stat in zip(parts, stats, strict=True)]
    except OSError as error:
        raise NijigenError(f"cannot read {error.filename or path}: {error.strerror}; make it readable") from None
    found = digests[0] if path.is_file() else _sha256_of_folder(parts, digests)
    if found == expected:
        return ""
    return f"SHA-256 expected {expected[:SHOWN_DIGITS]}…, found {found[:SHOWN_DIGITS]}…"


def _counts(part: Path) -> bool:
    """Whether a file belongs to the weights in its folder; hidden files are what systems leave behind."""
    return part.is_file() and not part.name.startswith(".")


@lru_cache(maxsize=512)
def _sha256(path: Path, size: int, changed: int) -> str:
    """Of one file; remembered as long as neither its size nor its time changes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256_of_folder(parts: list[Path], digests: list[str]) -> str:
    lines = (f"{digest}  {part.name}\n" for part, digest in zip(parts, digests, strict=True))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _download(weights: Weights, tell: Callable[[str], None] | None, trust: bool) -> Path:
    if offline() or not weights.url:
        reason = "NIJIGEN_OFFLINE is set" if offline() and weights.url else ""
        raise NijigenError(_absent(weights, reason))
    target = weights_folder() / weights.file
    if not weights.sha256 and not trust:
        raise NijigenError(
            f"no SHA-256 of {weights.name} is known, so what {weights.url} sends cannot be checked: "
            f"nijigen weights get {weights.name} --trust takes it all the same; nothing in it is run"
        )
    if tell:
        tell(f"downloading {weights.file} ({weights.size / 1e6:.1f} MB, {weights.licence}) from {weights.url}")
    try:
        if not weights.sha256:
            digest = fetch_on_trust(weights.url, weights.size, target)
            if tell:
                tell(f"not checked: SHA-256 {digest}; it is kept beside the file, which must have it from now on")
            return target
        data = fetch(weights.url, weights.size)
    except DownloadError as error:
        raise NijigenError(_absent(weights, str(error))) from None
    except OSError as error:
        raise NijigenError(_unwritable(target, error)) from None
    found = hashlib.sha256(data).hexdigest()
    if found != weights.sha256:
        expected = f"expected {weights.sha256[:SHOWN_DIGITS]}…, found {found[:SHOWN_DIGITS]}…"
        raise NijigenError(f"{weights.url} is not the {weights.name} that nijigen knows (SHA-256 {expected}): not kept")
    try:
        return write_bytes(target, data)
    except OSError as error:
        raise NijigenError(_unwritable(target, error)) from None


def _unwritable(target: Path, error: OSError) -> str:
    return f"cannot write {target}: {error.strerror}; set NIJIGEN_HOME to a folder that can be written"


def _absent(weights: Weights, reason: str) -> str:
    return f"{weights.name} is not here{f' ({reason})' if reason else ''}: {_how_to_get(weights)}"


def _how_to_get(weights: Weights) -> str:
    """What to put where."""
    places = "into a folder named in NIJIGEN_WEIGHTS"
    with contextlib.suppress(NijigenError):
        places = f"into {weights_folder()} or {places}"
    if weights.url:
        return f"download {weights.url} and put it as {weights.file} {places}"
    origin = f"it belongs to {weights.page}" if weights.page else "no address to download it from is known"
    return f"put {weights.file} {places}; {origin}"
