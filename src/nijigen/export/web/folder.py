"""A static folder with a page, a model and what runs it: any web server shows it, nothing of it comes from elsewhere.

Networks, label rows and WebAssembly are packed with gzip once more, and the page unpacks them: a host that packs
nothing on the way costs its visitors nothing. Every address in the folder is relative, so that it may lie anywhere.
"""

import gzip
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError
from nijigen.export.web.facts import map_bytes, model_facts, row_bytes
from nijigen.export.web.runtime import Files, pinned
from nijigen.files import locked, replace_folder
from nijigen.models.package import Package

FORMAT_VERSION = 1
MARK = "<!-- preload -->"  # where index.html names files that are wanted soon
SITE = "model/site.json"  # a folder that has it was written here, and may be replaced


@dataclass(frozen=True)
class Site:
    """What was written: the bytes a visitor's browser fetches before the first avatar, and those of the folder."""

    folder: Path
    fetched: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"folder": str(self.folder), "fetched": self.fetched, "bytes": self.bytes}

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{self.folder}: a page of {self.fetched / 1e6:.1f} MB, for any web server; README.md there says how",
            f"nijigen preview {self.folder} shows it on this computer",
        ]


def write_site(
    out: Path, package: Package, name: str, graphs: Mapping[str, bytes], card: Mapping[str, Any], runtime: Files
) -> Site:
    """Write the folder, or nothing: what was there before is replaced at the end, by one rename.

    Args:
        graphs: ``mapping`` and ``synthesis`` as ONNX files.
        card: of the export: the model's, and what was checked of the graphs.
        runtime: see :func:`nijigen.export.web.runtime.runtime_files`.

    Raises:
        NijigenError: ``out`` holds something else, or cannot be written.
    """
    check_place(out)
    with locked(out.absolute().parent, f".{out.name}.lock"):
        beside = out.with_name(f".{out.name[:80]}.{secrets.token_hex(6)}.part")
        try:
            site = _write(beside, package, name, graphs, card, runtime)
            replace_folder(beside, out)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        finally:
            out.with_name(f".{out.name}.lock").unlink(missing_ok=True)
    return Site(out, site.fetched, site.bytes)


def check_place(out: Path) -> None:
    """See that a folder may be written there.

    Raises:
        NijigenError: there is something that was not written by an export for the web.
    """
    if not out.name:
        raise NijigenError(f"--out {out}: give the name of a new folder")
    if out.is_dir() and any(out.iterdir()) and not (out / SITE).is_file():
        raise NijigenError(f"--out {out} holds other files, which would be lost: give a new folder")
    if out.exists() and not out.is_dir():
        raise NijigenError(f"--out {out} is a file: give a folder")


def _write(
    folder: Path, package: Package, name: str, graphs: Mapping[str, bytes], card: Mapping[str, Any], runtime: Files
) -> Site:
    for path, data in _page_files(files("nijigen.export") / "page"):
        _put(folder / path, data)
    site = {"format_version": FORMAT_VERSION, **model_facts(package, name, str(card["export"]["precision"]))}
    packed = {"mapping.onnx": graphs["mapping"], "synthesis.onnx": graphs["synthesis"]}
    packed |= {"rows.bin": row_bytes(package), "maps.bin": map_bytes(package.generator)}
    for file, data in packed.items():
        site[file.partition(".")[0]] = _pack(folder / "model", file, data) if data else None
    site["runtime"] = {"version": pinned()["version"], **dict.fromkeys(pinned()["backends"])}
    for backend, pieces in runtime.items():
        script = f"{pinned()['package']}.{backend}"
        _put(folder / "runtime" / f"{script}.js", pieces["script"])
        binary = _pack(folder / "runtime", f"{script}.wasm", pieces["binary"])
        binary["file"] = f"../runtime/{binary['file']}"
        site["runtime"][backend] = {"script": f"../runtime/{script}.js", "binary": binary}
    _put(folder / SITE, json.dumps(site, ensure_ascii=False, separators=(",", ":")).encode())
    _name_files(folder, every=len(runtime) == 1)
    sizes = {path.relative_to(folder): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    fetched = sum(size for path, size in sizes.items() if _is_fetched(path))
    whole = sum(sizes.values()) + _put(folder / "model" / "card.json", json.dumps(card, ensure_ascii=False).encode())
    return Site(folder, fetched, whole)


def _name_files(folder: Path, every: bool) -> None:
    """Write into the page what a visitor's browser will want, so that it asks for all of it at once.

    Args:
        every: also what runs networks; not where the browser chooses between several.
    """
    modules = [f"js/{path.name}" for path in sorted((folder / "js").glob("*.js")) if path.name != "worker.js"]
    data = [SITE, *(f"model/{path.name}" for path in sorted((folder / "model").glob("*.gz")))]
    if every:
        data += [f"runtime/{path.name}" for path in sorted((folder / "runtime").glob("*.gz"))]
    links = [f'<link rel="modulepreload" href="{path}">' for path in modules]
    links += [f'<link rel="preload" as="fetch" crossorigin href="{path}">' for path in data]
    page = folder / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace(MARK, "\n  ".join(links)), encoding="utf-8")


def _is_fetched(path: Path) -> bool:
    """Whether a browser without a GPU fetches a file before the first avatar is there."""
    return path.suffix in (".html", ".css", ".js", ".svg", ".json", ".gz") and ".webgpu." not in path.name


def _page_files(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        inner = f"{path}{entry.name}"
        if entry.is_dir():
            yield from _page_files(entry, f"{inner}/")
        else:
            yield inner, entry.read_bytes()


def _pack(folder: Path, name: str, data: bytes) -> dict[str, Any]:
    """A file packed with gzip, the same bytes each time; its name and its size as the page is told them."""
    return {"file": f"{name}.gz", "bytes": _put(folder / f"{name}.gz", gzip.compress(data, 9, mtime=0))}


def _put(path: Path, data: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(data)
