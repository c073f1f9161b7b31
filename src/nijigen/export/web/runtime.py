"""onnxruntime-web: fetched once with npm, checked, and kept in nijigen's own folder.

>>> from nijigen.export.web.runtime import runtime_files
>>> sorted(runtime_files(["wasm"])["wasm"])          # doctest: +SKIP
['binary', 'script']

``runtime.toml`` pins the package and every file that is taken from it, so that what runs in a browser is what was
tried. npm downloads it, from wherever it is set up to download from; a package that is here already does as well.
"""

import base64
import contextlib
import gzip
import hashlib
import shutil
import subprocess
import tempfile
import tomllib
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from nijigen.data.layouts.tar import members, read_range
from nijigen.errors import NijigenError
from nijigen.files import write_bytes
from nijigen.store import home
from nijigen.weights import offline

MOST_UNPACKED = 2**28  # bytes; the package is 145 MB unpacked
LONGEST = 900  # seconds for npm
PIECES = ("script", "binary")

Files = dict[str, dict[str, bytes]]


@cache
def pinned() -> dict[str, Any]:
    """What ``runtime.toml`` says."""
    return tomllib.loads((files("nijigen.export.web") / "runtime.toml").read_text(encoding="utf-8"))


def runtime_files(
    backends: Sequence[str], package: str | Path | None = None, tell: Callable[[str], None] | None = None
) -> Files:
    """The contents of the files of some backends: backend → ``script`` and ``binary``.

    Args:
        backends: of ``wasm`` and ``webgpu``.
        package: the package as npm packs it, instead of asking npm.
        tell: called with one line before a download.

    Raises:
        NijigenError: no npm, no network, or another package than the pinned one; the line says what to do.
    """
    if package is None and (found := _kept(backends)):
        return found
    if package is not None:
        found = _unpack(Path(package), backends)
    else:
        with tempfile.TemporaryDirectory(prefix="nijigen-") as folder:
            found = _unpack(_packed_by_npm(Path(folder), tell), backends)
    for backend, pieces in found.items():
        for piece, data in pieces.items():
            with contextlib.suppress(OSError, NijigenError):  # it is here; it is only fetched again next time
                write_bytes(_folder() / f"{backend}-{piece}", data)
    return found


def _folder() -> Path:
    try:
        return home() / "runtimes" / f"{pinned()['package']}-{pinned()['version']}"
    except RuntimeError:
        raise NijigenError("there is no home folder to keep onnxruntime-web in: set NIJIGEN_HOME") from None


def _kept(backends: Sequence[str]) -> Files | None:
    """The files as they were kept, where all of them are as they should be."""
    found: Files = {}
    for backend in backends:
        for piece in PIECES:
            known = pinned()["backends"][backend][piece]
            try:
                path = _folder() / f"{backend}-{piece}"
                data = path.read_bytes() if path.stat().st_size == known["size"] else b""
            except OSError:
                return None
            if hashlib.sha256(data).hexdigest() != known["sha256"]:
                return None
            found.setdefault(backend, {})[piece] = data
    return found


def _packed_by_npm(folder: Path, tell: Callable[[str], None] | None) -> Path:
    name, version = pinned()["package"], pinned()["version"]
    wanted = f"{name}@{version}"
    instead = f"or give the package with --runtime {name}-{version}.tgz"
    if offline():
        raise NijigenError(f"{wanted} is not here, and NIJIGEN_OFFLINE is set: unset it, {instead}")
    npm = shutil.which("npm")
    if npm is None:
        raise NijigenError(f"{wanted} is fetched with npm, which is not installed: install Node.js, {instead}")
    if tell:
        tell(f"fetching {wanted} with npm ({pinned()['size'] / 1e6:.0f} MB, licence {pinned()['licence']})")
    # A folder of its own: a package.json of wherever we are must not change what npm does. Nothing of it is run.
    line = [npm, "pack", wanted, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, errors="replace", timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise NijigenError(f"npm did not fetch {wanted} within {LONGEST // 60} minutes: try again, {instead}") from None
    except OSError as error:
        raise NijigenError(f"npm cannot be run ({error.strerror or error}): repair Node.js, {instead}") from None
    packed = sorted(folder.glob("*.tgz"))
    if done.returncode or len(packed) != 1:
        said = [line for line in (done.stderr or done.stdout).splitlines() if "error" in line.lower()]
        reason = " ".join(said[0].split())[:200] if said else f"exit code {done.returncode}"
        raise NijigenError(f"npm could not fetch {wanted} ({reason}): see to the network and run it again, {instead}")
    return packed[0]


def _unpack(package: Path, backends: Sequence[str]) -> Files:
    """The files of some backends, from a package whose every byte is the pinned one's."""
    _check(package)
    found: Files = {}
    with tempfile.TemporaryDirectory(prefix="nijigen-") as folder:
        plain = Path(folder) / "package.tar"
        _gunzip(package, plain)
        places = {member.name: member for member in members(plain) if member.kind == "file" and member.whole}
        for backend in backends:
            for piece in PIECES:
                known = pinned()["backends"][backend][piece]
                member = places.get(known["member"])
                if member is None or member.size != known["size"]:
                    raise NijigenError(f"{package} has no {known['member']} of {known['size']:,} bytes")
                data = read_range(plain, member.offset, member.size)
                if hashlib.sha256(data).hexdigest() != known["sha256"]:
                    raise NijigenError(f"{package}: {known['member']} is another file than nijigen knows")
                found.setdefault(backend, {})[piece] = data
    return found


def _check(package: Path) -> None:
    name, version = pinned()["package"], pinned()["version"]
    try:
        size = package.stat().st_size
        digest = b""
        if size == pinned()["size"]:  # told without reading what may be a very large file
            with open(package, "rb") as file:
                digest = hashlib.file_digest(file, "sha512").digest()
    except OSError as error:
        raise NijigenError(f"--runtime {package}: {error.strerror}: give {name}-{version}.tgz") from None
    if base64.b64encode(digest).decode() != pinned()["integrity"]:
        raise NijigenError(
            f"{package} is not {name} {version} ({size:,} bytes, or another SHA-512 than the known one): "
            f"npm pack {name}@{version} fetches it"
        )


def _gunzip(package: Path, plain: Path) -> None:
    """Unpack into a file, but not without end."""
    written = 0
    try:
        with gzip.open(package) as source, open(plain, "wb") as target:
            while part := source.read(2**20):
                written += len(part)
                if written > MOST_UNPACKED:
                    raise NijigenError(f"{package} holds more than {MOST_UNPACKED >> 20} MiB: not unpacked")
                target.write(part)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NijigenError(f"{package} is damaged: {error}") from None
