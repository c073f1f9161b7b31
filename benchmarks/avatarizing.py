"""How well photographs are read: coverage, accuracy and calibration on hand labels, and the numbers in the code.

    OMP_NUM_THREADS=1 nice -n 15 python benchmarks/avatarizing.py ../shared/data/portrait-photos-256.zip
    OMP_NUM_THREADS=1 nice -n 15 python benchmarks/avatarizing.py ../shared/data/portrait-photos-256.zip --fit

The labels, ``avatarizing.csv``, were given by eye: hair and skin of 140 pictures taken by chance and of more with rare
words, glasses of all 905, smiles of all where they are plain. ``?`` is what a person could not tell, an empty cell
what was not looked at. Thresholds were chosen on the half ``tune``; ``test`` is what is published. ``--fit`` fits the
constants of glasses, smile and tone again on ``tune`` and prints them, and where eyes are in the boxes of faces.
"""

import argparse
import csv
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nijigen.avatarizing.aligned import view_of
from nijigen.avatarizing.glasses import Frame, measure_glasses
from nijigen.avatarizing.portrait import Portrait, open_portrait, read_portrait
from nijigen.avatarizing.reading import NAMES, Reading
from nijigen.avatarizing.smile import Mouth, measure_smile
from nijigen.avatarizing.tone import WORDS, measure_tone
from nijigen.errors import NijigenError
from nijigen.images.decode import decode
from nijigen.images.faces.face import Face
from nijigen.progress import track

LABELS = Path(__file__).with_name("avatarizing.csv")
BARE = ("bald", "hidden")  # labels of hair of which nothing should be told
BINS = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)

Row = dict[str, str]


def portraits(archive: Path, rows: list[Row]) -> Iterator[tuple[Row, Portrait | None]]:
    with zipfile.ZipFile(archive) as pictures:
        names = {name.rsplit("/", 1)[-1]: name for name in pictures.namelist()}
        with track(len(rows), "photographs", unit="photographs") as bar:
            for row in rows:
                image = decode(pictures.read(names[row["file_name"]]))
                try:
                    yield row, open_portrait(image)
                except NijigenError:
                    yield row, None
                bar.advance()


def right(name: str, label: str, words: tuple[str, ...]) -> bool:
    """Whether a reading is right; red and orange hair are one, for people too call both red."""
    if name == "hair_color" and label in ("red", "orange"):
        return bool({"red", "orange"} & set(words))
    return label in words


def table(name: str, half: str, read: list[tuple[Row, list[Reading] | None]]) -> None:
    labelled = [(row[name], found) for row, found in read if row["half"] == half and row[name] not in ("", "?", *BARE)]
    told = [(label, _of(name, found)) for label, found in labelled]
    told_only = [(label, one) for label, one in told if one is not None and one.told]
    hits = [right(name, label, one.words) for label, one in told_only]
    commonest = max({label for label, _ in labelled}, key=[label for label, _ in labelled].count)
    share = np.mean([label == commonest for label, _ in labelled])
    without = sum(found is None for _, found in labelled)
    print(f"{name} {half}: {len(labelled)} labelled, {without} without a face found, "
          f"told {len(told_only)} ({len(told_only) / len(labelled):.0%}), right {np.mean(hits):.1%}; "
          f"always {commonest}: {share:.0%}")  # fmt: skip
    if name == "hair_color":
        bare = [_of(name, found) for row, found in read if row["half"] == half and row[name] in BARE]
        wrongly = sum(one is not None and one.told for one in bare)
        print(f"  bare heads and hats: {len(bare)}, told all the same: {wrongly}")
    if name == "skin_tone":
        for count in (1, 2, 3):
            mine = [hit for (_, one), hit in zip(told_only, hits, strict=True) if len(one.words) == count]
            print(f"  {count} neighbouring words: told {len(mine)}, right {sum(mine)}")
        fixed = max(np.mean([label in WORDS[at : at + 3] for label, _ in labelled]) for at in range(len(WORDS) - 2))
        print(f"  always the same three words: {fixed:.0%}")
    if name == "glasses":
        worn = [(label != "no", one.words != ("no",)) for label, one in told_only]
        print(f"  glasses or none: right {np.mean([a == b for a, b in worn]):.1%}; said to be worn "
              f"{sum(b for _, b in worn)}, of them right {np.mean([a for a, b in worn if b]):.0%}")  # fmt: skip
    for label in dict.fromkeys(label for label, _ in labelled):
        mine = [right(name, label, one.words) for which, one in told_only if which == label]
        count = sum(which == label for which, _ in labelled)
        seen = sum(which == label and found is not None for which, found in labelled)
        print(f"  {label}: {count} labelled, face found in {seen}, told {len(mine)}, right {sum(mine)}")
    for low, high in pairwise(BINS):
        inside = [(one.confidence, hit) for (_, one), hit in zip(told_only, hits, strict=True)
                  if one.confidence is not None and low <= one.confidence < high]  # fmt: skip
        if inside:
            said, true = np.mean([c for c, _ in inside]), np.mean([hit for _, hit in inside])
            print(
                f"  confidence {low:.2f} to {min(high, 1):.2f}: {len(inside)} told, said {said:.2f}, right {true:.2f}"
            )


