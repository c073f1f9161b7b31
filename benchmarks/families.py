"""All families on the same drawings for the same time: speed, whether labels are followed, distance, sheets.

    python benchmarks/families.py compare                       # every laptop recipe, two seeds, ten minutes each
    python benchmarks/families.py compare --recipes dcgan-laptop-32 stylegan2-laptop-32 --minutes 5 --seeds 0

Interrupted and run again it goes on: each (recipe, seed) is a run of its own, and its figures a JSON file. The length
of a run is set beforehand, as the speed measured on the spot times the time given, so that schedules end where they
should; two runs at a time have one core each. Figures:

* labels: the reader of ``reader.py`` says what avatars show that were asked for with the labels of held-out drawings.
  Chance is what avatars of other labels would score: Σ p² over the words.
* distance: Fréchet distance between held-out drawings and as many avatars, in the features of that reader (the layer
  under its heads). It compares rows of one table and nothing else.
"""

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from reader import Reader, learn
from torch import Tensor

from nijigen import Dataset, load
from nijigen.evaluate.frechet import frechet_distance
from nijigen.evaluate.moments import Moments
from nijigen.files import write_json
from nijigen.images.png import write_png
from nijigen.images.sheet import make_sheet
from nijigen.machine import prepare_machine
from nijigen.training.bench import _trainer, bench
from nijigen.training.recipe import load_recipe
from nijigen.training.timing import measure, stretches

RECIPES = (
    "dcgan-laptop-32",
    "wgan-laptop-32",
    "wgan-gp-laptop-32",
    "sagan-laptop-32",
    "pggan-laptop-32",
    "stylegan-laptop-32",
    "stylegan2-laptop-32",
    "stylegan2-ada-laptop-32",
    "r3gan-laptop-32",
)
SHOWN = 14  # avatars a row of the picture in docs/families.md
HELD_OUT = 2_000  # drawings that no generator has seen: the last ones of the data set


