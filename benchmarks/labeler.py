"""The labeler that comes with nijigen: makes it, and says how well it reads.

    python benchmarks/labeler.py make     # draws 20,000 avatars, learns from them, writes src/nijigen/pretrained/
    python benchmarks/labeler.py judge    # tables of docs/labeler.md, from avatars it has never seen
    python benchmarks/labeler.py strange --data ../shared/data    # pictures of other kinds: how many get labels

`make` takes about twenty minutes of one core and gives the same file again on the same kind of machine. `judge` draws
held-out avatars at 32, 64 and 128 pixels, each drawn at that size rather than resized.
"""

import argparse
import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nijigen import Dataset
from nijigen.features.degrading import degrade
from nijigen.features.labeler import Labeler, bundled_labeler, load_labeler, read_labeler
from nijigen.features.learning import Head, answers, judge
from nijigen.features.reading import read_pictures
from nijigen.images.resize import square
from nijigen.machine import prepare_machine

DRAWINGS, SEEN = 20_000, 160_000
HELD_OUT = 2_000
SIZES = (64, 32, 128)
PARTS = 50  # pictures at once


def main() -> None:
    """One of the verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("make", "judge", "strange"):
        verb = verbs.add_parser(name)
        verb.add_argument("--folder", type=Path, default=Path("runs/labeler"), help="for the drawings")
        verb.add_argument("--labeler", type=Path, help="another one than that which comes with nijigen")
        verb.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    prepare_machine(1)
    if arguments.verb == "make":
        make(arguments.folder, arguments.labeler or bundled_labeler())
    elif arguments.verb == "judge":
        judge_all(arguments.folder, arguments.labeler)
    else:
        strange(arguments.folder, arguments.data, load_labeler(arguments.labeler))


def make(folder: Path, out: Path) -> None:
    """Draw, learn, write."""
    data = drawings(folder, "labeler-drawings", DRAWINGS, 64, "labeler")
    words = ("train-labeler", data, "--out", out, "--images", SEEN, "--seed", 0, "--threads", 1)
    nijigen(*words)


def judge_all(folder: Path, path: Path | None) -> None:
    """Tables for people: right answers and calibration for each attribute and size; then worse pictures; then speed."""
    labeler, card, digest = read_labeler(path)
    print(f"labeler {digest[:12]}, taught by {card['dataset']['name']} ({card['dataset']['digest'][:12]})\n")
    columns: dict[str, list[Head]] = {}
    confident: dict[str, tuple[float, float]] = {}
    for size in SIZES:
        pictures, right = held_out(folder, size, labeler)
        columns[f"{size} px"], confident[f"{size} px"] = examined(labeler, pictures, right)
        if size == 64:
            generator = torch.Generator().manual_seed(0)
            worse = []
            for part in torch.split(pictures, PARTS):
                values, _ = degrade(part.float().div_(127.5).sub_(1), 64, generator)
                worse.append(values.add_(1).mul_(127.5).round_().byte())
            columns["64 px, made worse"], confident["64 px, made worse"] = examined(labeler, torch.cat(worse), right)
    print("| attribute | chance | " + " | ".join(columns) + " | calibration error, 64 px |")
    print("|---" * (len(columns) + 3) + "|")
    for place, name in enumerate(labeler.schema.names):
        rows = [heads[place] for heads in columns.values()]
        cells = [f"{head.right:.1%}" for head in rows]
        print(f"| `{name}` | {rows[0].chance:.0%} | " + " | ".join(cells) + f" | {rows[0].error:.3f} |")
    means = [sum(head.right for head in heads) / len(heads) for heads in columns.values()]
    error = sum(head.error for head in columns["64 px"]) / len(labeler.schema.names)
    print("| **mean** | | " + " | ".join(f"**{mean:.2%}**" for mean in means) + f" | {error:.3f} |\n")
    for name, (share, right_share) in confident.items():
        print(f"{name}: {share:.1%} of labels are given with confidence 0.9, and {right_share:.2%} of those are right")
    for size in SIZES:
        for count in (1, 64):
            print(f"{size} px, {count} at once: {speed(labeler, size, count):.2f} ms a picture on one core")


def examined(labeler: Labeler, pictures: Tensor, right: dict[str, Tensor]) -> tuple[list[Head], tuple[float, float]]:
    """Each head's figures; and of all labels, how many ``nijigen label`` gives, and how many of these are right."""
    parts = [labeler.probabilities(part) for part in torch.split(pictures, PARTS)]
    said = {name: torch.cat([part[name] for part in parts]) for name in labeler.schema.names}
    given = hits = asked = 0
    for row, reading in enumerate(read_pictures(labeler, pictures)):
        for name in labeler.schema.names:
            place = int(right[name][row])
            asked += place >= 0
            if place >= 0 and name in reading.labels:
                given += 1
                hits += reading.labels[name] == labeler.schema[name].values[place]
    return judge(labeler, said, right), (given / asked, hits / max(1, given))


