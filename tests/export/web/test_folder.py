"""The folder for browsers: whole or not at all, with everything that its page asks for, and nothing of elsewhere."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.export.web import folder as writing
from nijigen.export.web.facts import map_bytes
from nijigen.export.web.folder import write_site
from nijigen.images.source import SourceType
from nijigen.images.xmp import read_xmp
from nijigen.models.package import Package, load_package

GRAPHS = {"mapping": b"mapping" * 50, "synthesis": b"synthesis" * 50}
RUNTIME = {"wasm": {"script": b"// script", "binary": b"\0asm" * 40}}
CARD: dict[str, Any] = {"export": {"precision": "int8"}, "licence": "CC0-1.0"}


@pytest.fixture
def package(tiny_run: Path) -> Package:
    return load_package(tiny_run / "model")


@pytest.fixture
def out(tmp_path: Path, packed: Path, package: Package) -> Path:
    write_site(tmp_path / "site", package, "tiny", GRAPHS, CARD, RUNTIME)
    return tmp_path / "site"


def site_of(out: Path) -> Any:
    return json.loads((out / "model" / "site.json").read_text(encoding="utf-8"))


def test_it_holds_what_the_page_asks_for(out: Path, package: Package) -> None:
    site = site_of(out)
    assert (site["name"], site["digest"], site["precision"]) == ("tiny", package.digest, "int8")
    assert (site["truncation"], site["maps"], site["runtime"]["webgpu"]) == (False, None, None)
    for name in ("mapping", "synthesis"):
        file = out / "model" / site[name]["file"]
        assert gzip.decompress(file.read_bytes()) == GRAPHS[name]
        assert file.stat().st_size == site[name]["bytes"]
    rows = np.frombuffer(gzip.decompress((out / "model" / site["rows"]["file"]).read_bytes()), "<f4")
    assert np.array_equal(rows.reshape(-1, package.schema.width), package.label_rows.numpy())
    wasm = site["runtime"]["wasm"]
    assert (out / "model" / wasm["script"]).read_bytes() == b"// script"
    assert gzip.decompress((out / "model" / wasm["binary"]["file"]).read_bytes()) == RUNTIME["wasm"]["binary"]
    assert json.loads((out / "model" / "card.json").read_text())["licence"] == "CC0-1.0"
    assert "Microsoft" in (out / "licences" / "onnxruntime-web.txt").read_text()
    xmp = read_xmp(site["xmp"].encode())
    assert (xmp.source, xmp.tool) == (SourceType.TRAINED.uri, "nijigen")
    assert site["digest"] in site["xmp"]
    assert "Cross-Origin-Embedder-Policy" in (out / "_headers").read_text()


def test_nothing_of_it_is_elsewhere(out: Path) -> None:
    """Every address in what a browser reads is relative, and leads to a file of the folder."""
    for path in out.rglob("*"):
        if path.suffix not in (".html", ".css", ".js", ".svg", ".json") or path.parent.name == "runtime":
            continue
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        if path.name == "site.json":  # names of XML in what is written into pictures; nobody fetches them
            text = json.dumps({key: value for key, value in json.loads(text).items() if key != "xmp"})
        assert not re.search(r"https?:|[\"'(]//", text), path
        named = re.findall(r'(?:href|src)="([^"#]+)"', text) if path.suffix == ".html" else []
        named += re.findall(r'from "([^"]+)"', text) if path.suffix == ".js" else []
        for target in named:
            assert not target.startswith("/"), (path, target)
            assert (path.parent / target).exists(), (path, target)


def test_the_same_again_is_the_same(out: Path, tmp_path: Path, package: Package) -> None:
    write_site(tmp_path / "again", package, "tiny", GRAPHS, CARD, RUNTIME)
    files = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    again = tmp_path / "again"
    assert files == {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}


def test_what_was_there_stays_until_the_end(
    out: Path, package: Package, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (out / "old").write_text("from before")
    with monkeypatch.context() as patch:
        patch.setattr(writing, "row_bytes", lambda package: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_site(out, package, "tiny", GRAPHS, CARD, RUNTIME)
    assert (out / "old").exists()
    write_site(out, package, "tiny", GRAPHS, CARD, RUNTIME)
    assert not (out / "old").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_other_files_are_not_lost(tmp_path: Path, packed: Path, package: Package) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "novel.txt").write_text("chapter one")
    with pytest.raises(NijigenError, match="mine holds other files"):
        write_site(tmp_path / "mine", package, "tiny", GRAPHS, CARD, RUNTIME)
    with pytest.raises(NijigenError, match="is a file"):
        write_site(tmp_path / "mine" / "novel.txt", package, "tiny", GRAPHS, CARD, RUNTIME)
    assert (tmp_path / "mine" / "novel.txt").read_text() == "chapter one"


def test_without_labels(tmp_path: Path, packed: Path, plain_run: Path) -> None:
    write_site(tmp_path / "site", load_package(plain_run / "model"), "plain", GRAPHS, CARD, RUNTIME)
    site = site_of(tmp_path / "site")
    assert (site["rows"], site["words"], site["schema"]["attributes"]) == (None, {}, [])


def test_noise_maps_are_those_of_training() -> None:
    from nijigen.edit.maps import maps_of
    from nijigen.models.contract import Shape
    from nijigen.models.registry import find_family

    family = find_family("stylegan2")
    options = family.options.model_validate({"latent": 8, "latent_width": 8, "channel_base": 64, "noise": True})
    generator: Any = family.build(Shape(16, 3, 0), options)["generator"]
    found = np.frombuffer(map_bytes(generator), "<f4")
    assert len(found) > 0
    assert torch.equal(torch.from_numpy(found.copy()), maps_of(generator))


def test_mistakes(command: Callable[..., Any], tmp_path: Path, packed: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "novel.txt").write_text("chapter one")
    command("export", "chibi", "--to", "web", "--out", tmp_path / "mine").refused("--out", "other files")
    command("export", "chibi", "--to", "wev").refused("--to wev", "did you mean", "web")
    command("export", "chibi", "--webgpu").refused("--webgpu", "--to web")
    command("export", "nobody", "--to", "web").refused("nobody")
    bad = tmp_path / "bad.tgz"
    bad.write_bytes(b"no package")
    line = ("export", "chibi", "--to", "web", "--out", tmp_path / "site", "--runtime")
    command(*line, bad).refused("bad.tgz", "is not onnxruntime-web", "npm pack")
    assert not (tmp_path / "site").exists()
    command(*line, packed, "--precision", "fp15").refused("fp15", "fp16")
