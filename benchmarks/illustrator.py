"""How many avatars the illustrator draws a second.

    python benchmarks/illustrator.py [--count 300] [--size 64]

Measures processor time of one core (so that other work on the machine does not count) for composing, writing the SVG
and rendering the PNG, each alone and together; then wall-clock time with all cores.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from nijigen.cores import usable_cores
from nijigen.illustrator import compose, draw_many
from nijigen.illustrator.render import png

FIRST_SEED = 1_000


def measure(count: int, work: Callable[[int], Any]) -> tuple[float, list[Any]]:
    """Processor seconds for each of ``count`` calls, and the answers."""
    start = time.process_time()
    answers = [work(index) for index in range(count)]
    return (time.process_time() - start) / count, answers


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    count, size = options.count, options.size
    compose(0).png(size)  # load the renderer before the clock runs

    composing, characters = measure(count, lambda index: compose(FIRST_SEED + index))
    writing, texts = measure(count, lambda index: characters[index].svg(size))
    rendering, files = measure(count, lambda index: png(texts[index]))
    start = time.perf_counter()
    drawn = sum(1 for _ in draw_many(count * 2, FIRST_SEED, size))
    seconds = time.perf_counter() - start
    report = {
        "size": size,
        "milliseconds": {
            "compose": round(composing * 1e3, 2),
            "write_svg": round(writing * 1e3, 2),
            "render_png": round(rendering * 1e3, 2),
        },
        "avatars_per_second_one_core": round(1 / (composing + writing + rendering), 1),
        "avatars_per_second_all_cores": round(drawn / seconds, 1),
        "cores": usable_cores(),
        "svg_bytes": round(sum(map(len, texts)) / count),
        "png_bytes": round(sum(map(len, files)) / count),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