def _of(name: str, found: list[Reading] | None) -> Reading | None:
    return None if found is None else next(one for one in found if one.name == name)


def logistic_fit(measures: Any, yes: Any) -> list[float]:
    """Constant and weights of a logistic regression, with a little ridge on standardised measures."""
    values, answers = torch.tensor(np.array(measures)), torch.tensor(np.array(yes), dtype=torch.float64)
    middle, spread = values.mean(dim=0), values.std(dim=0)
    weights = torch.zeros(values.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimizer.zero_grad()
        logits = (values - middle) / spread @ weights[1:] + weights[0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, answers)
        loss = loss + 0.0015 * (weights[1:] ** 2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    final = weights.detach()
    slopes = final[1:] / spread
    return [round(float(final[0] - (slopes * middle).sum()), 3), *(round(float(slope), 3) for slope in slopes)]


def probit_fit(angles: Any, words: Any) -> tuple[list[float], float]:
    """Cuts and spread of an ordered probit; words count by the root of how rare they are."""
    values, index = torch.tensor(np.array(angles)), torch.tensor(np.array(words))
    rare = torch.bincount(index, minlength=len(WORDS)).double().rsqrt()[index]
    first = torch.tensor([80.0, 25.0, 25.0, 25.0], dtype=torch.float64, requires_grad=True)
    spread = torch.tensor(30.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([first, spread], 0.5)
    normal = torch.distributions.Normal(0, 1)
    for _ in range(2000):
        cuts = first[0] - torch.cat([torch.zeros(1), torch.cumsum(first[1:].abs(), 0)])
        lighter = normal.cdf((values[:, None] - cuts) / spread)
        ends = torch.cat([torch.zeros(len(values), 1), lighter, torch.ones(len(values), 1)], dim=1)
        shares = (ends[:, 1:] - ends[:, :-1]).clamp_min(1e-3)
        loss = -(rare * shares[torch.arange(len(index)), index].log()).sum() / rare.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [round(float(cut), 1) for cut in cuts.detach()], round(float(spread.detach()), 1)


def fit(read: list[tuple[Row, Portrait | None]]) -> None:
    faces = [one.face for _, one in read if one is not None and one.face.eyes is not None]
    print("USUAL_EYES", [[_median_share(faces, eye, axis) for axis in (0, 1)] for eye in (0, 1)])
    tune = [(row, view_of(one.image, one.face)) for row, one in read if one is not None and row["half"] == "tune"]
    frames: list[tuple[str, Frame]] = [
        (row["glasses"], frame) for row, view in tune if row["glasses"] != "?" and (frame := measure_glasses(view))
    ]
    print("FRAME", logistic_fit([frame.edges() for _, frame in frames], [word != "no" for word, _ in frames]))
    worn = [(word, frame) for word, frame in frames if word != "no"]
    print("DARK", logistic_fit([(f.darker, f.other) for _, f in worn], [word == "dark" for word, _ in worn]))
    mouths: list[tuple[str, Mouth]] = [
        (row["smile"], mouth) for row, view in tune if row["smile"] not in ("", "?") and (mouth := measure_smile(view))
    ]
    print("SMILE", logistic_fit([mouth.measures() for _, mouth in mouths], [word == "smile" for word, _ in mouths]))
    tones = [
        (WORDS.index(row["skin_tone"]), angle) for row, view in tune
        if row["skin_tone"] in WORDS and (angle := measure_tone(view)) is not None
    ]  # fmt: skip
    print("CUTS, SPREAD", *probit_fit([angle for _, angle in tones], [word for word, _ in tones]))


def _median_share(faces: list[Face], eye: int, axis: int) -> float:
    """Where an eye is, as a share of the width (axis 0) or height (1) of the face's box."""
    shares = [
        (face.eyes[eye][axis] - face.box[axis]) / (face.box[axis + 2] - face.box[axis]) for face in faces if face.eyes
    ]
    return round(float(np.median(shares)), 3)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("archive", type=Path, help="portrait-photos-256.zip")
    arguments.add_argument("--fit", action="store_true", help="fit the constants again on the tuning half")
    options = arguments.parse_args()
    with open(LABELS, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if options.fit:
        fit(list(portraits(options.archive, [row for row in rows if row["half"] == "tune"])))
        return
    read = [(row, None if one is None else read_portrait(one)) for row, one in portraits(options.archive, rows)]
    for name in NAMES:
        for half in ("tune", "test"):
            table(name, half, read)


if __name__ == "__main__":
    main()
