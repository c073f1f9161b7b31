"""A model as a folder of ONNX files: made, compared with the network, and written as a whole or not at all.

>>> from nijigen.export.folder import export_model
>>> export_model("chibi", "chibi-onnx").check.worst < 1e-4      # doctest: +SKIP
True
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import nijigen
from nijigen.errors import NijigenError, did_you_mean
from nijigen.export.checking import INPUTS, LIMIT, Difference, compare, compare_translation
from nijigen.export.graphs import Mapping, Synthesis, Translation
from nijigen.export.precision import PRECISIONS, Precision, in_precision
from nijigen.export.running import MAPPING_FILE, SYNTHESIS_FILE, TRANSLATION_FILE, Graphs, TranslationGraph
from nijigen.export.tracing import OPSET, need_tools, traced, with_card
from nijigen.files import locked, remove_unfinished, replace_folder, write_json
from nijigen.images.onnx import first_line
from nijigen.models.contract import Generator
from nijigen.models.package import CARD_FILE, Stored, read_stored
from nijigen.models.translator import Translator
from nijigen.store import GENERATOR_FILE, find_model, remember

LARGEST = 2**31 - 1  # bytes of a file in ONNX without others beside it


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: with the files.
        bytes: of each file in ONNX.
        precision: of the weights.
        check: the float32 graphs against PyTorch.
        difference: pictures of the files written against PyTorch; of float32 the same as ``check``.
    """

    folder: Path
    bytes: dict[str, int]
    precision: Precision
    check: Difference
    difference: Difference

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        found = {"folder": str(self.folder), "bytes": self.bytes, "precision": self.precision}
        return {**found, "check": self.check.as_dict(), "difference": self.difference.as_dict()}

    def lines(self) -> list[str]:
        """For people."""
        size = sum(self.bytes.values()) / 1e6
        files = " and ".join(self.bytes)
        lines = [
            f"{self.folder}: {files}, {size:.1f} MB, {self.precision}",
            f"PyTorch and onnxruntime differ by {self.check.worst:.1e} at most on {self.check.inputs} random inputs",
        ]
        if self.precision != "fp32":
            lines.append(f"pictures in {self.precision}: {self.difference.line()}")
        if self.precision == "fp16":
            lines.append("fp16 is for graphics chips and browsers: a CPU is slower with it than with fp32 or int8")
        return lines


def export_model(
    model: str | Path,
    out: str | Path | None = None,
    precision: str = "fp32",
    step: Callable[[int], object] = lambda made: None,
) -> Exported:
    """Write a model as a folder of ONNX files.

    Avatars: ``mapping.onnx`` and ``synthesis.onnx``; a translator: ``translation.onnx``. Beside them ``card.json``, the
    model's card, which is in the files too.

    Args:
        model: a name, a run folder, a model folder or a file.
        out: the folder; by default the model's name with ``-onnx`` behind, here. A former export is replaced.
        precision: fp32, fp16 (computed in 16 bits) or int8 (kept in 8 bits, computed in 32).
        step: is told how many inputs were compared; see :func:`steps`.

    Raises:
        NijigenError: no such model, a network that ONNX cannot hold, graphs that make other pictures than the network,
            a folder with other things in it, or a missing package.
    """
    if precision not in PRECISIONS:
        raise NijigenError(f"--precision {precision}{did_you_mean(precision, PRECISIONS)}: use {', '.join(PRECISIONS)}")
    need_tools()
    path = find_model(model)
    stored = read_stored(path / GENERATOR_FILE if path.is_dir() else path)
    name = str(stored.card.get("name") or path.stem)
    folder = Path(out) if out is not None else Path(f"{name}-onnx")
    check_place(folder)
    remember(path)
    return write_export(stored, folder, precision, step)


def write_export(
    stored: Stored, folder: Path, precision: Precision, step: Callable[[int], object] = lambda made: None
) -> Exported:
    """The same of a model that was read already, into a folder that may be replaced."""
    plain = graphs_of(stored)
    wanted = {file: in_precision(graph, precision, file == MAPPING_FILE) for file, graph in plain.items()}
    for file, graph in wanted.items():
        if len(graph) > LARGEST:
            raise NijigenError(f"{file} would have {len(graph):,} bytes, more than ONNX holds: use --precision int8")
    with _beside(folder) as beside:
        check = _checked(beside, plain, stored, step)
        if not check.worst <= LIMIT:
            raise NijigenError(
                f"the exported networks differ from PyTorch by {check.worst:.1e}, more than {LIMIT:.0e}: nothing was"
                " written; a model that was hardly trained may have such numbers, others are a mistake of nijigen"
            )
        found = check if precision == "fp32" else _checked(beside, wanted, stored, step)
        if found.image == float("inf"):
            raise NijigenError(f"this model makes numbers that {precision} cannot hold: use --precision int8 or fp32")
        card = {**stored.card, "digest": stored.digest, "export": _facts(stored, precision, check, found)}
        sizes = {}
        for file, graph in wanted.items():
            (beside / file).write_bytes(with_card(graph, card))
            sizes[file] = (beside / file).stat().st_size
        write_json(beside / CARD_FILE, card)
        replace_folder(beside, folder)
    return Exported(folder, sizes, precision, check, found)


