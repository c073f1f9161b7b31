"""Few pictures: from scratch, from a model, and from a model with the discriminator's first stages frozen.

    python benchmarks/few_shot.py ../shared/data/anime-faces-96.zip --base runs/families/stylegan2-ada-laptop-32-0/run

100 and 1,000 real faces at 32 px, the same number of images shown to each way; two runs at a time have one core each.
Interrupted and run again it goes on. Figures: the Fréchet distance between as many avatars as there are faces in the
source (at most 4,000) and those faces, in the features of the network that reads our drawings (``families.py``: it
has seen no such face, so the distance compares rows of one table and nothing else); and how near the avatars are to the
training pictures: the share whose nearest training picture is nearer than any two training pictures usually are (the
median distance of a training picture to its nearest other), in the same features.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from families import features, frechet, reader
from torch import Tensor

from nijigen import Dataset, load
from nijigen.files import write_json
from nijigen.images.png import write_png
from nijigen.images.sheet import make_sheet
from nijigen.machine import prepare_machine

MOST = 4_000  # faces and avatars compared
FROZEN = 2


def main() -> None:
    """All ways, or one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--base", type=Path, required=True, help="a run of families.py")
    parser.add_argument("--judge", type=Path, default=Path("runs/families"), help="the folder of families.py")
    parser.add_argument("--out", type=Path, default=Path("runs/few-shot"))
    parser.add_argument("--counts", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "COUNT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        train_and_judge(arguments, arguments.one[0], int(arguments.one[1]))
        return
    for count in (*arguments.counts, None):
        data(arguments, count)
    tasks = [(way, str(count)) for count in arguments.counts for way in ways(arguments)]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for task in tasks:
            pool.submit(subprocess.run, [sys.executable, __file__, *sys.argv[1:], "--one", *task], check=False)
    print("| pictures | way | distance | near to a training picture |\n|---|---|---|---|")
    for way, count in tasks:
        figures = json.loads((arguments.out / f"{way}-{count}" / "figures.json").read_text())
        print(f"| {count} | {way} | {figures['distance']:.1f} | {figures['near']:.0%} |")


def ways(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """What ``nijigen train`` is told beside the data set."""
    begun = ["--recipe", "few-shot", "--from", str(arguments.base), "--set", "resolution=32", "--set"]
    return {
        "scratch": ["--recipe", "stylegan2-ada-laptop-32"],
        "from": [*begun, "freeze_d=0"],
        "from-frozen": [*begun, f"freeze_d={FROZEN}"],
    }


def data(arguments: argparse.Namespace, count: int | None) -> Path:
    """The source at 32 px, or ``count`` pictures of it, spread evenly."""
    out: Path = arguments.out / f"faces-{count or 'all'}"
    if not (out / "dataset.json").is_file():
        command = ["prepare", str(arguments.source), str(out), "--size", "32", "-q"]
        command += ["--limit", str(count)] if count else []
        subprocess.run([sys.executable, "-m", "nijigen", *command], check=True)
    return out


def train_and_judge(arguments: argparse.Namespace, way: str, count: int) -> None:
    """One run and its figures."""
    folder = arguments.out / f"{way}-{count}"
    if (folder / "figures.json").is_file():
        return
    prepare_machine(1)
    command = ["train", str(data(arguments, count)), "--out", str(folder / "run"), "--threads", "1", "-q"]
    command += ["--images", str(arguments.images), *ways(arguments)[way]]
    subprocess.run([sys.executable, "-m", "nijigen", *command], check=True)
    judge, _, _ = reader(arguments.judge, 20_000)
    faces = Dataset.open(data(arguments, None)).load().images[:MOST]
    taught = Dataset.open(data(arguments, count)).load().images
    model = load(folder / "run", threads=1)
    made = np.stack([avatar.pixels for avatar in model.generate(len(faces), seed=0, batch=64)])
    avatars = torch.from_numpy(made).permute(0, 3, 1, 2)
    seen = features(judge, avatars)
    write_json(
        folder / "figures.json",
        {
            "distance": frechet(features(judge, faces), seen),
            "near": nearness(seen, features(judge, taught)),
        },
    )
    write_png(folder / "sheet.png", make_sheet(list(made[:48]), 12))


def nearness(made: Tensor, taught: Tensor) -> float:
    """The share of avatars that are nearer to a training picture than half of those are to their nearest other."""
    between = torch.cdist(taught, taught).fill_diagonal_(float("inf")).min(dim=1).values.median()
    return float((torch.cdist(made, taught).min(dim=1).values < between).double().mean())


if __name__ == "__main__":
    main()
