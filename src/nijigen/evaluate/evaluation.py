"""The verb ``evaluate``: a model's samples against the pictures of a data set.

    found = evaluate("runs/faces", "datasets/faces", samples=5000)
    print(found.metrics["kernel_distance"]["value"])

A :class:`Judge` holds what does not depend on the model, so that several are judged alike: same pictures, same
extractor, same seeds and labels.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.evaluate import gathering, measuring
from nijigen.evaluate.copies import UNSEEN, find_copies
from nijigen.evaluate.gathering import gather
from nijigen.evaluate.judged import facts_of, held_out_of, is_training_set, name_of
from nijigen.evaluate.looking import open_looker
from nijigen.evaluate.measuring import METRICS, chosen_metrics
from nijigen.evaluate.reading import chosen_places, label_rows, real_pictures
from nijigen.evaluate.references import Reference, find_reference, is_kept
from nijigen.evaluate.result import Evaluation
from nijigen.evaluate.sampling import Asked, Subject, ask, check_sizes, ground_remark
from nijigen.evaluate.sliced import Patches, patch_distances
from nijigen.machine import choose_device, describe, place, prepare_machine
from nijigen.models.package import Package, load_package
from nijigen.progress import duration, track
from nijigen.seeds import seed_number
from nijigen.store import find_model

SAMPLES, REFERENCES = 10_000, 50_000
MOST_SAMPLES = 1_000_000
LEAST_SAMPLES = 8  # below that there are no neighbours and no subsets


class Judge:
    """Pictures to judge models by, and how they are judged.

    Args:
        dataset: a folder written by ``prepare``, or an address of one.
        samples: made of each model.
        features: ``labeler``, ``inception`` or the path of an ONNX or labeler.
        metrics: names (see ``METRICS``); none: all.
        seed: sample ``i`` has the seed ``seed + i``.
        references: pictures of the data set looked at, at most, spread evenly.
        held_out: a data set of the same kind that no model has seen, for the memorisation.
        cache: keep what is known of the real pictures, and use what is kept.
        say: told what is going on.

    Raises:
        NijigenError: bad input; the line names the flag or file and the fix.
    """

    def __init__(
        self,
        dataset: str | Path,
        *,
        samples: int = SAMPLES,
        features: str = "labeler",
        metrics: Sequence[str] = (),
        seed: int | str = 0,
        device: str = "auto",
        threads: int | None = None,
        references: int = REFERENCES,
        held_out: str | Path | None = None,
        cache: bool = True,
        quiet: bool = False,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        if not LEAST_SAMPLES <= samples <= MOST_SAMPLES:
            raise NijigenError(f"--samples {samples}: use {LEAST_SAMPLES} to {MOST_SAMPLES:,}")
        if references < LEAST_SAMPLES:
            raise NijigenError(f"--references {references}: use {LEAST_SAMPLES} or more")
        self.device = choose_device(device)
        prepare_machine(threads, self.device)
        self.metrics = chosen_metrics(metrics)
        self.dataset = Dataset.open(dataset)
        if self.dataset.count < LEAST_SAMPLES:
            raise NijigenError(f"{self.dataset.store.name} has {self.dataset.count} pictures: too few to compare with")
        self.held_out = None if held_out is None else Dataset.open(held_out)
        self.looker, self._labeler_remark = open_looker(features, threads, "attributes" in self.metrics, bool(metrics))
        self.samples, self.seed, self.references = samples, seed_number(seed), references
        self.cache, self.quiet, self.say = cache, quiet, say
        self._reference: Reference | None = None
        self._labels: Tensor | None = None
        self._patches: Patches | None = None

    def judge(self, model: str | Path, truncation: float | None = None, only: Sequence[str] = METRICS) -> Evaluation:
        """Judge a model.

        Args:
            only: of the metrics, those that are measured here.

        Raises:
            NijigenError: no such model, its pictures have another size than the data set's, or it knows no truncation.
        """
        started = time.monotonic()
        package = load_package(find_model(model))
        name = name_of(package)
        for one in (self.dataset, self.held_out):
            if one is not None:
                check_sizes(one.resolution, package.generator, name, one.store.name)
        if truncation is not None:
            package.generator.check_truncation(truncation)
        subject = Subject(place(package.generator, self.device), self.device, self.seed, truncation)
        wanted = [metric for metric in self.metrics if metric in only]
        if not package.generator.has_mean_latent:
            wanted = [metric for metric in wanted if metric != "path"]
        asked = self._ask(package)
        remarks = list(asked.remarks)
        total = self._work(wanted)
        self._estimate(subject, asked, total, name)
        with track(total, f"evaluate {name}", unit="pictures", quiet=self.quiet) as bar:
            reference = self._refer(bar.advance)
            patches = Patches(self.dataset.resolution, self.seed) if "sliced" in wanted else None
            made = gather(subject, asked, package.schema, self.looker, patches=patches, advance=bar.advance)
            metrics: dict[str, Any] = {}
            if "frechet" in wanted:
                metrics |= measuring.measure_frechet(reference, made, self.looker)
                if warning := measuring.too_few(reference, made, self.looker):
                    remarks.insert(0, warning)
            if "kernel" in wanted:
                metrics |= measuring.measure_kernel(reference, made, self.seed)
            if patches is not None:
                metrics["sliced_wasserstein"] = self._sliced(patches)
            if "coverage" in wanted:
                metrics |= measuring.measure_coverage(reference, made, self.seed)
            if "path" in wanted:
                path = measuring.measure_paths(subject, asked, reference, self.looker, bar.advance)
                metrics["path_length"] = path.as_dict()
            if "attributes" in wanted:
                metrics |= measuring.measure_attributes(reference, made)
            if "diversity" in wanted:
                metrics |= measuring.measure_diversity(reference, made, self.dataset.schema)
            pairs = None
            if "memorisation" in wanted:
                kept_out = held_out_of(package, self.dataset)
                copies = find_copies(
                    made.compared,
                    made.rows[: len(made.compared)],
                    self.dataset,
                    reference,
                    self.looker,
                    self.held_out,
                    kept_out,
                    bar.advance,
                )
                metrics["memorisation"], pairs = copies.as_dict(), copies.sheet
        remarks += self._remarks(package, wanted, name)
        drawn = {"samples": self.samples, "seed": self.seed, "truncation": truncation}
        facts = facts_of(package, self.dataset, self.looker, reference, drawn) | {"machine": describe(self.device)}
        return Evaluation(facts, metrics, remarks, made.shown, pairs, round(time.monotonic() - started, 1))

    def _ask(self, package: Package) -> Asked:
        if self._labels is None:
            self._labels = label_rows(self.dataset)
        return ask(self._labels, self.dataset.schema, package.label_rows, package.schema, self.samples, self.seed)

    def _refer(self, advance: Callable[[int], None]) -> Reference:
        if self._reference is None:
            self._reference = find_reference(self.dataset, self.looker, self.references, advance, self.cache)
        return self._reference

    def _sliced(self, made: Patches) -> dict[str, float]:
        """Distances by level, of as many real pictures as made ones, and their mean."""
        if self._patches is None:  # of every model there are equally many
            self._patches = Patches(self.dataset.resolution, self.seed)
            for pictures, _ in real_pictures(self.dataset, chosen_places(self.dataset.count, made.count)):
                self._patches.add(pictures)
        found = patch_distances(self._patches, made, self.seed)
        return {"mean": sum(found.values()) / len(found), **{f"{side} px": value for side, value in found.items()}}

    def _work(self, wanted: Sequence[str]) -> int:
        """Looks at pictures, which is what takes the time."""
        real = min(self.dataset.count, self.references)
        total = self.samples
        if self._reference is None and not (self.cache and is_kept(self.dataset, self.looker, self.references)):
            total += real
        total += 2 * min(self.samples, measuring.PATHS) if "path" in wanted else 0
        if "memorisation" in wanted:  # mirror images, and what is held out altogether
            unseen = real if self.held_out is None else 2 * self.held_out.count
            total += min(self.samples, gathering.COMPARED) + min(UNSEEN, unseen)
        return total

    def _estimate(self, subject: Subject, asked: Asked, total: int, name: str) -> None:
        """Say how long it will take, from the second of two batches: the first also sets things up."""
        if self.quiet:
            return
        labels = asked.rows[: gathering.BATCH]
        for _ in range(2):
            started = time.perf_counter()
            self.looker(subject.pictures(0, labels))
            seconds = (time.perf_counter() - started) / len(labels)
        self.say(
            f"{name}: about {duration(seconds * total)} for {self.samples:,} samples and what they are held against"
        )

    def _remarks(self, package: Package, wanted: Sequence[str], name: str) -> list[str]:
        remarks = []
        if remark := ground_remark(self.dataset.channels, package.generator, name, self.dataset.store.name):
            remarks.append(remark)
        if "attributes" in wanted and self._labeler_remark:
            remarks.append(self._labeler_remark)
        if "memorisation" in wanted and not is_training_set(package, self.dataset):
            remarks.append(
                "this is not the data set that the model's card names: copies of its own training pictures are not seen"
            )
        return remarks


def evaluate(model: str | Path, dataset: str | Path, *, truncation: float | None = None, **options: Any) -> Evaluation:
    """Judge a model by the pictures of a data set; ``options`` are those of :class:`Judge`.

    Raises:
        NijigenError: bad input; the line names the flag or file and the fix.
    """
    return Judge(dataset, **options).judge(model, truncation)