def main() -> None:
    """One of the verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("compare", "one"):
        verb = verbs.add_parser(name)
        verb.add_argument("--out", type=Path, default=Path("runs/families"))
        verb.add_argument("--minutes", type=float, default=10.0)
        verb.add_argument("--drawings", type=int, default=20_000)
        verb.add_argument("--threads", type=int, default=1)
        verb.add_argument("--set", action="append", default=[])
        if name == "compare":
            verb.add_argument("--recipes", nargs="*", default=list(RECIPES))
            verb.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
            verb.add_argument("--jobs", type=int, default=2)
        else:
            verb.add_argument("recipe")
            verb.add_argument("seed", type=int)
    arguments = parser.parse_args()
    if arguments.verb == "one":
        train_and_judge(arguments)
        return
    data(arguments.out, arguments.drawings)
    reader(arguments.out, arguments.drawings)
    shared = [word for flag in ("out", "minutes", "drawings", "threads") for word in _flag(arguments, flag)]
    shared += [word for change in arguments.set for word in ("--set", change)]
    tasks = [(recipe, seed) for seed in arguments.seeds for recipe in arguments.recipes]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for task in tasks:
            command = [sys.executable, __file__, "one", task[0], str(task[1]), *shared]
            pool.submit(subprocess.run, command, check=False)
    print(table(arguments.out, arguments.recipes, arguments.seeds))
    write_png(arguments.out / "families.png", side_by_side(arguments.out, arguments.recipes, arguments.seeds[0]))


def data(out: Path, drawings: int) -> tuple[Path, Path]:
    """Two data sets of our own drawings at 32 px: to learn from, and held out."""
    for name, count, seed in (("learn", drawings, 0), ("held-out", HELD_OUT, 1_000_000)):
        if not (out / name / "dataset.json").is_file():
            command = ["nijigen", "prepare", f"chibi:{count}", out / name, "--size", "32", "--seed", str(seed), "-q"]
            subprocess.run([sys.executable, "-m", *map(str, command)], check=True)
    return out / "learn", out / "held-out"


def reader(out: Path, drawings: int) -> tuple[Reader, Tensor, Tensor]:
    """The judge, taught once on the drawings, with the held-out drawings and their words."""
    learn_from, held_out = data(out, drawings)
    teaching, asking = Dataset.open(learn_from), Dataset.open(held_out)
    words = [attribute for attribute in asking.schema.attributes if not attribute.continuous]
    held = asking.load()
    file = out / "reader.pt"
    if file.is_file():
        judge = Reader(words, 32)
        judge.load_state_dict(torch.load(file, weights_only=True))
        judge = judge.to(memory_format=torch.channels_last).eval()
    else:
        torch.manual_seed(0)
        resident = teaching.load()
        answers = torch.stack([_answers(resident.labels[:, teaching.schema.block(a.name)]) for a in words], 1)
        judge = learn(words, resident.images, answers, 8)
        torch.save(judge.state_dict(), file)
    answers = torch.stack([_answers(held.labels[:, asking.schema.block(a.name)]) for a in words], 1)
    return judge, held.images, answers


def train_and_judge(arguments: argparse.Namespace) -> None:
    """One run and its figures."""
    folder = arguments.out / f"{arguments.recipe}-{arguments.seed}"
    result = folder / "figures.json"
    if result.is_file():
        return
    prepare_machine(arguments.threads)
    learn_from, held_out = data(arguments.out, arguments.drawings)
    changes = tuple(arguments.set)
    plan = folder / "plan.json"
    if not plan.is_file():
        speed = bench(arguments.recipe, changes, threads=arguments.threads, seconds=20, labels=100, quiet=True)
        images = length(arguments.recipe, changes, speed.images_per_second, arguments.minutes * 60)
        write_json(plan, {"images": images, "bench": speed.as_dict()})
    images = json.loads(plan.read_text())["images"]
    command = ["nijigen", "train", learn_from, "--recipe", arguments.recipe, "--out", folder / "run", "-q"]
    command += ["--images", images, "--seed", arguments.seed, "--threads", arguments.threads]
    command += [word for change in changes for word in ("--set", change)]
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", *map(str, command)], check=True)
    seconds = time.monotonic() - started
    judge, held, answers = reader(arguments.out, arguments.drawings)
    schema = Dataset.open(held_out).schema
    labels = Dataset.open(held_out).load().labels
    model = load(folder / "run", threads=arguments.threads)
    made = np.stack(
        [
            model.generate(1, seed=place, batch=1, attributes=schema.decode(row))[0].pixels
            for place, row in enumerate(labels)
        ]
    )
    avatars = torch.from_numpy(made).permute(0, 3, 1, 2)
    figures: dict[str, Any] = {"recipe": arguments.recipe, "seed": arguments.seed, "images": images, "seconds": seconds}
    figures["labels"] = scores(judge, avatars, answers)
    figures["real"] = scores(judge, held, answers)
    figures["chance"] = chances(answers, judge)
    figures["distance"] = frechet(features(judge, held), features(judge, avatars))
    write_png(folder / "sheet.png", make_sheet(list(made[:48]), 12))
    np.save(folder / "avatars.npy", made[:SHOWN])
    write_json(result, figures)


def length(recipe: str, changes: tuple[str, ...], speed: float, seconds: float) -> int:
    """Images that training sees in so many seconds; smaller ones of a growing model go faster."""
    trainer = _trainer(load_recipe(recipe, changes), 100, torch.device("cpu"))
    parts = [(min(measure(trainer, at=at).seconds for _ in range(5)), count) for at, count in stretches(trainer)]
    images = 0
    for pace, count in parts[:-1]:
        seconds -= count / speed * pace / parts[-1][0]
        images += count
    return images + int(max(0.0, seconds) * speed)


def scores(judge: Reader, pictures: Tensor, answers: Tensor) -> dict[str, float]:
    """For each attribute the share of pictures that show the word, of those whose word can be seen."""
    said = _say(judge, pictures)
    found = {}
    for place, attribute in enumerate(judge.attributes):
        seen = answers[:, place] >= 0
        found[attribute.name] = (said[seen, place] == answers[seen, place]).float().mean().item()
    return found


def chances(answers: Tensor, judge: Reader) -> dict[str, float]:
    """What avatars of other labels would score: the chance that two drawings have the same word."""
    found = {}
    for place, attribute in enumerate(judge.attributes):
        seen = answers[answers[:, place] >= 0, place]
        shares = torch.bincount(seen, minlength=len(attribute.values)).double() / len(seen)
        found[attribute.name] = shares.square().sum().item()
    return found


@torch.no_grad()
def features(judge: Reader, pictures: Tensor) -> Tensor:
    """The reader's features, averaged over places: float64 ``[N, 256]``."""
    body = judge.body[:-3]  # before pooling to places, flattening and dropout
    batches = [body(p.float().div(127.5).sub(1)).mean(dim=(2, 3)) for p in pictures.split(256)]
    return torch.cat(batches).double()


