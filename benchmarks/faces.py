"""OMP_NUM_THREADS=1 nice -n 15 python benchmarks/faces.py ../shared/data

How well faces are found, and how they are cut out. The cascades are looked for as always (``nijigen weights``).

Pages are made for it: faces of ``anime-faces-96.zip`` at random places and sizes (40 to 240 pixels), rotated by up to
20 degrees, their edges softened, on backgrounds of the built-in illustrator and on plain gradients of 1,000 pixels. A
face counts as found where a box overlaps its own by half (intersection over union). Those faces were once cut out of
drawings by some detector, most likely by this very cascade: what it misses in the wild is not among them. So the
illustrator's own full figures are looked at too, which no detector has chosen.
"""

import argparse
import io
import math
import random
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from nijigen.illustrator import SCHEMA, compose
from nijigen.illustrator.backgrounds import draw_background
from nijigen.illustrator.render import png
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject
from nijigen.illustrator.traits import Traits
from nijigen.images.faces.crop import LEVEL
from nijigen.images.faces.detector import FaceDetector, open_detector
from nijigen.images.faces.face import Face

SIDE = 1000
Box = tuple[float, float, float, float]


@dataclass
class Page:
    image: Image.Image
    faces: list[Box] = field(default_factory=list)
    angles: list[float] = field(default_factory=list)  # clockwise


def pictures(path: Path, count: int, seed: int) -> Iterator[Image.Image]:
    """``count`` pictures of a zip, RGB, in an order that the seed gives."""
    with zipfile.ZipFile(path) as file:
        names = sorted(name for name in file.namelist() if name.lower().endswith((".jpg", ".png")))
        for name in random.Random(seed).sample(names, min(count, len(names))):
            with Image.open(io.BytesIO(file.read(name))) as image:
                yield image.convert("RGB")


