"""How much nearer to the truth enlarging by a network is than by bicubic or Lanczos, and what it costs.

    python benchmarks/enlarging.py quality ../shared/data     # real faces and the illustrator's drawings
    python benchmarks/enlarging.py machine ../shared/data     # tiles against the whole; memory and time for 4,096 px
    python benchmarks/enlarging.py picture docs/images        # the picture of docs/editing.md

Real pictures are shrunk by 2 or 4 (by area, and by antialiased bicubic) and enlarged back; the peak signal-to-noise
ratio is that of all three colours, its mean over the pictures. The illustrator draws small and large by itself, so
there nothing is shrunk. Weights are looked for as always (``nijigen weights``). One thread.
"""

import argparse
import io
import random
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peak import run
from PIL import Image

from nijigen.enlarge import tiling
from nijigen.enlarge.enlarger import Enlarger, open_enlarger
from nijigen.enlarge.tiling import double
from nijigen.illustrator import compose
from nijigen.images.png import write_png
from nijigen.machine import prepare_machine

Way = Callable[[Image.Image, int], Image.Image]
SETS = ("anime-faces-96", "visual-novel-faces-64")
SHRINKING = {"area": Image.Resampling.BOX, "bicubic": Image.Resampling.BICUBIC}
GROUNDS = {"white": (255, 255, 255), "black": (0, 0, 0), "green": (40, 200, 90)}


