"""nice -n 10 python benchmarks/audit.py ../shared/data/anime-faces-96.zip

How often the audit is right: precision and recall of every reason on the `test` half of the hand-labelled pictures, on
junk made of good pictures, and on the random part of the labels alone; the same for near duplicates; what it drops of
the other zips beside the source; and what it costs. ``--index 1000000`` also fills the index of near duplicates.

Labels (tests/data/hand-labels.csv) were given by eye, before any threshold was chosen. ``random`` pictures were drawn
at random, ``chosen`` ones at random among the extremes of some measure, and ``near`` are all others near the thresholds
of grey, dark and washed out, so junk is far more frequent there than in the whole. `blurred` and `grey` were looked at
twice; what was not seen the same way both times, and all that was doubtful at once, stands in the column `doubtful`
and counts neither as right nor as wrong.
"""

import argparse
import csv
import resource
import statistics
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import audit_made as made
import numpy as np
from PIL import Image

from nijigen.data.audit import REASONS, judge, load_thresholds, measure
from nijigen.data.near import Fingerprint, NearIndex, fingerprint
from nijigen.illustrator import compose
from nijigen.images.decode import decode
from nijigen.images.resize import square

LABELS = Path(__file__).parents[1] / "tests" / "data"
# By eye nobody can tell a small picture that was enlarged from one out of focus: both were labelled `blurred`.
SEEN_AS = {"upscaled": "blurred"}


def pictures(path: Path) -> Iterator[tuple[str, Image.Image]]:
    """File name (without folders) and picture, in the order of names; of equal files the first."""
    seen = set()
    with zipfile.ZipFile(path) as file:
        for name in sorted(file.namelist()):
            data = file.read(name)
            if name.lower().endswith((".jpg", ".png")) and data not in seen:
                seen.add(data)
                yield name.rsplit("/", 1)[-1], decode(data)


def audit(path: Path, size: int | None = None) -> tuple[dict[str, set[str]], dict[str, str], float]:
    """Reasons and near duplicates by name, and the time of a core a picture took, in microseconds."""
    thresholds, index = load_thresholds(), NearIndex()
    found, twins, names, spent = {}, {}, [], []
    for number, (name, image) in enumerate(pictures(path)):
        names.append(name)
        fitted = square(image, size or image.width)
        start = time.process_time()
        found[name] = {reason.name for reason in judge(measure(image, fitted), thresholds)}
        print_of = fingerprint(fitted)
        twin = index.find(print_of)
        if twin is None:
            index.add(number, print_of)
        else:
            twins[name] = names[twin]
        spent.append(time.process_time() - start)
    return found, twins, 1e6 * statistics.median(spent)


def share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({part}/{whole})" if whole else "– (0)"


