"""nice -n 10 python benchmarks/prepare.py ../shared/data/anime-faces-96.zip

Pictures a second of ``prepare``, with judging and without, against the plain Pillow loop that people write (open,
resize with LANCZOS, save as PNG), in turn on the same pictures, as they are and enlarged to JPEGs of 512 px; the time
of a batch; and the memory of preparing 100,000 pictures: the largest sum of the resident memory of the process and its
workers. ``--count`` sets the number of pictures of that last part (0 leaves it out), ``--large`` that of the enlarged
ones, and ``--rounds`` how often each way of the first part is timed. Ratios are taken within a round, between turns
that follow one another, by the clock and by the time of all cores: a machine that is busy with other work changes the
first and hardly the second.
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


def compare(source: Path, rounds: int) -> Resident:
    """Time all ways in turn, so that a busy minute meets them all."""
    ways = sorted({1, usable_cores()})
    plain, own = [], {(workers, junk): [] for junk in (True, False) for workers in ways}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            out = Path(folder) / str(turn)
            plain.append(time_it(plain_loop, source, out.with_suffix(".plain")))
            for (workers, junk), taken in own.items():
                place = out.with_suffix(f".{workers}{'' if junk else '-all'}")
                taken.append(time_it(prepare, source, place, workers=workers, junk=junk, quiet=True))
        count = len(list(out.with_suffix(".plain").iterdir()))
        loads = [time_it(Dataset.open(place).load)[0] for _ in range(rounds)]
        resident = Dataset.open(place).load()
    print(f"\n{source.name}: {count:,} pictures, {rounds} rounds")
    tell("plain Pillow loop", count, plain, plain)
    for (workers, junk), taken in own.items():
        name = f"prepare{'' if junk else ' --no-junk'}, {workers} process" + "es" * (workers > 1)
        tell(name, count, taken, plain)
    print(f"Dataset.load: {len(resident) / statistics.median(loads):,.0f} pictures/s")
    return resident


def tell(name: str, count: int, found: list[tuple[float, float]], plain: list[tuple[float, float]]) -> None:
    """One way: medians, and the lowest and highest ratio to the plain loop of the same round."""
    walls, cores = ([pair[part] for pair in found] for part in (0, 1))
    by_clock = [base / wall for (base, _), wall in zip(plain, walls, strict=True)]
    by_cores = [base / used for (_, base), used in zip(plain, cores, strict=True)]
    said = [f"{count / statistics.median(walls):,.0f} pictures/s"]
    said += [f"{1e3 * statistics.median(cores) / count:.2f} ms of a core a picture"]
    for what, ratios in (("the clock", by_clock), ("cores", by_cores)):
        said.append(f"by {what} {statistics.median(ratios):.2f} of the loop ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"{name}: " + ", ".join(said))


def enlarge(source: Path, path: Path, count: int) -> None:
    """The first pictures of a zip as JPEGs of 512 px, so that it pays to decode them smaller."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        names = [name for name in old.namelist() if name.lower().endswith((".jpg", ".png"))]
        for name in names[:count]:
            buffer = io.BytesIO()
            with Image.open(io.BytesIO(old.read(name))) as image:
                image.convert("RGB").resize((512, 512), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
            new.writestr(name.rsplit("/", 1)[-1].rsplit(".", 1)[0] + ".jpg", buffer.getvalue())


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
    parser.add_argument("--large", type=int, default=1500)
    parser.add_argument("--count", type=int, default=100_000)
    given = parser.parse_args()
    resident = compare(given.source, given.rounds)
    if given.large:
        with tempfile.TemporaryDirectory() as folder:
            large = Path(folder) / "enlarged-to-512.zip"
            enlarge(given.source, large, given.large)
            compare(large, given.rounds)
    time_batches(resident)
    if given.count:
        measure_memory(given.count)


if __name__ == "__main__":
    main()