def canvas(number: int, dice: random.Random) -> Image.Image:
    """A page without faces: a background of the illustrator, or a gradient with a little grain."""
    if number % 2 == 0:
        kinds = SCHEMA["background"].values
        character = compose(number, background=kinds[number // 2 % len(kinds)])
        scene = Scene()
        draw_background(scene, Subject(character.attributes, Traits(character.seed), fine=True))
        return Image.open(io.BytesIO(png(scene.svg(SIDE)))).convert("RGB")
    ends = np.array([[dice.randrange(256) for _ in range(3)] for _ in range(2)], np.float32)
    share = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None, None]
    grain = np.random.default_rng(number).normal(0, 4, (SIDE, SIDE, 3)).astype(np.float32)
    pixels = ends[0] * (1 - share) + ends[1] * share + grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def soft_edge(size: int) -> Image.Image:
    """A rounded square that fades out towards its edge."""
    along = np.abs(np.linspace(-1, 1, size, dtype=np.float32))
    far = (along[:, None] ** 6 + along[None, :] ** 6) ** (1 / 6)
    return Image.fromarray(np.clip((1 - far) / 0.06 * 255, 0, 255).astype(np.uint8))


def make_pages(faces: list[Image.Image], lean: float, seed: int) -> list[Page]:
    """All faces on pages of up to six."""
    dice = random.Random(seed)
    left = list(faces)
    pages: list[Page] = []
    while left:
        page = Page(canvas(len(pages), dice))
        for _ in range(min(6, len(left))):
            size = round(math.exp(dice.uniform(math.log(40), math.log(240))))
            place = free_place(page, size, dice)
            angle = dice.uniform(-lean, lean)
            turned, mask = (
                one.rotate(-angle, Image.Resampling.BICUBIC, expand=True)
                for one in (left.pop().resize((size, size), Image.Resampling.LANCZOS), soft_edge(size))
            )
            grown = (turned.width - size) // 2
            page.image.paste(turned, (place[0] - grown, place[1] - grown), mask)
            page.faces.append((*place, place[0] + size, place[1] + size))
            page.angles.append(angle)
        pages.append(page)
    return pages


def free_place(page: Page, size: int, dice: random.Random) -> tuple[int, int]:
    while True:
        x, y = (dice.randrange(SIDE - size) for _ in range(2))
        reach = 0.25 * size  # rotated corners
        clear = (
            x + size + reach < x0 - 0.25 * (x1 - x0) or x - reach > x1 + 0.25 * (x1 - x0)
            or y + size + reach < y0 - 0.25 * (x1 - x0) or y - reach > y1 + 0.25 * (x1 - x0)
            for x0, y0, x1, y1 in page.faces
        )  # fmt: skip
        if all(clear):
            return x, y


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(0.0, width) * max(0.0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / (sum(areas) - common)


def match(page: Page, found: list[Face]) -> tuple[list[Face | None], int]:
    """For each face of a page the find that overlaps it by half, and how many finds touch no face."""
    hits = [next((face for face in found if overlap(face.box, box) >= 0.5), None) for box in page.faces]
    strays = sum(all(overlap(face.box, box) < 0.1 for box in page.faces) for face in found)
    return hits, strays


def on_pages(detector: FaceDetector, faces: list[Image.Image], lean: float, seed: int) -> None:
    """Recall by size and by lean, and what is found where there is nothing."""
    pages = make_pages(faces, lean, seed)
    start = time.process_time()
    rows: list[tuple[float, float, Face | None]] = []
    strays = 0
    for page in pages:
        hits, more = match(page, detector.find(page.image))
        strays += more
        rows += [(box[2] - box[0], angle, hit) for box, angle, hit in zip(page.faces, page.angles, hits, strict=True)]
    taken = (time.process_time() - start) / len(pages)
    print(f"{detector.name}: {len(rows)} faces on {len(pages)} pages of {SIDE} px, seed {seed}, {taken:.2f} s a page")
    print(f"  found {share(row[2] is not None for row in rows)}; finds where no face is: {strays}")
    for low, high in ((40, 64), (64, 120), (120, 241)):
        print(f"  {low} to {high - 1} px: {share(row[2] is not None for row in rows if low <= row[0] < high)}")
    for least, most in ((0, 7), (7, 14), (14, 21)):
        part = [row[2] is not None for row in rows if least <= abs(row[1]) < most]
        print(f"  leaning by {least} to {most} degrees: {share(part)}")


def share(good: Iterable[bool]) -> str:
    rows = list(good)
    return f"{sum(rows)} of {len(rows)} ({sum(rows) / max(1, len(rows)):.1%})"


def on_nothing(detector: FaceDetector, count: int) -> None:
    dice = random.Random(7)
    finds = [len(detector.find(canvas(number, dice))) for number in range(count)]
    print(f"{detector.name}: {sum(finds)} finds on {count} pages without a face")


def on_pictures(detector: FaceDetector, name: str, images: list[Image.Image]) -> None:
    """How often one face is found in pictures that show one, and which share of the picture its box is."""
    start = time.process_time()
    found = [detector.find(image) for image in images]
    taken = (time.process_time() - start) / len(images)
    counts = [sum(len(faces) == number for faces in found) for number in (0, 1)]
    sides = [face.side / image.width for image, faces in zip(images, found, strict=True) for face in faces]
    line = f"{detector.name} on {len(images)} of {name}: one face {counts[1]}, none {counts[0]}, several "
    print(f"{line}{len(images) - sum(counts)}; {1000 * taken:.0f} ms a picture", end="")
    if sides:
        middle = float(np.median(sides))
        print(f"; box {middle:.2f} of the picture's side, which is a margin of {(1 / middle - 1) / 2:.2f}", end="")
    print()


def on_leaning(detector: FaceDetector, name: str, images: list[Image.Image], seed: int) -> None:
    """Each picture as it is and turned: by how much the angle that is told differs from the turn."""
    dice = random.Random(seed)
    turns, errors = [], []
    for image in images:
        turn = dice.uniform(-20, 20)
        told = [one[0].angle for lean in (0.0, turn) if len(one := detector.find(on_white_page(image, lean))) == 1]
        if len(told) == 2 and None not in told:
            turns.append(abs(turn))
            errors.append(abs(told[1] - told[0] - turn))
    line = f"{detector.name}, the lean of {len(errors)} of {len(images)} of {name}, seed {seed}: turned by"
    print(f"{line} {np.mean(turns):.1f} degrees in the mean, told with an error of {np.mean(errors):.1f}", end="")
    print(f" (median {np.median(errors):.1f})")


def on_white_page(image: Image.Image, lean: float) -> Image.Image:
    """A picture turned clockwise in the middle of a page of twice its size."""
    page = Image.new("RGB", (2 * image.width, 2 * image.height), "white")
    turned, mask = (
        one.rotate(-lean, Image.Resampling.BICUBIC, expand=True) for one in (image, Image.new("L", image.size, 255))
    )
    page.paste(turned, (image.width - turned.width // 2, image.height - turned.height // 2), mask)
    return page


def on_drawings(detector: FaceDetector, count: int) -> None:
    """The illustrator's figures, whose lean is known: how often the one face is found, and what its turn mends."""
    for framing in ("full", "bust"):
        found, drawn, left = [], [], []
        for seed in range(count):
            lean = random.Random(seed).uniform(-12, 12)
            character = compose(seed, framing=framing, tilt=lean)
            faces = detector.find(Image.fromarray(character.render(320)))
            found.append(len(faces))
            if len(faces) == 1 and (angle := faces[0].angle) is not None:
                drawn.append(abs(lean))
                left.append(abs(lean - angle) if abs(angle) >= LEVEL else abs(lean))
        line = f"{detector.name} on {count} drawings ({framing}): one face {found.count(1)}, none {found.count(0)}; "
        print(f"{line}leaning by {np.mean(drawn):.1f} degrees in the mean, {np.mean(left):.1f} once turned upright")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with the three zips")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    anime, photo, auto = (open_detector(kind) for kind in ("anime", "photo", "auto"))
    drawn, novel, people = (
        list(pictures(given.data / name, count, given.seed))
        for name, count in (
            ("anime-faces-96.zip", 600), ("visual-novel-faces-64.zip", 100), ("portrait-photos-256.zip", 120),
        )
    )  # fmt: skip
    on_pages(anime, drawn, 20, given.seed)
    on_nothing(anime, 30)
    on_nothing(photo, 30)
    for name, images in (
        ("anime-faces-96", drawn[:100]),
        ("visual-novel-faces-64", novel),
        ("portrait photos", people),
    ):
        for detector in (anime, photo, auto):
            on_pictures(detector, name, images)
    on_leaning(anime, "visual-novel-faces-64", novel, given.seed)
    on_leaning(photo, "portrait photos", people[:60], given.seed)
    on_drawings(anime, 80)
    print(f"{time.process_time():.0f} s of one core")


if __name__ == "__main__":
    main()
