"""Another style from few pictures: what a model makes before and after, with and without distance consistency.

    python benchmarks/adapting.py                                   # the bundled model, 50 pictures of each style
    python benchmarks/adapting.py --styles sketch --pictures 10 50 100 --images 12000
    python benchmarks/adapting.py --styles sketch --vary "" --vary adapt.consistency=1000 --vary adapt.anchors=0

The bundled model knows the four styles of the illustrator, so the new ones are none of them: drawings turned into a
pencil sketch or a watercolour by filters (STYLES, below). The model is adapted by ``nijigen train --recipe adapt``
to so many of them, without labels. Then 1,000 avatars are compared with 1,000 other drawings in that style:

* distance: Fréchet, in the features of the bundled labeler;
* spread: of those features, as a share of that of the other drawings (``evaluate/diversity.py``);
* within: avatars are sorted to the nearest of the pictures learned from, and the mean distance of two in one heap is
  given as a share of that of the other drawings (2104.06820, §4, with these features for LPIPS): a model that knows the
  few pictures by heart has 0;
* kinds: how many different pairs of hair style and hair colour are read in the 1,000;
* words read: share of the asked words that the labeler reads; of the drawings in the new style, those drawn.

Interrupted and run again it goes on.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch import Tensor

from nijigen import load
from nijigen.data.stored import premultiply
from nijigen.evaluate.attributes import Tally
from nijigen.evaluate.diversity import Spreads
from nijigen.evaluate.frechet import frechet_distance
from nijigen.evaluate.moments import Moments
from nijigen.features.labeler import load_labeler
from nijigen.features.showing import on_white
from nijigen.files import write_json
from nijigen.illustrator import compose
from nijigen.images.png import write_png
from nijigen.images.sheet import make_sheet
from nijigen.machine import prepare_machine
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive

Floats = NDArray[np.float32]
VARIANTS = ("adapt.consistency=0", "")
LARGE = 256  # px that drawings are filtered at
BATCH = 50
COLUMNS = 10


def main() -> None:
    """Adapt, compare, print, and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="chibi")
    parser.add_argument("--styles", nargs="*", choices=sorted(STYLES), default=sorted(STYLES))
    parser.add_argument("--pictures", type=int, nargs="*", default=[50])
    parser.add_argument("--images", type=int, help="of each run; by default the recipe's")
    parser.add_argument("--new", type=int, default=1_000, help="avatars, and drawings to compare with")
    parser.add_argument("--vary", action="append", help="keys and values of one variant, between spaces")
    parser.add_argument("--out", type=Path, default=Path("runs/adapting"))
    arguments = parser.parse_args()
    prepare_machine(1)
    columns = ("style", "pictures", "model", "distance", "spread", "within", "kinds", "words read")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for style in arguments.styles:
        judge = Judge(arguments, style)
        for count in arguments.pictures:
            judge.teach(count)
            judge.tell(str(count), "other drawings", judge.unseen, judge.labels)
            judge.row(count, arguments.model, "before")
            for variant in arguments.vary or VARIANTS:
                run = adapted(arguments, style, count, variant.split())
                judge.row(count, str(run), f"after, {variant}" if variant else "after")
            judge.sheet(count)


def adapted(arguments: argparse.Namespace, style: str, count: int, changes: list[str]) -> Path:
    """The run of a variant; it goes on where it was interrupted."""
    data, source = arguments.out / f"{style}-{count}", arguments.out / f"{style}-{count}-pictures"
    if not (data / "dataset.json").is_file():
        for index, pixels in enumerate(drawings(style, "few", count)[0]):
            source.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(source / f"{index:04d}.png")
        nijigen("prepare", source, data, "--size", side(arguments), "--channels", 4, "--no-junk", "-q")
    run: Path = arguments.out / "-".join([style, str(count), "run", *(change.replace("=", "-") for change in changes)])
    more = [word for change in changes for word in ("--set", change)]
    more += ["--images", str(arguments.images)] if arguments.images else []
    nijigen("train", data, "--from", arguments.model, "--recipe", "adapt", "--out", run, "--threads", 1, "-q", *more)
    return run


