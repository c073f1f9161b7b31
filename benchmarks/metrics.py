"""Do the metrics say what they should, what do they cost, and what does choosing the best of several gain?

    python benchmarks/metrics.py cost                                    # 50,000 rows of 2,048 features: time, memory
    python benchmarks/metrics.py moves datasets/faces                    # real pictures, spoiled on purpose
    python benchmarks/metrics.py best-of runs/a runs/b datasets/faces    # one, four or sixteen candidates an avatar
    python benchmarks/metrics.py path runs/style datasets/faces          # which step the path length needs

The tables of ``docs/evaluation.md`` come from here. ``--features`` is as for ``nijigen evaluate``.
"""

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from nijigen.data import Dataset
from nijigen.engine.ranking import candidate_seed
from nijigen.evaluate import measuring
from nijigen.evaluate.frechet import frechet_distance
from nijigen.evaluate.gathering import HELD, gather
from nijigen.evaluate.kernel import kernel_distance
from nijigen.evaluate.looking import Looker, open_looker
from nijigen.evaluate.moments import Moments
from nijigen.evaluate.neighbours import cover
from nijigen.evaluate.paths import path_ends, path_length
from nijigen.evaluate.reading import chosen_places, label_rows, real_pictures
from nijigen.evaluate.references import HELD_BYTES, Reference, find_reference
from nijigen.evaluate.sampling import Subject, ask
from nijigen.evaluate.sliced import Patches, patch_distances
from nijigen.features.showing import on_white
from nijigen.machine import choose_device, place, prepare_machine
from nijigen.models.contract import Discriminator
from nijigen.models.package import Package, load_discriminator, load_package
from nijigen.store import find_model

WIDTH, ROWS, PORTION = 2_048, 50_000, 64
CANDIDATES = (1, 4, 16)