def frechet(first: Tensor, second: Tensor) -> float:
    """Fréchet distance of two sets of features."""
    return frechet_distance(Moments.of(first), Moments.of(second))


def table(out: Path, recipes: list[str], seeds: list[int]) -> str:
    """The figures as a Markdown table."""
    rows = []
    for recipe in recipes:
        for seed in seeds:
            file = out / f"{recipe}-{seed}" / "figures.json"
            if file.is_file():
                rows.append(json.loads(file.read_text()))
    if not rows:
        return "no figures yet"
    names = list(rows[0]["labels"])
    heads = ["recipe", "seed", "images", "distance", "nearest to chance", *names]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        cells = [f"{row['labels'][name]:.0%}" for name in names]
        facts = [row["recipe"], row["seed"], f"{row['images']:,}", f"{row['distance']:.1f}", nearest_to_chance(row)]
        lines.append("| " + " | ".join(map(str, [*facts, *cells])) + " |")
    for name, key in (("held-out drawings", "real"), ("chance", "chance")):
        lines.append(f"| {name} | | | | | " + " | ".join(f"{rows[0][key][n]:.0%}" for n in names) + " |")
    return "\n".join(lines)


def nearest_to_chance(row: dict[str, Any]) -> str:
    """The attribute that is heard least, in times chance; of two words none can have three times chance."""
    times = {name: said / row["chance"][name] for name, said in row["labels"].items() if row["chance"][name] < 1 / 3}
    worst = min(times, key=lambda name: times[name])
    return f"{worst} {times[worst]:.1f}×"


def side_by_side(out: Path, recipes: list[str], seed: int) -> Image.Image:
    """A row of avatars for each recipe, asked for with the same labels; the first row is the drawings."""
    rows = [("held-out drawings", Dataset.open(out / "held-out").load().images[:SHOWN].permute(0, 2, 3, 1).numpy())]
    for recipe in recipes:
        file = out / f"{recipe}-{seed}" / "avatars.npy"
        if file.is_file():
            rows.append((recipe, np.load(file)))
    side, gap, words = 64, 4, 190
    canvas = Image.new("RGB", (words + SHOWN * (side + gap), len(rows) * (side + gap)), "white")
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(15)
    for place, (name, pictures) in enumerate(rows):
        pen.text((6, place * (side + gap) + side // 2 - 9), name, fill="black", font=font)
        for column, picture in enumerate(pictures):
            large = Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST)
            canvas.paste(large, (words + column * (side + gap), place * (side + gap)))
    return canvas


def _answers(block: Tensor) -> Tensor:
    return torch.where(block.any(dim=1), block.argmax(dim=1), -1)


@torch.no_grad()
def _say(judge: Reader, pictures: Tensor) -> Tensor:
    batches = [torch.stack([logits.argmax(1) for logits in judge(batch)], 1) for batch in pictures.split(256)]
    return torch.cat(batches)


def _flag(arguments: argparse.Namespace, name: str) -> list[str]:
    return [f"--{name}", str(getattr(arguments, name))]


if __name__ == "__main__":
    main()
