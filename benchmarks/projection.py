"""How near does a projection come: to a model's own avatars, and to drawings that it never saw?

    python benchmarks/projection.py [--model chibi] [--count 50] [--steps 300] [--space w+] [--out runs/projection]

Own avatars are pictures that the model certainly can make, so what is missing there is the search's fault; of new
drawings of the illustrator, in no data set, it is mostly the model's. Peak signal-to-noise ratio in dB of the pixels of
the PNG, over all channels; a mean of seconds of a core. ``own.png`` and ``drawings.png`` in the folder show pictures
and beneath each what was found, which is kept there, so that an interrupted run goes on; to search anew remove the
folder.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from nijigen import load
from nijigen.avatar import SHOWN_SIZE
from nijigen.data.chibi import ChibiSource
from nijigen.data.sources import Entry
from nijigen.edit.projection import SPACES
from nijigen.engine.model import Model
from nijigen.engine.projecting import STEPS, project
from nijigen.files import write_json
from nijigen.images.png import write_png
from nijigen.images.sheet import Pixels, make_sheet
from nijigen.progress import track
from nijigen.seeds import derive

GOOD = 30.0  # dB
COLUMNS, SHOWN = 8, 32  # of a sheet


def main() -> None:
    """Project, print the table, write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="chibi")
    parser.add_argument("--count", type=int, default=50, help="of each kind")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--space", choices=SPACES, default=None)
    parser.add_argument("--only", choices=("own", "drawings"))
    parser.add_argument("--out", type=Path, default=Path("runs/projection"))
    arguments = parser.parse_args()
    model = load(arguments.model, "cpu", 1)
    print(f"{model.name} {model.digest[:12]}, {arguments.steps} steps, {arguments.count} of each\n")
    print(
        f"| pictures | median dB | worst | best | {GOOD:g} dB and more | s of a core |\n|---|---|---|---|---|---|",
        flush=True,
    )
    kinds: dict[str, Callable[[Model, int], Image.Image]] = {"own": own, "drawings": drawing}
    for kind, picture in kinds.items():
        if arguments.only in (None, kind):
            print(
                row(kind, [picture(model, number) for number in range(arguments.count)], model, arguments), flush=True
            )


def row(kind: str, pictures: list[Image.Image], model: Model, arguments: argparse.Namespace) -> str:
    """Project all pictures of a kind; its line of the table."""
    found: list[dict[str, float]] = []
    shown: list[tuple[Pixels, Pixels]] = []
    folder: Path = arguments.out / f"{model.digest[:12]}-{arguments.space or 'best'}-{arguments.steps}"
    with track(len(pictures), kind) as bar:
        for number, picture in enumerate(pictures):
            kept, figures = folder / f"{kind}-{number:04d}.png", folder / f"{kind}-{number:04d}.json"
            if not figures.is_file():  # it is written last
                write_json(figures, searched(picture, model, arguments, kept))
            found.append(json.loads(figures.read_text()))
            with Image.open(kept) as made:
                shown.append((np.asarray(picture), np.asarray(made)))
            bar.advance()
    write_png(arguments.out / f"{kind}.png", sheet(shown[:SHOWN]))
    likeness = [one["dB"] for one in found]
    cells = (
        f"{statistics.median(likeness):.1f}",
        f"{min(likeness):.1f}",
        f"{max(likeness):.1f}",
        f"{sum(decibels >= GOOD for decibels in likeness)} of {len(likeness)}",
        f"{statistics.mean(one['seconds'] for one in found):.1f}",
    )
    return f"| {kind} | {' | '.join(cells)} |"


def searched(picture: Image.Image, model: Model, arguments: argparse.Namespace, kept: Path) -> dict[str, float]:
    """Project one picture and keep what it looks like; dB and seconds of a core."""
    start = time.process_time()
    found = project(picture, model, space=arguments.space, steps=arguments.steps)
    seconds = time.process_time() - start
    write_png(kept, found.avatar.image)
    return {"dB": found.likeness, "seconds": seconds}


def own(model: Model, number: int) -> Image.Image:
    """An avatar of the model, with a seed of its own."""
    return model.generate(1, derive("own avatar", number))[0].image


def drawing(model: Model, number: int) -> Image.Image:
    """A drawing of the illustrator whose seed no data set has, of the model's size and channels."""
    shape = model.generator.shape
    seed = derive("new drawings", number)
    picture, _ = ChibiSource(1, 0).draw(Entry("new", 0, seed), shape.resolution, shape.channels)
    return picture


def sheet(pairs: list[tuple[Pixels, Pixels]]) -> Image.Image:
    """Rows of pictures, and beneath each row what was found."""
    cells: list[Pixels] = []
    for first in range(0, len(pairs), COLUMNS):
        line = pairs[first : first + COLUMNS]
        blank = [np.zeros_like(line[0][0])] * (min(COLUMNS, len(pairs)) - len(line))
        cells += [*(picture for picture, _ in line), *blank, *(made for _, made in line), *blank]
    return make_sheet(cells, min(COLUMNS, len(pairs)), least=SHOWN_SIZE)


if __name__ == "__main__":
    main()
