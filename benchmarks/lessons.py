"""What a generator should be to learn drawings from lessons: variants of a recipe, for the same time of one core.

    python benchmarks/lessons.py DATASET --minutes 3                      # VARIANTS, below
    python benchmarks/lessons.py DATASET --images 9600                    # for as many images
    python benchmarks/lessons.py DATASET --vary network.palette=64 --vary "batch=16 optimizer.generator.rate=2e-2"

DATASET is made by ``nijigen prepare chibi:N DATASET --size 64 --channels 4``. A variant is the recipe with some of its
keys changed. Its speed is measured first and sets the length of its run, unless ``--images`` does. Then
the averaged generator is asked for 1,000 drawings that are in no data set, and compared with them: the distance is the
mean absolute difference, [-1, 1], summed over the picture and its halvings down to 8 px, and the bundled labeler reads
their labels. Interrupted and run again it goes on.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen import load
from nijigen.data.chibi import ChibiSource
from nijigen.data.sources import Entry
from nijigen.data.stored import premultiply
from nijigen.evaluate.attributes import Tally
from nijigen.features.labeler import load_labeler
from nijigen.features.showing import on_white
from nijigen.files import write_json
from nijigen.illustrator.chances import chances
from nijigen.machine import prepare_machine
from nijigen.objectives.likeness import pyramid_distance
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive
from nijigen.training.bench import bench
from nijigen.training.lesson import beside

# What the recipe was before: what brought it to where it is came in the order of the lines below.
BEFORE = {
    "network.channel_base": "1024",
    "network.places": "false",
    "network.skip": "full",
    "optimizer.generator.muon": "0",
    "optimizer.decay": "0.4",
    "optimizer.decay_to": "0.05",
    "lesson.detail": "0",
    "lesson.words": "0",
    "lesson.squares": "0",
}


def before(*changed: str) -> str:
    """A variant: the recipe as it was before, but for keys that are given, as ``key=value``."""
    keys = BEFORE | dict(change.split("=") for change in changed)
    return " ".join(f"{key}={value}" for key, value in keys.items())


def named(variant: str) -> str:
    """What is shown of a variant: what it changes of the recipe, or of the recipe as it was before."""
    changes, known = variant.split(), {change.split("=")[0] for change in variant.split()}
    if not known >= BEFORE.keys():
        return variant or "as it is"
    return " ".join(["before", *(change for change in changes if change not in before().split())])


STEPS = ("network.places=true", "optimizer.generator.muon=0.4")
CHEAPER = (*STEPS, "network.skip=folded")
VARIANTS = (
    before(),
    before(STEPS[0]),
    before(STEPS[1]),
    before(*STEPS),
    before(*STEPS, "optimizer.generator.muon=0.2"),
    before(*STEPS, "optimizer.generator.muon=0.8"),
    before(*STEPS, "lesson.squares=0.9", "lesson.detail=0.75"),
    before(*STEPS, "lesson.judge=1"),
    before(*CHEAPER),
    before(*CHEAPER, "lesson.words=0.6"),
    before(*CHEAPER, "lesson.words=0.6", "lesson.detail=0.5"),
    before(*CHEAPER, "batch=4"),
    before(*CHEAPER, "batch=16"),
    before(*CHEAPER, "network.mapping_layers=4"),
    before("network.palette=16"),
    before("network.palette=16", "optimizer.generator.rate=6e-3"),
    before("optimizer.generator.rate=2.4e-2"),
    "",
    "network.palette=0 network.skip=full",
    "network.unfold=1",
    "network.channel_base=2048",
)
NEW = 1_000  # drawings to compare with
BATCH = 50


def main() -> None:
    """Train, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--recipe", default="chibi-tiny")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--images", type=int, help="of each run, instead of --minutes")
    parser.add_argument("--vary", action="append", help="keys and values of one variant, between spaces")
    parser.add_argument("--out", type=Path, default=Path("runs/lessons"))
    arguments = parser.parse_args()
    prepare_machine(1)
    print("| variant | parameters | images/s | images | distance | labels read |\n|---|---|---|---|---|---|")
    for variant in arguments.vary or VARIANTS:
        row = learn(arguments, variant.split())
        print(
            f"| {named(variant)} | {row['parameters']:,} | {row['speed']:.0f} | {row['images']:,}"
            f" | {row['distance']:.3f} | {row['read']:.1%} |",
            flush=True,
        )


def learn(arguments: argparse.Namespace, changes: list[str]) -> dict[str, Any]:
    """One variant: its run, unless it is there, and how far its pictures are from drawings it never saw."""
    recipe, long = (
        arguments.recipe,
        f"{arguments.images}-images" if arguments.images else f"{arguments.minutes:g}-minutes",
    )
    folder = arguments.out / "-".join([recipe, long, *(change.replace("=", "-") for change in changes)])
    told = folder.with_name(f"{folder.name}.json")  # a rate has a dot too
    if told.exists():
        found: dict[str, Any] = json.loads(told.read_bytes())
        return found
    length = folder.with_name(f"{folder.name}.length")
    if not length.exists():
        speed = bench(recipe, changes, threads=1).images_per_second
        length.parent.mkdir(parents=True, exist_ok=True)
        write_json(length, {"speed": speed, "images": arguments.images or int(speed * arguments.minutes * 60)})
    row = json.loads(length.read_bytes())
    command = [
        sys.executable,
        "-m",
        "nijigen",
        "train",
        str(arguments.dataset),
        "--recipe",
        recipe,
        "--out",
        str(folder),
    ]
    command += ["--threads", "1", "--quiet", "--images", str(row["images"])]
    command += [word for change in [f"lesson.alone={row['images']}", *changes] for word in ("--set", change)]
    subprocess.run(command, check=True)
    row |= compared(folder)
    write_json(told, row)
    return row


@torch.no_grad()
def compared(run: Path) -> dict[str, Any]:
    """The generator of a run, and new drawings."""
    model = load(run, "cpu", 1)
    generator = model.generator
    total, random, labeler = 0.0, torch.Generator().manual_seed(1), load_labeler()
    tally = Tally(model.schema, labeler.schema)
    for first in range(0, NEW, BATCH):
        seeds = [derive("new drawings", number) for number in range(first, first + BATCH)]
        known = torch.stack([torch.from_numpy(chances(seed, generator.shape.channels)) for seed in seeds])
        free = torch.randn(BATCH, generator.z_dim - known.shape[1], generator=random)
        wanted, labels = drawn(seeds, model.schema, generator.shape.resolution, generator.shape.channels)
        made = generator(beside(known, free), labels)
        total += pyramid_distance(made, wanted).sum().item()
        tally.add(labels, labeler.probabilities(on_white(made)))
    read = [reading.right for reading in tally.readings().values()]
    return {
        "distance": total / NEW,
        "read": sum(read) / len(read),
        "parameters": sum(p.numel() for p in generator.parameters()),
    }


def drawn(seeds: list[int], schema: AttributeSchema, resolution: int, channels: int) -> tuple[Tensor, Tensor]:
    """Drawings ``[N, C, R, R]`` in [-1, 1] as they are learned from, and their labels."""
    pictures, labels, source = [], [], ChibiSource(len(seeds), 0)
    for seed in seeds:
        picture, words = source.draw(Entry("new", 0, seed), resolution, channels)
        pixels = np.asarray(picture)
        pictures.append(torch.from_numpy(premultiply(pixels) if channels == 4 else pixels.copy()).permute(2, 0, 1))
        labels.append(torch.from_numpy(schema.encode(words)))
    return torch.stack(pictures).float() / 127.5 - 1, torch.stack(labels)


if __name__ == "__main__":
    main()
