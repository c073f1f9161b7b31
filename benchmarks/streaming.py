"""What streaming costs: a million pictures from shards into a training step, against the same step on resident ones.

    python benchmarks/streaming.py                              # 1,000,000 pictures of 64 px; most of an hour
    python benchmarks/streaming.py --block 2000 --pairs 5       # minutes
    python benchmarks/streaming.py --set network.width=8 --set network.discriminator_width=8   # a lighter step

The data set is made up: as many shards as asked for, of which only ``--files`` are different; the others are links to
them, so a million pictures take the disk of a few thousand. Every shard is read, checked and decoded all the same.

Two processes with the same networks take turns, a block at a time and in alternating order: one streams through the
whole data set, one draws from a resident one of the drawings that are different. Each pair of blocks gives a ratio of
images a second. Memory is the resident memory of the streaming process after each block, and its peak.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from nijigen.data import Dataset, prepare
from nijigen.data.dataset import DATASET_FILE, content_digest
from nijigen.data.stored import decode_into
from nijigen.data.streaming.packed import LabelReader, PackedShard
from nijigen.data.streaming.shard_store import ShardStore
from nijigen.machine import place, prepare_machine
from nijigen.models.registry import find_family
from nijigen.training.adversarial import GAMES
from nijigen.training.loop import Trainer
from nijigen.training.networks import fresh_networks
from nijigen.training.recipe import load_recipe
from nijigen.training.state import TrainingState
from nijigen.training.streaming import StreamedStream
from nijigen.training.streams import Stream

SHARD = 1000


def make_up(folder: Path, files: int, pictures: int) -> tuple[Path, Path]:
    """A data set of ``files`` shards of drawings, and one that names them again and again until it has enough."""
    small, large = folder / "small", folder / "large"
    prepare(f"chibi:{files * SHARD}", small, size=64, quiet=True)
    info = json.loads((small / DATASET_FILE).read_bytes())
    large.mkdir()
    rows = []
    for number in range(pictures // SHARD):
        row = info["shards"][number % files]
        name = f"shard-{number:05d}.tar"
        os.link(small / row["file"], large / name)
        rows.append(row | {"file": name})
    info |= {"shards": rows, "count": sum(row["count"] for row in rows), "digest": content_digest(info, rows)}
    (large / DATASET_FILE).write_text(json.dumps(info), encoding="utf-8")
    return small, large


def reading(path: Path) -> str:
    """What reading and decoding cost a core, a picture."""
    store = ShardStore(path)
    info = store.description()
    dataset = Dataset.open(path)
    labels, row = LabelReader(dataset.schema), info["shards"][0]
    started = time.process_time()
    data = store.read(row)
    read = time.process_time()
    shard = PackedShard(data, labels)
    packed = time.process_time()
    pixels = np.empty((info["channels"], info["resolution"], info["resolution"]), np.uint8)
    for index in range(len(shard)):
        decode_into(shard.encoded(index), pixels, store.name)
    decoded = time.process_time()
    parts = {"read and checked": read - started, "labels": packed - read, "decoded": decoded - packed}
    words = ", ".join(f"{name} {spent / len(shard) * 1e6:.0f} µs" for name, spent in parts.items())
    return f"a picture of {row['bytes'] / row['count'] / 1e3:.1f} kB in its shard costs a core: {words}"


def serve(kind: str, path: Path, recipe_name: str, overrides: list[str], threads: int) -> None:
    """Train as many images as each line of the input says, and answer with what it took."""
    prepare_machine(threads)
    recipe, cpu = load_recipe(recipe_name, overrides, images=10**9), torch.device("cpu")
    store = ShardStore(path)
    stream = Stream(Dataset.open(path), recipe, cpu) if kind == "resident" else None
    stream = stream or StreamedStream(store, store.description(), recipe, cpu)
    networks = {name: place(network, cpu) for name, network in fresh_networks(recipe, stream.blocks).items()}
    phases = GAMES[find_family(recipe.family).game](recipe, stream.label_width)
    trainer = Trainer(recipe, TrainingState(networks, recipe), phases, {"images": stream}, cpu)
    for line in sys.stdin:
        until = trainer.state.images + int(line)
        started = time.perf_counter()
        while trainer.state.images < until:
            trainer.step()
        answer: dict[str, Any] = {"seconds": time.perf_counter() - started, "images": trainer.state.images}
        answer |= {"memory": psutil.Process().memory_info().rss, "batch": recipe.batch}
        answer |= {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        if isinstance(stream, StreamedStream):
            answer |= {"held": stream.streamed.peak, "skipped": len(stream.streamed.skipped)}
            answer |= {"readers": stream.streamed.readers}
        print(json.dumps(answer), flush=True)
    if isinstance(stream, StreamedStream):
        stream.close()


class Worker:
    """A process that trains on demand."""

    def __init__(self, kind: str, path: Path, recipe: str, overrides: list[str], threads: int) -> None:
        command = [sys.executable, __file__, "--serve", kind, "--path", str(path)]
        command += ["--recipe", recipe, "--threads", str(threads)]
        command += [word for override in overrides for word in ("--set", override)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def train(self, images: int) -> dict[str, Any]:
        """Train so many images."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(images, file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer | {"rate": images / answer["seconds"]}

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare(small: Path, large: Path, arguments: argparse.Namespace) -> None:
    """Blocks of both kinds by turns, and what they say."""
    streamed = Worker("streamed", large, arguments.recipe, arguments.set, arguments.threads)
    resident = Worker("resident", small, arguments.recipe, arguments.set, arguments.threads)
    for worker in (streamed, resident):
        worker.train(arguments.warm_up)
    ratios, rates, answer = [], [], {}
    blocks = max(1, (arguments.images - arguments.warm_up) // arguments.block)
    blocks = min(blocks, arguments.pairs or blocks)
    for block in range(blocks):
        if block % 2:
            plain, answer = resident.train(arguments.resident), streamed.train(arguments.block)
        else:
            answer, plain = streamed.train(arguments.block), resident.train(arguments.resident)
        ratios.append(answer["rate"] / plain["rate"])
        rates.append((answer["rate"], plain["rate"]))
        print(
            f"{answer['images']:>9,} streamed: {answer['rate']:6.1f} images/s, resident {plain['rate']:6.1f},"
            f" ratio {ratios[-1]:.3f}; memory {answer['memory'] / 2**20:.0f} MiB",
            flush=True,
        )
    streamed.close()
    resident.close()
    ordered = sorted(ratios)
    speeds = [statistics.median(column) for column in zip(*rates, strict=True)]
    print(
        f"{answer['images']:,} pictures streamed into steps of {' '.join([arguments.recipe, *arguments.set])},"
        f" {arguments.threads} threads:"
        f" {speeds[0]:.1f} images/s, resident {speeds[1]:.1f}; ratio of {blocks} pairs: median"
        f" {statistics.median(ratios):.3f}, {ordered[len(ordered) // 10]:.3f} to {ordered[-1 - len(ordered) // 10]:.3f}"
        f" (the middle four fifths), {ordered[0]:.3f} to {ordered[-1]:.3f} in all"
    )
    print(
        f"windows of {answer['readers']} shards; pictures held at most {answer['held'] / 2**20:.0f} MiB; peak of the"
        f" process {answer['peak'] / 2**20:.0f} MiB, of the resident one {plain['peak'] / 2**20:.0f} MiB"
        f" (of {arguments.files * SHARD:,} pictures); skipped shards: {answer['skipped']}"
    )


def main() -> None:
    """Make the data set up, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000, help="pictures of the data set, all streamed once")
    parser.add_argument("--block", type=int, default=20_000, help="images of a streamed block")
    parser.add_argument("--resident", type=int, help="images of a resident block; half of a streamed one")
    parser.add_argument("--pairs", type=int, help="stop after so many pairs of blocks")
    parser.add_argument("--warm-up", type=int, default=320, help="images before the first block")
    parser.add_argument("--files", type=int, default=4, help="shards that are different")
    parser.add_argument("--recipe", default="dcgan-laptop-64")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe")
    parser.add_argument("--threads", type=int, help="all cores unless told")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve(arguments.serve, arguments.path, arguments.recipe, arguments.set, arguments.threads)
        return
    arguments.threads = prepare_machine(arguments.threads)
    arguments.resident = arguments.resident or max(arguments.block // 2, 1)
    with tempfile.TemporaryDirectory() as folder:
        small, large = make_up(Path(folder), arguments.files, arguments.images)
        disk = sum(path.stat().st_size for path in small.iterdir())
        print(f"{arguments.images:,} pictures in {arguments.images // SHARD:,} shards, {disk / 2**20:.0f} MiB on disk")
        print(reading(small))
        compare(small, large, arguments)


if __name__ == "__main__":
    main()
