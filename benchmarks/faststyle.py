"""What painting in one pass costs beside painting step by step, and the picture of docs/fast-style.md.

    python benchmarks/faststyle.py speed RUN --sizes 64 128 256   # both on the same pictures in one run, and the ratio
    python benchmarks/faststyle.py memory RUN --sizes 512 2048    # of the whole command, with --fast
    python benchmarks/faststyle.py picture RUN docs/images        # drawings painted like drawings, by a run's painter

Pictures are the illustrator's. The weights of VGG19 are looked for as always (``nijigen weights``). One thread; times
are of the processor, not of the clock, and without what is loaded before.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from peak import run
from PIL import Image
from styling import drawn

from nijigen.engine.painters import OpenedPainter, open_painter
from nijigen.faststyle.painting import paint_fast
from nijigen.faststyle.settings import FastSettings
from nijigen.features.vgg import open_vgg
from nijigen.machine import prepare_machine
from nijigen.style.painting import paint
from nijigen.style.settings import Settings
from nijigen.style.sweep import strip

SITTERS, STYLES = ("ada", "kim", "sol", "mia"), ("eve", "sol", "bo")
SIDE, TRIES = 128, 3


def main() -> None:
    """One of the verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("speed", "memory", "picture"))
    parser.add_argument("run", help="a painter: a run, a model's folder or its file")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/images"), help="where the picture goes")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256], help="pixels a side")
    chosen = parser.parse_args()
    prepare_machine(1)
    if chosen.verb == "memory":
        memory(chosen.run, chosen.sizes)
        return
    opened = open_painter(chosen.run, torch.device("cpu"))
    if chosen.verb == "speed":
        speed(opened, chosen.sizes)
    else:
        picture(opened, chosen.folder)


def speed(opened: OpenedPainter, sizes: list[int]) -> None:
    """Seconds of a core for a picture, the best of three in one pass, and once step by step with its defaults."""
    network = open_vgg()
    print("| pixels | in one pass | step by step | ratio |\n| --- | --- | --- | --- |")
    for size in sizes:
        content, style = drawn("ada", size), drawn("eve", size)

        def fast(content: Image.Image = content, style: Image.Image = style) -> object:
            return paint_fast(opened, content, [style])

        def slow(content: Image.Image = content, style: Image.Image = style, size: int = size) -> object:
            return paint(network, content, [style], Settings(size=size))

        fast()
        one, other = min(seconds(fast) for _ in range(TRIES)), seconds(slow)
        print(f"| {size}x{size} | {one:.2f} s | {other:.1f} s | {other / one:.0f} |", flush=True)


def seconds(work: Callable[[], object]) -> float:
    """Of the processor."""
    started = time.process_time()
    work()
    return time.process_time() - started


def memory(model: str, sizes: list[int]) -> None:
    """Of the whole command."""
    print("| pixels | time of a core | most memory |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawn("eve", 512).save(folder / "s.png")
        for size in sizes:
            drawn("ada", size).save(folder / "a.png")
            words = ["style", "a.png", "s.png", "o.png", "--fast", Path(model).resolve(), "--threads", 1]
            had = run(*words, folder=folder)
            print(f"| {size}x{size} | {had.seconds:.0f} s | {had.megabytes:,.0f} MB |", flush=True)


def picture(opened: OpenedPainter, folder: Path) -> None:
    """Contents above, styles on the left, and what is asked for otherwise in the last row."""
    sitters = [drawn(seed, SIDE) for seed in SITTERS]
    rows = [[(Image.new("RGB", (SIDE, SIDE), "white"), "style, content"), *((one, "") for one in sitters)]]
    for seed in STYLES:
        style = drawn(seed, SIDE)
        rows.append([(style, ""), *((paint_fast(opened, one, [style]), "") for one in sitters)])
    first, last = (drawn(seed, SIDE) for seed in (STYLES[0], STYLES[-1]))
    usual, content = FastSettings(), sitters[0]
    rows.append(
        [
            (paint_fast(opened, content, [first], replace(usual, strength=0.5)), "--strength 0.5"),
            (paint_fast(opened, content, [first, last]), "two styles"),
            (paint_fast(opened, content, [first], replace(usual, colours="content")), "--colours content"),
            (paint_fast(opened, content, [first], replace(usual, colours="luminance")), "--colours luminance"),
            (paint_fast(opened, content, [content]), "by itself"),
        ]
    )
    strips = [strip(row) for row in rows]
    made = Image.new("RGB", (max(one.width for one in strips), sum(one.height for one in strips)), "white")
    top = 0
    for one in strips:
        made.paste(one, (0, top))
        top += one.height
    made.save(folder / "fast-style.webp", quality=90)


if __name__ == "__main__":
    main()