def steps(precision: str) -> int:
    """How many inputs :func:`export_model` compares."""
    return INPUTS if precision == "fp32" else 2 * INPUTS


def graphs_of(stored: Stored) -> dict[str, bytes]:
    """The graphs of a model by the names of their files, in float32.

    Raises:
        NijigenError: ONNX cannot hold them.
    """
    network = stored.network
    if isinstance(network, Translator):
        translation = Translation(network)
        return {TRANSLATION_FILE: traced(translation, translation.inputs(), "image")}
    assert isinstance(network, Generator)
    mapping, synthesis = Mapping(network), Synthesis(network)
    latent = _latent(mapping)
    return {
        MAPPING_FILE: traced(mapping, mapping.inputs(), "latent"),
        SYNTHESIS_FILE: traced(synthesis, synthesis.inputs(latent), "image"),
    }


def check_place(folder: Path) -> None:
    """See that a folder may be written: it is new, empty, or a former export.

    Raises:
        NijigenError: there is something else.
    """
    if not folder.exists():
        return
    inside = {entry.name for entry in folder.iterdir()} if folder.is_dir() else {"itself"}
    if inside - {MAPPING_FILE, SYNTHESIS_FILE, TRANSLATION_FILE, CARD_FILE}:
        raise NijigenError(f"--out {folder} holds other things than a former export: choose another folder")


@torch.no_grad()
def _latent(mapping: nn.Module) -> Tensor:
    assert isinstance(mapping, Mapping)
    z, *rest = (one.example for one in mapping.inputs().values())
    labels = rest[0] if mapping.generator.shape.label_width else z[:, :0]
    return mapping.generator.map(z, labels)


def _checked(beside: Path, graphs: dict[str, bytes], stored: Stored, step: Callable[[int], object]) -> Difference:
    for file, graph in graphs.items():
        (beside / file).write_bytes(graph)
    network, threads = stored.network, torch.get_num_threads()
    if isinstance(network, Translator):
        return compare_translation(TranslationGraph(beside, threads), network, step)
    assert isinstance(network, Generator)
    rows = stored.label_rows
    rows = torch.zeros(1, stored.schema.width) if rows is None or not len(rows) else rows
    return compare(Graphs(beside, threads), network, rows, step)


def _facts(stored: Stored, precision: Precision, check: Difference, found: Difference) -> dict[str, Any]:
    """What the card says of the export."""
    import onnxruntime

    facts: dict[str, Any] = {
        "nijigen": nijigen.__version__,
        "precision": precision,
        "opset": OPSET,
        "checked_with": f"torch {torch.__version__.partition('+')[0]}, onnxruntime {onnxruntime.__version__}",
        "check": check.as_dict(),
    }
    network = stored.network
    if isinstance(network, Translator):
        facts |= {"multiple": network.multiple, "least": network.least}
    elif isinstance(network, Generator):
        facts |= {"z_dim": network.z_dim, "layers": network.layers, "label_width": network.shape.label_width}
        facts |= {"truncation": network.has_mean_latent, "noise_sides": Synthesis(network).sides}
    if precision != "fp32":
        facts["difference"] = found.as_dict()
    return facts


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A new folder beside the one that it is to take the place of; gone if that does not happen.

    What a killed export of this name left goes first, unless another one is at work on it: then both come out whole.
    """
    lock = f".{folder.name}.exporting"
    with ExitStack() as stack:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with suppress(NijigenError):
                stack.enter_context(locked(folder.parent, lock))
                stack.callback((folder.parent / lock).unlink, missing_ok=True)
                remove_unfinished(folder.parent, folder.name)
            beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
        except OSError as error:
            raise NijigenError(f"cannot write {folder}: {first_line(error)}; choose another place") from None
        stack.callback(shutil.rmtree, beside, ignore_errors=True)
        beside.chmod(0o755)
        yield beside
