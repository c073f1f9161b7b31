"""nice -n 10 python benchmarks/prepare.py ../shared/data/anime-faces-96.zip

Pictures a second of ``prepare`` against the plain Pillow loop that people write (open, resize with LANCZOS, save as
PNG), in turn on the same pictures; the time of a batch; and the memory of preparing 100,000 pictures: the largest sum
of the resident memory of the process and its workers. ``--count`` sets the number of pictures of that last part (0
leaves it out) and ``--rounds`` how often each way of the first part is timed; the median counts.
"""

import argparse
import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image

from nijigen.cores import usable_cores
from nijigen.data import Dataset, Resident, Sampler, prepare


def plain_loop(source: Path, out: Path) -> int:
    """What everyone writes first: one process, one file a picture."""
    out.mkdir()
    count = 0
    with zipfile.ZipFile(source) as file:
        for name in file.namelist():
            if not name.lower().endswith((".jpg", ".png")):
                continue
            with Image.open(io.BytesIO(file.read(name))) as image:
                image.convert("RGB").resize((64, 64), Image.Resampling.LANCZOS).save(out / f"{count:08d}.png")
            count += 1
    return count


def time_it(work, *arguments, **options) -> tuple[float, float]:
    """Seconds by the clock, and of all cores together (which a busy machine changes less), workers included."""
    start, used = time.perf_counter(), cpu_seconds()
    work(*arguments, **options)
    return time.perf_counter() - start, cpu_seconds() - used


def cpu_seconds() -> float:
    rows = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(row.ru_utime + row.ru_stime for row in rows)


def compare(source: Path, rounds: int) -> None:
    """Time all ways in turn, so that a busy minute meets them all."""
    times: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            out = Path(folder) / str(turn)
            times.setdefault("plain Pillow loop", []).append(time_it(plain_loop, source, out.with_suffix(".plain")))
            for workers in sorted({1, usable_cores()}):
                name = f"prepare, {workers} process" + "es" * (workers > 1)
                place = out.with_suffix(f".{workers}")
                times.setdefault(name, []).append(time_it(prepare, source, place, workers=workers, quiet=True))
        count = len(list(out.with_suffix(".plain").iterdir()))
        loads = [time_it(Dataset.open(place).load) for _ in range(rounds)]
        resident = Dataset.open(place).load()
    base = statistics.median(wall for wall, _ in times["plain Pillow loop"])
    for name, found in times.items():
        walls = [wall for wall, _ in found]
        middle, used = statistics.median(walls), statistics.median(cpu for _, cpu in found)
        spread = f"{count / max(walls):,.0f} to {count / min(walls):,.0f}"
        print(f"{name}: {count / middle:,.0f} pictures/s ({spread}), {base / middle:.2f} of the loop,", end=" ")
        print(f"{1e6 * used / count:.0f} microseconds of a core a picture")
    print(f"Dataset.load: {count / statistics.median(wall for wall, _ in loads):,.0f} pictures/s")
    time_batches(resident)


def time_batches(resident: Resident) -> None:
    """Batches of 64 on one thread, as training draws them."""
    torch.set_num_threads(1)
    sampler = Sampler(len(resident), 0)
    for crop in (0, 4):
        batches = [
            time_it(resident.batch, sampler.indices(64 * step, 64), flip=True, crop=crop)[0] for step in range(200)
        ]
        middle, best = statistics.median(batches), min(batches)
        print(f"batch of 64, flip, crop {crop}: {1000 * middle:.2f} ms (best {1000 * best:.2f} ms)")


def make_pictures(path: Path, count: int) -> None:
    """A zip of small smooth JPEGs, no two alike."""
    dice = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("metadata.csv", "file_name,hair_color\n" + "".join(f"{i:06d}.jpg,pink\n" for i in range(count)))
        for index in range(count):
            buffer = io.BytesIO()
            small = Image.fromarray(dice.integers(0, 256, (6, 6, 3), np.uint8))
            small.resize((72, 72), Image.Resampling.BILINEAR).save(buffer, "JPEG")
            file.writestr(f"{index:06d}.jpg", buffer.getvalue())


def peak_memory(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Largest resident bytes of the process, and of it with all its workers, until it ends."""
    own = whole = 0
    root = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            parent = root.memory_info().rss
            workers = 0
            for child in root.children(recursive=True):
                try:
                    workers += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
        except psutil.NoSuchProcess:
            break
        own, whole = max(own, parent), max(whole, parent + workers)
        time.sleep(0.05)
    return own, whole


def measure_memory(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "many.zip"
        make_pictures(source, count)
        start = time.perf_counter()
        out = Path(folder) / "out"
        process = subprocess.Popen([sys.executable, "-m", "nijigen", "prepare", str(source), str(out), "--quiet"])
        own, whole = peak_memory(process)
        taken = time.perf_counter() - start
        assert process.returncode == 0
        assert Dataset.open(out).count == count
    print(f"{count:,} pictures in {taken:.0f} s ({count / taken:,.0f} pictures/s) with {usable_cores()} workers")
    print(f"peak resident memory: {own / 1e6:.0f} MB, with all workers {whole / 1e6:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="a zip of pictures")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=100_000)
    given = parser.parse_args()
    compare(given.source, given.rounds)
    if given.count:
        measure_memory(given.count)


if __name__ == "__main__":
    main()