def strange(folder: Path, data: Path, labeler: Labeler) -> None:
    """Pictures of other kinds, and what ``nijigen label`` makes of them."""
    drawn = {f"our drawings, {size} px": held_out(folder, size, labeler)[0][:600] for size in SIZES}
    generator = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (300, 3, 64, 64), dtype=torch.uint8, generator=generator)
    others = {path.stem: from_zip(path, 600) for path in sorted(data.glob("*.zip"))}
    others |= {"noise": noise, "one colour": noise[:, :, :1, :1].expand(-1, -1, 64, 64)}
    print("| pictures | of another kind | labels a picture | labels a picture without that test |")
    print("|---|---|---|---|")
    for name, pictures in {**drawn, **others}.items():
        rows = list(read_pictures(labeler, pictures))
        free = list(read_pictures(labeler, pictures, farthest=float("inf")))
        shares = [sum(row.strange for row in rows), sum(len(row.labels) for row in rows)]
        shares += [sum(len(row.labels) for row in free)]
        far, few, many = (share / len(pictures) for share in shares)
        print(f"| {name} | {far:.1%} | {few:.2f} | {many:.2f} |")


def held_out(folder: Path, size: int, labeler: Labeler) -> tuple[Tensor, dict[str, Tensor]]:
    """Drawings that no labeler has learned from, and what can be seen in them."""
    dataset = Dataset.open(drawings(folder, f"held-out-{size}", HELD_OUT, size, "labeler-held-out"))
    resident = dataset.load()
    return resident.images, answers(resident.labels, dataset.schema, labeler.schema)


def drawings(folder: Path, name: str, count: int, size: int, seed: str) -> Path:
    """A data set of our own drawings, made once."""
    if not (folder / name / "dataset.json").is_file():
        nijigen("prepare", f"chibi:{count}", folder / name, "--size", size, "--seed", seed, "--no-junk", "--workers", 1)
    return folder / name


def from_zip(path: Path, count: int) -> Tensor:
    """Pictures spread evenly over a zip, squared as ``nijigen label`` does."""
    with zipfile.ZipFile(path) as file:
        names = sorted(name for name in file.namelist() if name.endswith((".jpg", ".png")))
        rows = [
            np.asarray(square(Image.open(io.BytesIO(file.read(name))).convert("RGB"), 64)).transpose(2, 0, 1)
            for name in names[:: max(1, len(names) // count)][:count]
        ]
    return torch.from_numpy(np.stack(rows))


def speed(labeler: Labeler, size: int, count: int) -> float:
    """Milliseconds of processor time a picture, the best of many tries: features and answers in one pass."""
    pictures = torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8)
    best = float("inf")
    with torch.no_grad():
        for _ in range(200 if count == 1 else 12):
            started = time.process_time()
            labeler(pictures)
            best = min(best, time.process_time() - started)
    return best * 1000 / count


def nijigen(*words: object) -> None:
    """Run a verb of the command line."""
    subprocess.run([sys.executable, "-m", "nijigen", *map(str, words)], check=True)


if __name__ == "__main__":
    main()
