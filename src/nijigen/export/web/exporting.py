"""From a model to a folder for browsers: its graphs made and checked, what runs them fetched, the page put around them.

>>> from nijigen.export.web.exporting import export_site
>>> export_site("chibi", "web-chibi").fetched < 20e6      # doctest: +SKIP
True
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from nijigen.export.folder import Exported, export_model
from nijigen.export.running import MAPPING_FILE, SYNTHESIS_FILE
from nijigen.export.web.folder import Site, check_place, write_site
from nijigen.export.web.runtime import runtime_files
from nijigen.models.package import CARD_FILE, load_package
from nijigen.store import find_model, read_card


def export_site(
    model: str | Path,
    out: str | Path | None = None,
    precision: str = "fp32",
    *,
    webgpu: bool = False,
    runtime: str | Path | None = None,
    step: Callable[[int], object] = lambda made: None,
    tell: Callable[[str], None] | None = None,
) -> tuple[Site, Exported]:
    """Write a folder that any static web server shows: a page that makes the model's avatars in the browser.

    Args:
        model: a name, a run folder, a model folder or a file.
        out: the folder; by default ``web-`` and the model's name. A former one is replaced as a whole.
        precision: as for :func:`nijigen.export.folder.export_model`.
        webgpu: put the backend for graphics chips in too; a browser takes it where it finds one.
        runtime: onnxruntime-web as npm packs it, instead of asking npm.
        step: is told how many inputs were compared.
        tell: called with one line before a download.

    Raises:
        NijigenError: as :func:`export_model` and :func:`runtime_files`; a translator; a folder with other things in it.
    """
    path = find_model(model)
    name = str(read_card(path).get("name") or path.stem)
    folder = Path(out) if out is not None else Path(f"web-{name}")
    check_place(folder)
    package = load_package(path)
    files = runtime_files(["wasm", "webgpu"] if webgpu else ["wasm"], runtime, tell)
    with tempfile.TemporaryDirectory(prefix="nijigen-") as beside:
        exported = export_model(model, Path(beside) / "onnx", precision, step)
        graphs = {
            "mapping": (exported.folder / MAPPING_FILE).read_bytes(),
            "synthesis": (exported.folder / SYNTHESIS_FILE).read_bytes(),
        }
        card = json.loads((exported.folder / CARD_FILE).read_text(encoding="utf-8"))
    return write_site(folder, package, name, graphs, card, files), exported