def read_labels() -> list[dict[str, str]]:
    with open(LABELS / "hand-labels.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def score(reason: str, rows: list[dict[str, str]], found: dict[str, set[str]]) -> None:
    """One line: how often a flag is right, and how many of the junk are flagged; doubtful ones not counted."""
    word = SEEN_AS.get(reason, reason)
    junk = {row["file_name"] for row in rows if word in row["reasons"].split()}
    doubtful = {row["file_name"] for row in rows if word in row["doubtful"].split()}
    any_junk = {row["file_name"] for row in rows if row["reasons"]}
    flagged = {row["file_name"] for row in rows if reason in found[row["file_name"]]}
    sure = flagged - doubtful
    columns = [
        reason.ljust(11),
        f"precision {share(len(sure & junk), len(sure)):<14}",
        f"(junk of any kind {share(len(sure & any_junk), len(sure))})".ljust(36),
        f"recall {share(len(flagged & junk), len(junk)):<14}",
        f"(for any reason {share(sum(bool(found[name]) for name in junk), len(junk))})".ljust(34),
        f"doubtful ones flagged {len(flagged & doubtful)} of {len(doubtful)}",
    ]
    print("  " + " ".join(columns))


def by_eye(found: dict[str, set[str]]) -> None:
    rows = read_labels()
    judged = [reason for reason in REASONS if reason != "not_a_face"]
    for half in ("choose", "test"):
        part = [row for row in rows if row["half"] == half]
        print(f"\n{half} half: {len(part)} pictures labelled by eye")
        for reason in judged:
            score(reason, part, found)
    part = [row for row in rows if row["sample"] == "random"]
    dropped = [row for row in part if found[row["file_name"]]]
    right = sum(bool(row["reasons"]) for row in dropped)
    doubt = sum(bool(row["doubtful"]) and not row["reasons"] for row in dropped)
    sure = sum(bool(row["reasons"]) for row in part)
    print(f"\nrandom part, both halves: of {len(part)} {sure} are junk by eye; {len(dropped)} are dropped, of which "
          f"{right} are junk by eye, {doubt} doubtful and {len(dropped) - right - doubt} fine")  # fmt: skip


def tiny(image: Image.Image, number: int) -> Image.Image:
    """A good picture at a quarter to a third of the side, on a ground of one colour."""
    side = int(image.width * (0.24 + 0.02 * (number % 5)))
    page = Image.new("RGB", image.size, ("white", "black", "#f0e0d0")[number % 3])
    page.paste(image.resize((side, side), Image.Resampling.LANCZOS), (number % 40, 30))
    return made.jpeg(page)


def on_made(source: Path, size: int) -> None:
    """Every reason on junk made of the good pictures of the test half, and of drawings of the illustrator."""
    thresholds = load_thresholds()
    good = {row["file_name"] for row in read_labels() if row["half"] == "test" and not row["reasons"] + row["doubtful"]}
    faces = [image for name, image in pictures(source) if name in good][:60]
    drawings = [Image.fromarray(compose(seed).render(96)) for seed in range(60)]
    kinds = {"blurred": made.blurred, "upscaled": made.enlarged, "grey": made.grey, "dark": made.dark,
             "washed_out": made.washed_out, "line_art": made.line_art, "tiny": tiny}  # fmt: skip
    print(f"\nmade junk, {size} px: share caught for the reason itself, and for any reason")
    for reason, make in kinds.items():
        for what, originals in (("faces", faces), ("drawings", drawings)):
            images = [make(image, number) for number, image in enumerate(originals)]
            caught = [{r.name for r in judge(measure(i, square(i, size)), thresholds)} for i in images]
            print(f"  {reason:<11} of {what:<9} {share(sum(reason in c for c in caught), len(caught)):<14}"
                  f" {share(sum(bool(c) for c in caught), len(caught))}")  # fmt: skip
    pages = [made.text(number) for number in range(1000, 1100)]
    caught = [{r.name for r in judge(measure(i, square(i, size)), thresholds)} for i in pages]
    print(f"  text        pages        {share(sum('text' in c for c in caught), len(caught))}")
    for what, images in (("good faces", faces), ("drawings", drawings)):
        lost = Counter(r.name for i in images for r in judge(measure(i, square(i, size)), thresholds))
        print(f"  left as they are, {what}: {sum(lost.values())} of {len(images)} flagged {dict(lost)}")


def pairs(source: Path) -> None:
    """Near duplicates on pairs judged by eye."""
    with open(LABELS / "hand-pairs.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {row[side] for row in rows for side in ("first", "second")}
    prints = {name: fingerprint(image) for name, image in pictures(source) if name in wanted}

    def alike(row: dict[str, str]) -> bool:
        index = NearIndex()
        index.add(0, prints[row["first"]])
        return index.find(prints[row["second"]]) is not None

    print("\nnear duplicates, pairs judged by eye (variant: the same drawing with another mouth, dress or hair colour)")
    for part in ("choose", "test", "found"):
        chosen = [row for row in rows if part in (row["half"], row["sample"])]
        hits = Counter(row["verdict"] for row in chosen if alike(row))
        all_of = Counter(row["verdict"] for row in chosen)
        told = sum(hits.values()) - hits["unsure"]
        print(f"  {part:<7} called duplicates: " + ", ".join(f"{hits[v]}/{all_of[v]} {v}" for v in sorted(all_of))
              + f"; precision {share(hits['same'], told)}, with variants {share(hits['same'] + hits['variant'], told)},"
              f" recall {share(hits['same'], all_of['same'])}")  # fmt: skip


def fill(count: int) -> None:
    """The index with many entries: time, memory, and whether near ones are found again."""
    dice = np.random.default_rng(0)
    index = NearIndex()
    hashes = dice.integers(0, 2**64, count, np.uint64)
    thumbs = dice.integers(0, 256, (1000, len(fingerprint(Image.new("RGB", (8, 8))).thumb)), np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    for number in range(count):
        index.add(number, Fingerprint(int(hashes[number]), thumbs[number % 1000].tobytes()))
    added = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    start, right = time.process_time(), 0
    for _ in range(1000):
        number = int(dice.integers(count))
        flipped = sum(1 << int(bit) for bit in dice.choice(64, 10, replace=False))
        right += index.find(Fingerprint(int(hashes[number]) ^ flipped, thumbs[number % 1000].tobytes())) == number
    asked = time.process_time() - start
    print(f"\nindex of {count:,}: {1e6 * added / count:.0f} microseconds to add one, {asked:.2f} ms to find one, "
          f"{memory / 1024:.0f} MB; of 1,000 with 10 bits changed {right} found")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="anime-faces-96.zip, which the labels are of")
    parser.add_argument("--index", type=int, default=0, help="also fill an index of near duplicates with so many")
    given = parser.parse_args()
    found, twins, cost = audit(given.source)
    print(f"{given.source.name}: {cost:.0f} microseconds of a core a picture (measure, judge, fingerprint, find)")
    report(given.source.name, found, twins)
    by_eye(found)
    on_made(given.source, 96)
    pairs(given.source)
    print()
    small, small_twins, _ = audit(given.source, 64)
    report(f"{given.source.name} made 64 px", small, small_twins)
    for other in sorted(given.source.parent.glob("*.zip")):
        if other != given.source:
            report(other.name, *audit(other)[:2])
    if given.index:
        fill(given.index)


def report(name: str, found: dict[str, set[str]], twins: dict[str, str]) -> None:
    reasons = Counter(reason for names in found.values() for reason in names)
    bad = sum(bool(names) for names in found.values())
    print(f"{name}: {len(found)} different files, {bad} dropped for a reason "
          f"({', '.join(f'{count} {reason}' for reason, count in reasons.most_common())}), "
          f"{len(twins)} near duplicates")  # fmt: skip


if __name__ == "__main__":
    main()
