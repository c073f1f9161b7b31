"""The ways to compute with a model: PyTorch as it is, PyTorch compiled, and onnxruntime.

Each is a :class:`Generator` like any other, so that whatever maps, truncates and synthesizes needs not know which it
has. Only what looks inside, or takes slopes, needs the network itself: ``torch``.
"""

import contextlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nijigen.edit.maps import injections
from nijigen.errors import NijigenError, did_you_mean
from nijigen.export.folder import write_export
from nijigen.export.graphs import packed_maps
from nijigen.export.running import Graphs
from nijigen.export.tracing import need_tools
from nijigen.files import locked
from nijigen.images.onnx import first_line
from nijigen.machine import describe
from nijigen.models.contract import Entrance, Generator, Part
from nijigen.models.package import CARD_FILE, Package, Stored
from nijigen.store import home

AUTO = "auto"
ENGINES = ("torch", "compiled", "onnx")
GRAPHS = 1  # counted up when the graphs change that a model is exported as


@dataclass(frozen=True)
class Engine:
    """One way to compute, opened.

    Attributes:
        name: of :data:`ENGINES`.
        generator: what maps, truncates and synthesizes.
        words: as a birth certificate names it, with versions.
    """

    name: str
    generator: Generator
    words: str

    def facts(self, device: torch.device) -> dict[str, Any]:
        """What decides the last digits of a result, for the birth certificate."""
        return {**describe(device), "engine": self.words}


def check_engine(name: str) -> str:
    """The name again.

    Raises:
        NijigenError: there is no such engine.
    """
    known = (AUTO, *ENGINES)
    if name not in known:
        raise NijigenError(f"--engine {name}{did_you_mean(name, known)}: use {', '.join(known)}")
    return name


def engine_of(certificate: Mapping[str, Any]) -> str:
    """The engine that an avatar was made with; PyTorch where the certificate says nothing that is known."""
    said = str(certificate.get("engine", ""))
    if said.startswith("onnxruntime "):
        return "onnx"
    return "compiled" if said.startswith("torch ") and said.endswith(" compiled") else "torch"


def open_engine(name: str, package: Package, device: torch.device) -> Engine:
    """An engine for a model whose generator lies on the device.

    Raises:
        NijigenError: what it needs is not installed, or it does not work on the device.
    """
    generator, version = package.generator, torch.__version__.partition("+")[0]
    if name == "compiled":
        return Engine(name, CompiledGenerator(generator), f"torch {version} compiled")
    if name == "onnx":
        if device.type != "cpu":
            raise NijigenError(f"--engine onnx computes on the CPU, not on {device.type}: add --device cpu")
        graphs = cached_graphs(package, torch.get_num_threads())
        import onnxruntime

        return Engine(name, OnnxGenerator(generator, graphs), f"onnxruntime {onnxruntime.__version__}, torch {version}")
    return Engine(name, generator, str(describe(device)["engine"]))


class _Around(Generator):
    """A generator that computes in another way and is otherwise the one inside."""

    def __init__(self, inside: Generator) -> None:
        super().__init__()
        self.inside = inside
        self.shape, self.z_dim, self.layers, self.decided = inside.shape, inside.z_dim, inside.layers, inside.decided
        self.eval()

    def mean_latent(self) -> Tensor:
        return self.inside.mean_latent()

    @property
    def has_mean_latent(self) -> bool:
        return self.inside.has_mean_latent

    def entrances(self) -> list[Entrance]:
        return self.inside.entrances()

    def parts(self) -> list[Part]:
        return self.inside.parts()


class OnnxGenerator(_Around):
    """A generator whose graphs run in onnxruntime; without slopes.

    Args:
        inside: the network, which says what noise its layers have now.
        graphs: its export.
    """

    def __init__(self, inside: Generator, graphs: Graphs) -> None:
        super().__init__(inside)
        self.graphs = graphs

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """See :meth:`Generator.map`."""
        return self.graphs.latent(z, labels)

    def synthesize(self, latent: Tensor) -> Tensor:
        """See :meth:`Generator.synthesize`; a network that has not grown up has its pixels repeated already."""
        known = injections(self.inside)
        if not known:
            return self.graphs.images(latent)
        return self.graphs.images(latent, known[0].scale, packed_maps(self.inside))

    def truncate(self, latent: Tensor, strength: float, labels: Tensor, z: Tensor | None = None) -> Tensor:
        """See :meth:`Generator.truncate`; middles are made one by one, as there."""
        if z is None and self.decided:
            return self.inside.truncate(latent, strength, labels)
        noise = torch.zeros(len(latent), self.z_dim) if z is None else z
        rows = zip(torch.split(noise, 1), torch.split(labels, 1), strict=True)
        middle = torch.cat([self.graphs.latent(row, label, 0.0) for row, label in rows])
        return middle.lerp(latent, strength)


class CompiledGenerator(_Around):
    """A generator compiled by ``torch.compile``: a minute or so for the first picture of each size of batch."""

    def __init__(self, inside: Generator) -> None:
        super().__init__(inside)
        self._compiled: dict[str, Callable[..., Tensor]] = {
            name: torch.compile(getattr(inside, name), dynamic=False) for name in ("map", "synthesize")
        }

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """See :meth:`Generator.map`."""
        return self._call("map", z, labels)

    def synthesize(self, latent: Tensor) -> Tensor:
        """See :meth:`Generator.synthesize`."""
        return self._call("synthesize", latent)

    def truncate(self, latent: Tensor, strength: float, labels: Tensor, z: Tensor | None = None) -> Tensor:
        """See :meth:`Generator.truncate`; not compiled."""
        return self.inside.truncate(latent, strength, labels, z)

    def _call(self, name: str, *tensors: Tensor) -> Tensor:
        try:
            with torch.no_grad():
                return self._compiled[name](*tensors).clone()
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # the compiler has a type of its own for everything
            raise NijigenError(
                f"--engine compiled does not work here ({first_line(error)[:120]}): it needs a C++ compiler like g++;"
                " install one, or use --engine torch"
            ) from None


def cached_graphs(package: Package, threads: int) -> Graphs:
    """The graphs of a model, exported on first use and kept in the folder of what nijigen remembers.

    Raises:
        NijigenError: the packages for exporting are missing, or ONNX cannot hold the network.
    """
    folder = graphs_folder(package.digest)
    for _ in range(2):
        if not (folder / CARD_FILE).is_file():
            _export(package, folder)
        try:
            return Graphs(folder, threads)
        except NijigenError:
            need_tools()  # if onnxruntime is missing, that is what is to be said
            shutil.rmtree(folder, ignore_errors=True)  # damaged: once more
    raise NijigenError(f"the exported graphs in {folder} cannot be opened: use --engine torch")


def graphs_folder(digest: str) -> Path:
    """Where the graphs of a model are kept: another version of PyTorch traces others."""
    version = torch.__version__.partition("+")[0]
    return home() / "onnx" / f"{digest[:32]}-{GRAPHS}-torch{version}"


def _export(package: Package, folder: Path) -> None:
    stored = Stored(package.generator, package.schema, package.label_rows, package.card, package.digest)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(NijigenError):  # another process makes them too: both come out whole
            stack.enter_context(locked(folder.parent, f".{folder.name}.lock"))
        if not (folder / CARD_FILE).is_file():
            write_export(stored, folder, "fp32")