def cost() -> None:
    """One streaming pass over rows as wide as Inception's, then every metric that looks at features."""
    random = torch.Generator().manual_seed(0)
    mixing = torch.randn(64, WIDTH, generator=random)
    before = _peak()

    def rows(count: int) -> Tensor:
        return torch.randn(count, 64, generator=random) @ mixing + 0.1 * torch.randn(count, WIDTH, generator=random)

    made, real = Moments(WIDTH), Moments(WIDTH)
    held_made, held_real = torch.empty(HELD, WIDTH), torch.empty(HELD_BYTES // (4 * WIDTH), WIDTH)
    started = time.perf_counter()
    for moments, held in ((real, held_real), (made, held_made)):
        for start in range(0, ROWS, PORTION):
            portion = rows(min(PORTION, ROWS - start))
            moments.add(portion)
            held[start : start + PORTION] = portion[: max(0, len(held) - start)]
    print(f"two passes over {ROWS:,} rows of {WIDTH:,}: {time.perf_counter() - started:.0f} s, {_more(before)}")
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("Fréchet distance", lambda: frechet_distance(real, made)),
        ("kernel distance", lambda: kernel_distance(held_real[:HELD], held_made)),
        ("precision, recall, density, coverage", lambda: cover(held_real[:HELD], held_made)),
    ]
    for name, step in steps:
        started = time.perf_counter()
        step()
        print(f"{name}: {time.perf_counter() - started:.0f} s, {_more(before)}", flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _more(before: float) -> str:
    return f"{_peak() - before:,.0f} MB more than before"


def moves(dataset: Dataset, looker: Looker, count: int) -> None:
    """Half of the real pictures against the other half, the latter spoiled in ways whose effect is known."""
    everything = chosen_places(dataset.count, 2 * count)
    found = list(real_pictures(dataset, everything))
    pictures, labels = torch.cat([p for p, _ in found]), torch.cat([rows for _, rows in found])
    real, other, groups = pictures[0::2], pictures[1::2], labels[1::2]
    words = (groups == 1).double().mean(dim=0)  # a number in a range is no word, and has hardly ever a weight of 1
    column = int(torch.where(words < 0.6, words, 0).argmax())
    kept = (groups[:, column] == 0).nonzero().flatten()
    random = torch.Generator().manual_seed(0)
    grain = 20 * torch.randn(other.shape, generator=random)
    cases: dict[str, Tensor] = {
        "the same pictures": real,
        "other real pictures": other,
        "grain, σ = 20 levels": (other + grain).clamp(0, 255).to(torch.uint8),
        "half the resolution": interpolate(avg_pool2d(other.float(), 2), scale_factor=2).to(torch.uint8),
        f"a word left out ({float(words[column]):.0%})": other[kept[torch.arange(len(other)) % len(kept)]],
        "a hundred pictures again and again": other[torch.arange(len(other)) % 100],
    }
    rows = _features(looker, real)
    patches = _patches(real)
    print(f"{len(real):,} real pictures, features: {looker.extractor.name} ({looker.extractor.digest[:12]})")
    print(f"{'':36} Fréchet    kernel ± error         sliced  precision  recall  density  coverage")
    for name, changed in cases.items():
        made = _features(looker, changed)
        distance, kernel, found_cover = (
            frechet_distance(Moments.of(rows), Moments.of(made)),
            kernel_distance(rows, made),
            cover(rows, made),
        )
        sliced = patch_distances(patches, _patches(changed))
        print(
            f"{name:36} {distance:7.2f}  {kernel.value:8.4f} ± {kernel.standard_error:6.4f}  "
            f"{sum(sliced.values()) / len(sliced):11.1f}  {found_cover.precision:9.3f}  {found_cover.recall:6.3f}  "
            f"{found_cover.density:7.3f}  {found_cover.coverage:8.3f}",
            flush=True,
        )


def _features(looker: Looker, pictures: Tensor) -> Tensor:
    return torch.cat([looker.extractor(part) for part in torch.split(pictures, 64)])


def _patches(pictures: Tensor) -> Patches:
    found = Patches(pictures.shape[-1])
    for part in torch.split(pictures, 64):
        found.add(part)
    return found


@dataclass(frozen=True)
class Choosing(Subject):
    """A generator whose every sample is the best of several, as ``generate --best-of`` chooses them."""

    discriminator: Discriminator | None = None
    best_of: int = 1

    @torch.no_grad()
    def pictures(self, start: int, labels: Tensor) -> Tensor:
        """As :meth:`Subject.pictures`."""
        assert self.discriminator is not None
        rows = labels.to(self.device)
        best = torch.full((len(labels),), -torch.inf)
        kept = torch.empty(0)
        for candidate in range(self.best_of):
            seeds = [candidate_seed(self.seed + start + index, candidate) for index in range(len(labels))]
            noise = self.generator.noise(seeds)
            images = self.generator.synthesize(self.latents(noise, labels)).clamp(-1, 1)
            scores = self.discriminator(images, rows).float().cpu()
            better = (scores > best)[:, None, None, None].to(self.device)
            kept = torch.where(better, images, kept) if candidate else images
            best = torch.maximum(best, scores)
        return on_white(kept).cpu()


def best_of(package: Package, dataset: Dataset, looker: Looker, count: int) -> None:
    """The metrics of samples that were chosen from one or more candidates, with the same seeds and labels."""
    device = choose_device("cpu")
    discriminator = place(load_discriminator(package), device)
    subject = Choosing(place(package.generator, device), device, 0, None, discriminator)
    reference = find_reference(dataset, looker, 50_000)
    asked = ask(label_rows(dataset), dataset.schema, package.label_rows, package.schema, count, 0)
    eyes = f"{looker.extractor.name} ({looker.extractor.digest[:12]})"
    print(f"{package.card['family']} ({package.digest[:12]}), {count:,} samples; {eyes}")
    print("candidates  seconds  Fréchet    kernel ± error     precision  recall  density  coverage  labels  diversity")
    for candidates in CANDIDATES:
        started = time.perf_counter()
        made = gather(replace(subject, best_of=candidates), asked, package.schema, looker)
        print(f"{candidates:10}  {_row(reference, made, looker, dataset, time.perf_counter() - started)}", flush=True)


def _row(reference: Reference, made: Any, looker: Looker, dataset: Dataset, seconds: float) -> str:
    distance = next(iter(measuring.measure_frechet(reference, made, looker).values()))
    kernel = measuring.measure_kernel(reference, made, 0)["kernel_distance"]
    shares = measuring.measure_coverage(reference, made, 0)
    read = measuring.measure_attributes(reference, made).get("attributes", {}).get("mean")
    diversity = measuring.measure_diversity(reference, made, dataset.schema)["diversity"]["all"]
    return (
        f"{seconds:7.0f}  {distance:7.2f}  {kernel['value']:8.4f} ± {kernel['standard_error']:6.4f}  "
        f"{shares['precision']:9.3f}  {shares['recall']:6.3f}  {shares['density']:7.3f}  {shares['coverage']:8.3f}  "
        f"{'–' if read is None else f'{read:.1%}':>6}  {diversity:9.2f}"
    )


def path(package: Package, dataset: Dataset, looker: Looker, count: int) -> None:
    """The path length for several steps: too short, and rounding to 256 levels is all there is to see."""
    device = choose_device("cpu")
    subject = Subject(place(package.generator, device), device)
    variance = float(find_reference(dataset, looker, 50_000).moments.covariance.trace())
    asked = ask(label_rows(dataset), dataset.schema, package.label_rows, package.schema, count, 0)
    with torch.no_grad():
        one = subject.latents(subject.noise(0, count), asked.rows)
        other = subject.latents(subject.noise(count, count), asked.rows)
    print("step    relative path length")
    for step in (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2):
        ends = path_ends(one, other, torch.Generator().manual_seed(0), step)
        near, far = (_features(looker, subject.shown(end)) for end in ends)
        print(f"{step:<6}  {path_length(near, far, variance, step).relative:.3f}", flush=True)


def main() -> None:
    """Read the arguments and run one of the four."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cost", "moves", "best-of", "path"))
    parser.add_argument("places", nargs="*", help="models where they are judged, and a data set")
    parser.add_argument("--features", default="labeler")
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    prepare_machine(arguments.threads)
    if arguments.what == "cost":
        cost()
        return
    looker, remark = open_looker(arguments.features, arguments.threads, True, False)
    if remark:
        print(remark)
    dataset = Dataset.open(arguments.places[-1])
    if arguments.what == "moves":
        moves(dataset, looker, arguments.samples)
        return
    for model in arguments.places[:-1]:
        package = load_package(find_model(model))
        (best_of if arguments.what == "best-of" else path)(package, dataset, looker, arguments.samples)


if __name__ == "__main__":
    main()
