"""Which engine a model is used with: what was measured of it on this machine decides.

A measurement is kept by model, processor, threads and versions. It says how long an engine takes to be ready and how
long for a batch; so the choice is that of the shortest work as a whole, and one avatar never waits for a compiler.
"""

import contextlib
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nijigen.engine.engines import AUTO, Engine, check_engine, engine_of, open_engine
from nijigen.engine.look import Look
from nijigen.errors import NijigenError
from nijigen.files import write_json
from nijigen.machine import describe
from nijigen.models.package import Package
from nijigen.store import home

MEASURED = ("torch", "onnx")  # what is measured unasked; the compiler's minute has to be asked for
BATCHES = (1, 16)
ROUNDS = 7  # of each engine, in turns
MANY = 200  # avatars: below, measuring is not even thought of
PAYS = 60.0  # seconds of work from which on measuring is worth its while
SURELY = 0.9  # another engine than torch has to take less than so much of its time


@dataclass(frozen=True)
class Timing:
    """Of an engine: seconds until it is ready, and for a batch of a size."""

    ready: float
    batches: dict[int, float]

    def work(self, count: int, batch: int) -> float:
        """Seconds for so many avatars in such batches: as the nearest size of batch that was measured."""
        nearest = min(self.batches, key=lambda size: abs(size - batch))
        return self.ready + count * self.batches[nearest] / nearest


class Engines:
    """The engines of one model, each opened when it is first wanted.

    Args:
        wanted: a name, or ``auto``.

    Raises:
        NijigenError: there is no such engine.
    """

    def __init__(self, package: Package, device: torch.device, wanted: str = AUTO) -> None:
        self._package, self._device, self.wanted = package, device, check_engine(wanted)
        self._open: dict[tuple[str, int], Engine] = {}

    def get(self, name: str) -> Engine:
        """An engine by name.

        Raises:
            NijigenError: it does not work here.
        """
        key = (name, torch.get_num_threads())
        if key not in self._open:
            self._open[key] = open_engine(name, self._package, self._device)
        return self._open[key]

    def pick(self, count: int = 1, batch: int = 1) -> Engine:
        """The one that was asked for; for ``auto`` the fastest for ``count`` avatars, as far as is known.

        Raises:
            NijigenError: the one that was asked for does not work here.
        """
        if self.wanted != AUTO:
            return self.get(self.wanted)
        batch = min(count, batch)
        known = read_timings(self._package.digest, self._device)
        if not known and count >= MANY and self._pays(count, batch):
            known = self.measure(batches=sorted({1, batch}))
        torch_time = known["torch"].work(count, batch) if "torch" in known else 0.0
        for name in sorted(known, key=lambda name: known[name].work(count, batch)):
            if name == "torch" or known[name].work(count, batch) > SURELY * torch_time:
                break
            with contextlib.suppress(NijigenError):  # uninstalled since
                return self.get(name)
        return self.get("torch")

    def of_certificate(self, certificate: Mapping[str, Any]) -> Engine:
        """The one that made an avatar, unless another was asked for; PyTorch where it does not work here."""
        name = engine_of(certificate) if self.wanted == AUTO else self.wanted
        try:
            return self.get(name)
        except NijigenError:
            if self.wanted != AUTO:
                raise
            return self.get("torch")

    def measure(
        self,
        names: Sequence[str] = MEASURED,
        batches: Sequence[int] = BATCHES,
        step: Callable[[], object] = lambda: None,
    ) -> dict[str, Timing]:
        """Measure engines in turns, and keep what was found; those that do not work here are left out."""
        found: dict[str, Timing] = {}
        seconds: dict[tuple[str, int], list[float]] = {}
        for name in names:
            try:
                self.get(name)  # exports the graphs, which are there the next time
                start = time.perf_counter()
                engine = open_engine(name, self._package, self._device)
                for size in batches:
                    self._batch(engine, size)
            except NijigenError:
                if name == "torch":
                    raise
                continue
            found[name] = Timing(time.perf_counter() - start, {})
            self._open[name, torch.get_num_threads()] = engine
        for _ in range(ROUNDS):
            for name in found:
                for size in batches:
                    seconds.setdefault((name, size), []).append(self._batch(self.get(name), size))
                    step()
        for (name, size), times in seconds.items():
            found[name].batches[size] = statistics.median(times)
        for name, one in found.items():  # the first batches took what is done once, and their own time
            found[name] = Timing(max(0.0, one.ready - sum(one.batches.values())), one.batches)
        keep_timings(self._package.digest, self._device, found)
        return found

    def _pays(self, count: int, batch: int) -> bool:
        self._batch(self.get("torch"), batch)
        return self._batch(self.get("torch"), batch) * count / batch > PAYS

    @torch.no_grad()
    def _batch(self, engine: Engine, size: int) -> float:
        """Seconds for a batch of avatars."""
        generator = engine.generator
        noise, labels = self._inputs(size)
        start = time.perf_counter()
        Look().apply(generator, noise, labels).cpu()
        return time.perf_counter() - start

    def _inputs(self, size: int) -> tuple[Tensor, Tensor]:
        rows = self._package.label_rows
        labels = rows[[number % len(rows) for number in range(size)]]
        return self._package.generator.noise(range(size)).to(self._device), labels.to(self._device)


def read_timings(digest: str, device: torch.device) -> dict[str, Timing]:
    """What was measured of a model here; nothing where nothing was, or the list is damaged."""
    try:
        rows = json.loads(_file().read_text(encoding="utf-8"))[_key(digest, device)]
        return {
            str(name): Timing(float(row["ready"]), {int(size): float(one) for size, one in row["batches"].items()})
            for name, row in rows.items()
            if row["batches"]
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        return {}


def keep_timings(digest: str, device: torch.device, found: Mapping[str, Timing]) -> None:
    """Put a measurement on the list; what cannot be written is measured again another time."""
    try:
        known = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RuntimeError):
        known = {}
    rows = known if isinstance(known, dict) else {}
    rows[_key(digest, device)] = {name: {"ready": one.ready, "batches": one.batches} for name, one in found.items()}
    with contextlib.suppress(OSError, RuntimeError):
        write_json(_file(), rows)


def _file() -> Path:
    return home() / "engines.json"


def _key(digest: str, device: torch.device) -> str:
    here = describe(device)
    try:
        from importlib.metadata import version

        runtime = version("onnxruntime")
    except ImportError:
        runtime = "none"
    parts = (digest[:32], here["engine"], f"onnxruntime {runtime}", here["device"], here["threads"], _processor())
    return " | ".join(str(part) for part in parts)


def _processor() -> str:
    """The processor's name, where the system tells."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