def main() -> None:
    """One of the verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("quality", "machine", "picture"))
    parser.add_argument("folder", type=Path, help="with the zips of faces; for picture: where to write it")
    parser.add_argument("--count", type=int, default=200, help="pictures of each set")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    given = parser.parse_args()
    prepare_machine(1)
    if given.verb == "quality":
        quality(given.folder, given.count, given.seed)
    elif given.verb == "machine":
        machine(given.folder, given.seed)
    else:
        picture(given.folder)


def quality(data: Path, count: int, seed: int) -> None:
    """Tables of peak signal-to-noise ratios in dB."""
    ways = all_ways()
    for name in SETS:
        faces = chosen(data / f"{name}.zip", count, seed)
        for scale in (2, 4):
            for shrinking, kernel in SHRINKING.items():
                pairs = [(face.resize((face.width // scale,) * 2, kernel), face) for face in faces]
                compare(f"{name}, {len(pairs)} pictures, seed {seed}, shrunk by {shrinking}", pairs, scale, ways)
    people = [compose(f"enlarging {seed} {number}") for number in range(count // 4)]
    for scale in (2, 4):
        pairs = [(Image.fromarray(one.render(256 // scale, 3)), Image.fromarray(one.render(256, 3))) for one in people]
        compare(f"{len(pairs)} drawings of 256 px, drawn small as well, seed {seed}", pairs, scale, ways)
    transparent(people, seed)


def all_ways() -> dict[str, Way]:
    """Every way to enlarge; bicubic, which nijigen does not offer, is what the others are compared with."""

    def bicubic(image: Image.Image, scale: int) -> Image.Image:
        return image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)

    ways: dict[str, Way] = {"bicubic": bicubic}
    for method in ("lanczos", "upconv7", "vgg7"):
        ways[method] = open_enlarger(method, "cpu")
        if method != "lanczos":
            ways[f"{method}, not bounded"] = unbounded(open_enlarger(method, "cpu"))
    return ways


def unbounded(enlarger: Enlarger) -> Way:
    """The network alone, without what keeps flat areas flat."""

    def way(image: Image.Image, scale: int) -> Image.Image:
        kept, tiling._bounded = tiling._bounded, lambda made, *_: made.clamp(0, 1)
        try:
            return enlarger(image, scale)
        finally:
            tiling._bounded = kept

    return way


def compare(title: str, pairs: list[tuple[Image.Image, Image.Image]], scale: int, ways: dict[str, Way]) -> None:
    """One row for each way: its mean ratio, by how much it beats bicubic, and how often it does not."""
    print(f"{title}, enlarged {scale} times")
    base: list[float] = []
    for name, way in ways.items():
        ratios = [ratio(way(small, scale), large) for small, large in pairs]
        base = base or ratios
        gains = np.subtract(ratios, base)
        worse = f"; worse than bicubic on {int((gains < 0).sum())}" if name != "bicubic" else ""
        print(
            f"  {name:22} {np.mean(ratios):6.2f} dB  {gains.mean():+.2f} (from {gains.min():+.2f}){worse}", flush=True
        )


def ratio(made: Image.Image, truth: Image.Image) -> float:
    """The peak signal-to-noise ratio in dB."""
    error = np.asarray(made, np.float64) - np.asarray(truth, np.float64)
    return float(10 * np.log10(255**2 / max(1e-9, (error**2).mean())))


def transparent(people: list[Any], seed: int) -> None:
    """Drawings without a background, seen on three grounds: the network's alpha and Lanczos's."""
    network = open_enlarger("upconv7", "cpu")
    lanczos = open_enlarger("lanczos")

    def mixed(image: Image.Image, scale: int) -> Image.Image:
        made = network(image, scale)
        made.putalpha(lanczos(image, scale).getchannel("A"))
        return made

    def seam(image: Image.Image, scale: int) -> Image.Image:
        made = network(image.convert("RGB"), scale)
        made.putalpha(network(image, scale).getchannel("A"))
        return made

    ways: dict[str, Way] = {
        "lanczos": lanczos,
        "upconv7": network,
        "upconv7, alpha by Lanczos": mixed,
        "upconv7, colours not spread": seam,
    }
    print(f"{len(people)} transparent drawings of 256 px, drawn small as well, seed {seed}, enlarged 2 times, laid on")
    for ground, colour in GROUNDS.items():
        for name, way in ways.items():
            ratios = []
            for one in people:
                made, truth = way(Image.fromarray(one.render(128, 4)), 2), Image.fromarray(one.render(256, 4))
                ratios.append(ratio(*(laid_on(image, colour) for image in (made, truth))))
            print(f"  {ground:6} {name:28} {np.mean(ratios):6.2f} dB", flush=True)


def laid_on(image: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    ground = Image.new("RGBA", image.size, (*colour, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def machine(data: Path, seed: int) -> None:
    """What tiles change, what memory is used, how long it takes."""
    faces = chosen(data / f"{SETS[0]}.zip", 1024, seed)
    mosaic = Image.new("RGB", (2048, 2048))
    for number in range(22 * 22):
        mosaic.paste(faces[number % len(faces)], (number % 22 * 96, number // 22 * 96))
    for method in ("upconv7", "vgg7"):
        flat_green(method)
        tiles_against_whole(method, mosaic.crop((0, 0, 600, 500)))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        seen = Image.radial_gradient("L").resize((2048, 2048)).point(lambda level: 255 - level)
        mosaic.save(place / "2048.png")
        mosaic.resize((1024, 1024)).save(place / "1024.png")
        mosaic.putalpha(seen)
        mosaic.save(place / "2048-alpha.png")
        peak(place, "1024.png", 2, "lanczos")
        for file, scale, method in (
            ("2048.png", 2, "upconv7"), ("2048.png", 2, "vgg7"), ("1024.png", 4, "upconv7"),
            ("2048-alpha.png", 2, "upconv7"),
        ):  # fmt: skip
            peak(place, file, scale, method)


def picture(folder: Path) -> None:
    """A face of 128 px four times as large: pixels repeated, Lanczos, upconv7, and drawn so large."""
    person = compose("ada", art_style="anime", expression="smile", hair_style="twintails", background="plain")
    small, box = Image.fromarray(person.render(128, 3)), (120, 150, 360, 390)
    panels = [small.resize((512, 512), Image.Resampling.NEAREST)]
    panels += [open_enlarger(method, "cpu")(small, 4) for method in ("lanczos", "upconv7")]
    panels += [Image.fromarray(person.render(512, 3))]
    sheet = Image.new("RGB", (4 * 240 + 3 * 6, 240), "white")
    for number, panel in enumerate(panels):
        sheet.paste(panel.crop(box), (number * 246, 0))
    write_png(folder / "enlarge.png", sheet)


def flat_green(method: str) -> None:
    """What a network by itself makes of the one flat colour that it is worst at, and what comes out in the end."""
    enlarger, green = open_enlarger(method, "cpu"), Image.new("RGB", (40, 40), (0, 255, 0))
    for name, way in (("by itself", unbounded(enlarger)), ("as it is used", enlarger)):
        middle = np.asarray(way(green, 2))[16:64, 16:64, 1]
        print(f"{method} {name}, flat (0, 255, 0): green {middle.min()} to {middle.max()}, mean {middle.mean():.0f}")


def tiles_against_whole(method: str, image: Image.Image) -> None:
    enlarger = open_enlarger(method, "cpu")
    assert enlarger.network is not None
    picture = torch.from_numpy(np.array(image)).permute(2, 0, 1)
    whole, tiled = (torch.empty(3, 2 * image.height, 2 * image.width) for _ in range(2))
    double(enlarger.network, picture, whole, tile=10_000)
    double(enlarger.network, picture, tiled)
    most = (whole - tiled).abs().max().item()
    print(f"{method}, {image.width}x{image.height}: tiles of {tiling.TILE} px differ by at most {most:.1e} (of 1)")


def peak(place: Path, file: str, scale: int, method: str) -> None:
    """Memory and time of ``nijigen enlarge`` in a process of its own."""
    words = ["enlarge", place / file, place / "out.png", "--scale", scale, "--method", method, "--threads", 1]
    begin = time.perf_counter()
    had = run(*words)
    taken = time.perf_counter() - begin
    with Image.open(place / "out.png") as image:
        size = f"{image.width}x{image.height} {image.mode}"
    print(f"{method}, {scale} times to {size}: at most {had.megabytes:.0f} MB", end="")
    print(f", {had.seconds:.0f} s of a core, {taken:.0f} s in all", flush=True)


def chosen(path: Path, count: int, seed: int) -> list[Image.Image]:
    """``count`` pictures of a zip, the same ones for a seed."""
    with zipfile.ZipFile(path) as file:
        names = sorted(name for name in file.namelist() if name.lower().endswith((".jpg", ".png")))
        names = random.Random(seed).sample(names, min(count, len(names)))
        return [Image.open(io.BytesIO(file.read(name))).convert("RGB") for name in names]


if __name__ == "__main__":
    main()