class Judge:
    """The figures of a style: 1,000 of its drawings that nobody learned from, and what the labeler sees in them."""

    def __init__(self, arguments: argparse.Namespace, style: str) -> None:
        self.style, self.out, self.count = style, arguments.out, arguments.new
        self.labeler, model = load_labeler(), load(arguments.model, "cpu", 1)
        self.schema = model.schema
        self.side = side(arguments)
        self.unseen, self.labels = as_seen(*drawings(style, "new", self.count, self.side), self.schema)
        self.few = self.features = self.look(self.unseen)[0]
        self.shown: list[Any] = []

    def teach(self, count: int) -> None:
        """Take up the pictures that are learned from."""
        pictures, words = drawings(self.style, "few", count, self.side)
        self.few, self.shown = self.look(as_seen(pictures, words, self.schema)[0])[0], pictures[:COLUMNS]

    def row(self, count: int, model: str, name: str) -> None:
        """A line about a model."""
        opened = load(model, "cpu", 1)
        avatars = opened.generate(self.count, seed=1, batch=BATCH)
        self.shown = [*self.shown, *(avatar.pixels for avatar in list(avatars)[:COLUMNS])]
        words = [avatar.certificate["attributes"] for avatar in avatars]
        self.tell(str(count), name, *as_seen([avatar.pixels for avatar in avatars], words, self.schema))

    def tell(self, count: str, name: str, pictures: Tensor, labels: Tensor) -> None:
        """A line about pictures uint8 ``[N, 3, R, R]`` with labels ``[N, label_width]``."""
        seen, read = self.look(pictures)
        tally = Tally(self.schema, self.labeler.schema)
        tally.add(labels, read)
        readings = [reading.right for reading in tally.readings().values()]
        kinds = torch.stack([read[name].argmax(dim=1) for name in ("hair_style", "hair_color")], dim=1)
        figures = {
            "distance": frechet_distance(Moments.of(self.features), Moments.of(seen)),
            "spread": spread(seen) / spread(self.features),
            "within": within(seen, self.few) / within(self.features, self.few),
            "kinds": len(kinds.unique(dim=0)),
            "read": sum(readings) / len(readings),
        }
        write_json(self.out / f"{self.style}-{count}-{name.replace(' ', '-').replace('=', '-')}.json", figures)
        print(
            f"| {self.style} | {count} | {name} | {figures['distance']:.1f} | {figures['spread']:.0%}"
            f" | {figures['within']:.0%} | {figures['kinds']} | {figures['read']:.1%} |",
            flush=True,
        )

    @torch.no_grad()
    def look(self, pictures: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Features, and what is read."""
        seen = [self.labeler(part) for part in torch.split(pictures, BATCH)]
        read = [self.labeler.calibrated(part.logits) for part in seen]
        return torch.cat([part.features for part in seen]), {
            name: torch.cat([part[name] for part in read]) for name in self.labeler.schema.names
        }

    def sheet(self, count: int) -> None:
        """A row of the pictures that were learned from, and one of each model, always with the same seeds."""
        flat = as_seen(self.shown, [{}] * len(self.shown), self.schema)[0].permute(0, 2, 3, 1).numpy()
        write_png(self.out / f"sheet-{self.style}-{count}.png", make_sheet(list(flat), COLUMNS, least=128))


def spread(features: Tensor) -> float:
    """The root mean squared distance to the mean."""
    found = Spreads(features.shape[1], 0)
    found.add(features, features.new_zeros(len(features), 0))
    return found.spreads()[0]


def within(features: Tensor, few: Tensor) -> float:
    """The mean distance of two pictures whose nearest of the few is the same one, in the mean of those heaps."""
    heaps = torch.cdist(features, few).argmin(dim=1)
    means = [torch.pdist(features[heaps == heap]).mean() for heap in heaps.unique() if (heaps == heap).sum() > 1]
    return float(torch.stack(means).mean())


def as_seen(pictures: list[Any], words: list[Any], schema: AttributeSchema) -> tuple[Tensor, Tensor]:
    """Pictures of straight alpha → uint8 RGB ``[N, 3, R, R]`` on white, and the label rows of their words."""
    flat = torch.from_numpy(np.stack([premultiply(np.asarray(pixels)) for pixels in pictures])).permute(0, 3, 1, 2)
    return on_white(flat), torch.from_numpy(np.stack([schema.encode(known(row, schema)) for row in words]))


def known(words: dict[str, Any], schema: AttributeSchema) -> dict[str, Any]:
    """The words that a schema has."""
    return {name: value for name, value in words.items() if name in schema}


def drawings(style: str, purpose: str, count: int, size: int = LARGE) -> tuple[list[Any], list[Any]]:
    """Drawings in a style, uint8 ``[size, size, 4]``, and their words."""
    characters = [compose(derive("adapting", purpose, index)) for index in range(count)]
    pictures = []
    for index, character in enumerate(characters):
        straight = character.render(LARGE, channels=4).astype(np.float32) / 255
        random = np.random.default_rng(derive("adapting", purpose, "style", index))
        styled = STYLES[style](straight[..., :3], straight[..., 3:], random)
        pixels = Image.fromarray((np.concatenate(styled, 2).clip(0, 1) * 255).round().astype(np.uint8))
        pictures.append(np.asarray(pixels if size == LARGE else pixels.resize((size, size), Image.Resampling.LANCZOS)))
    return pictures, [dict(character.visible) for character in characters]


def sketch(colour: Floats, alpha: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Pencil: dark lines where brightness changes, and strokes in one direction where it is dark."""
    grey = (colour * alpha + 1 - alpha).mean(axis=2)
    lines = np.clip(9 * np.abs(grey - ndimage.gaussian_filter(grey, 2.5)), 0, 1)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    strokes = 0.5 + 0.5 * np.sin((x + y) * 0.55 + 3 * smooth(random, grey.shape, 12))
    shade = np.clip(0.92 - ndimage.gaussian_filter(grey, 3), 0, 1) * strokes
    paper = 0.97 - 0.85 * np.clip(lines + 0.9 * shade, 0, 1)
    return (paper[..., None] * np.array([1.0, 0.985, 0.95])).astype(np.float32), alpha


def watercolour(colour: Floats, alpha: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Pale colours that run and dry unevenly, darker at their borders."""
    laid = colour * alpha + (1 - alpha)
    run = np.stack([ndimage.gaussian_filter(laid[..., channel], 4) for channel in range(3)], axis=2)
    dry = 1 + 0.22 * smooth(random, laid.shape[:2], 14)[..., None]
    border = np.clip(4 * np.abs(run - np.stack([ndimage.gaussian_filter(run[..., c], 6) for c in range(3)], 2)), 0, 0.5)
    paper = np.array([0.98, 0.95, 0.88])
    wash = paper - (1 - run) * (0.7 * dry) - 0.35 * border
    return wash.astype(np.float32), alpha


def smooth(random: np.random.Generator, shape: tuple[int, ...], size: float) -> Floats:
    """Noise of unit spread with clouds of so many pixels."""
    clouds = ndimage.gaussian_filter(random.standard_normal(shape), size)
    return (clouds / clouds.std()).astype(np.float32)


def side(arguments: argparse.Namespace) -> int:
    """Pixels a side of the model's pictures."""
    return int(load(arguments.model, "cpu", 1).card["resolution"])


def nijigen(*words: object) -> None:
    """A command."""
    subprocess.run([sys.executable, "-m", "nijigen", *map(str, words)], check=True)


STYLES: dict[str, Callable[[Floats, Floats, np.random.Generator], tuple[Floats, Floats]]] = {
    "sketch": sketch,
    "watercolour": watercolour,
}

if __name__ == "__main__":
    main()
