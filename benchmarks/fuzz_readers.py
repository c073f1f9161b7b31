"""nice -n 15 python benchmarks/fuzz_readers.py --minutes 10 [--reader tfrecord] [--keep fuzz-found]

Damages valid data sets in every layout that can be read and reads them as ``prepare`` does: detect, list, label, read
each picture. Right is that a reader answers, or says in one NijigenError what is wrong; a single picture may also raise
ValueError (it is dropped as corrupt). Anything else is reported with its trace, and the damaged files are kept: other
exceptions, more than ``--seconds`` for a few kilobytes, or more memory than ``--memory`` MiB above the start.

The time is shared out evenly among the readers; ``--seed`` repeats a run. Checksums and lengths that would hide damage
behind them are mended half of the time, so that the parser behind them is met, too.
"""

import argparse
import json
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from nijigen.data import prepare
from nijigen.data.convert import convert
from nijigen.data.labelling.matching import label
from nijigen.data.layouts import LAYOUTS, layout_of
from nijigen.data.layouts.records import CHECK, HEAD, LENGTH, masked_crc
from nijigen.data.opening import open_any
from nijigen.data.sources import METADATA_NAMES
from nijigen.errors import NijigenError

LIMIT = 2**22
NUMBERS = (0, 1, 0x7F, 0xFF, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**40, 2**60, 2**63 - 1, 2**64 - 1)
WORDS = (
    *(b"null", b"-1", b"1e999", b'"\\ud800"', b"[]", b"{}", b"[" * 3000, b"\xff\xfe", b"\0", b"../", b"/", b'"', b","),
    *(b"\n", b"<", b"&a;", b"\xe2\x80\xa8", b"99999999999999999999", b"NaN", b"true", b"=", b"1" * 5000),
)

Files = dict[str, bytes]


class SlowError(Exception):
    """A reader took too long."""


def pictures(folder: Path, count: int = 6, side: int = 8) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        pixels = np.random.default_rng(index).integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.{'png' if index % 2 else 'jpg'}")
    return folder


def seeds(folder: Path) -> dict[str, list[Path]]:
    """Valid data sets by the name of their reader."""
    rows = [
        "file_name,hair_color,tilt",
        *(f"{i}.{'png' if i % 2 else 'jpg'},{'pink' if i % 3 else ''},{i / 7}" for i in range(6)),
    ]
    table = pictures(folder / "csv")
    (table / "metadata.csv").write_text("\n".join(rows))
    lines = pictures(folder / "jsonl" / "train").parent
    objects = ({"file_name": f"train/{i}.{'png' if i % 2 else 'jpg'}", "髪色": "ピンク", "n": i} for i in range(6))
    (lines / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in objects))
    prepare(table, folder / "own", size=8, quiet=True, workers=1)
    plain = folder / "zip"
    plain.mkdir()
    shutil.make_archive(str(plain / "plain"), "zip", table)
    endings = {"nvidia": ".zip", "tfrecord": ".tfrecord", "webdataset": ".tar"}
    for target in ("nvidia", "tfrecord", "webdataset", "stylegan-tfrecord"):
        (folder / target).mkdir()
        convert(folder / "own", folder / target / f"set{endings.get(target, '')}", target, quiet=True)
    shutil.unpack_archive(folder / "nvidia/set.zip", folder / "nvidia-folder")
    found = {
        "folder": [table, lines],
        "zip": [plain],
        "nijigen": [folder / "own"],
        "nvidia": [folder / "nvidia", folder / "nvidia-folder"],
        "tfrecord": [folder / "tfrecord", folder / "stylegan-tfrecord/set"],
        "webdataset": [folder / "webdataset"],
        "lmdb": lmdb_seed(folder / "lmdb"),
        "danbooru": [danbooru_seed(folder / "danbooru2020", True), danbooru_seed(folder / "danbooru2021", False)],
        "manga109": [manga_seed(folder / "manga")],
    }
    return {name: paths for name, paths in found.items() if paths and (name in LAYOUTS or name in ("folder", "zip"))}


def lmdb_seed(folder: Path) -> list[Path]:
    try:
        import lmdb
    except ImportError:
        print("lmdb: not tried, its library is missing", file=sys.stderr)
        return []
    values = [path.read_bytes() for path in sorted(pictures(folder.with_name("lmdb-pictures"), 6, 40).iterdir())]
    with (
        lmdb.open(str(folder), map_size=2**24, lock=False) as environment,
        environment.begin(write=True) as transaction,
    ):
        for index in range(120):
            transaction.put(f"{index:05d}".encode(), values[index % 6] if index % 9 == 0 else values[1][:300])
    return [folder]


def danbooru_seed(folder: Path, objects: bool) -> Path:
    rows = []
    for key in (1000123, 5, 2005, 77000005):
        pictures(folder / f"512px/{key % 1000:04d}", 1)
        (folder / f"512px/{key % 1000:04d}/0.jpg").rename(folder / f"512px/{key % 1000:04d}/{key}.jpg")
        tags = [{"id": "1", "name": "pink_hair", "category": "0"}]
        told = {"tags": tags} if objects else {"tag_string": "1girl pink_hair"}
        rows.append({"id": str(key), "rating": "s", "source": "https://example.org", "is_deleted": False} | told)
    (folder / "metadata").mkdir()
    name = "2020000000000000" if objects else "posts000000000000.json"
    (folder / "metadata" / name).write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return folder


def manga_seed(folder: Path) -> Path:
    pictures(folder / "images/A", 1, 40)
    (folder / "images/A/0.jpg").rename(folder / "images/A/000.jpg")
    (folder / "books.txt").write_text("A\n")
    (folder / "annotations").mkdir()
    faces = "".join(f'<face id="{i}" xmin="{i}" ymin="1" xmax="20" ymax="20" character="c"/>' for i in range(3))
    (folder / "annotations/A.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><book title="A"><characters><character id="c" name="C"/></characters>'
        f'<pages><page index="0" width="40" height="40">{faces}</page></pages></book>'
    )
    (folder / "licences.csv").write_text("book,licence\nA,commercial\n")
    return folder


def damage(dice: random.Random, data: bytes) -> bytes:
    """``data`` with one to four things wrong."""
    raw = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4))):
        place = dice.randrange(len(raw) + 1)
        if dice.random() < 0.3:
            place = min(place, 200)  # heads of formats stand at the beginning
        kind = dice.randrange(9)
        if kind == 0 and raw:
            raw[place % len(raw)] ^= 1 << dice.randrange(8)
        elif kind == 1 and raw:
            raw[place % len(raw)] = dice.randrange(256)
        elif kind == 2:
            del raw[place:]
        elif kind == 3:
            del raw[place : place + dice.choice((1, 4, 100))]
        elif kind == 4:
            raw[place:place] = dice.choice(WORDS)
        elif kind == 5:
            word = dice.choice(WORDS)
            raw[place : place + len(word)] = word
        elif kind == 6:
            size = dice.choice((2, 4, 8))
            number = dice.choice(NUMBERS) % 2 ** (8 * size)
            raw[place : place + size] = number.to_bytes(size, dice.choice(("little", "big")))
        elif kind == 7:
            raw[place:place] = raw[place // 2 : place // 2 + dice.choice((1, 40, 512))]
        else:
            raw[place : place + 64] = dice.randbytes(64)
    return bytes(raw)


def mend(name: str, data: bytes) -> bytes:
    """Right checksums for damaged contents, so that they do not hide the damage."""
    raw = bytearray(data)
    if ".tfrecord" in name:
        place = 0
        while place + HEAD <= len(raw):
            length = LENGTH.unpack_from(raw, place)[0]
            CHECK.pack_into(raw, place + 8, masked_crc(bytes(raw[place : place + 8])))
            end = place + HEAD + length
            if end + 4 > len(raw):
                break
            CHECK.pack_into(raw, end, masked_crc(bytes(raw[place + HEAD : end])))
            place = end + 4
    elif name.endswith(".tar"):
        for place in range(0, len(raw) - 511, 512):
            if raw[place + 257 : place + 262] == b"ustar":
                raw[place + 148 : place + 156] = b" " * 8
                raw[place + 148 : place + 156] = b"%06o\0 " % sum(raw[place : place + 512])
    return bytes(raw)


def read_everything(path: Path) -> None:
    """What ``prepare`` does with a source, up to the pictures."""
    for found in [path, *path.iterdir()] if path.is_dir() else [path]:
        layout_of(found)  # detection never raises, whatever lies there
    target = path
    if path.is_dir() and layout_of(path) is None:
        target = next((row for row in path.iterdir() if row.suffix == ".zip"), path)
    try:
        source = open_any(target)
        listing = source.listing()
        found = label(source, listing, None)
        json.dumps([found.schema.to_json(), found.missing], ensure_ascii=False).encode()  # it will be written to a file
        for text in (*(entry.name for entry in listing.pictures), *(str(row["file"]) for row in listing.refused)):
            text.encode()
    except NijigenError as error:
        str(error).encode()
        return
    for entry in listing.pictures[:200]:
        try:
            data = source.read(entry, LIMIT)
        except (ValueError, NijigenError, FileNotFoundError, PermissionError):
            continue
        if len(data) > LIMIT:
            raise AssertionError(f"{len(data)} bytes for a limit of {LIMIT}")


def fuzz(
    name: str, origins: list[Path], seconds: float, dice: random.Random, slow: int, keep: Path
) -> tuple[int, Counter[str]]:
    """Damage and read for a while; returns the number of tries and what was found, each kept once."""
    found: Counter[str] = Counter()
    valid = [{str(p.relative_to(o)): p.read_bytes() for p in sorted(o.rglob("*")) if p.is_file()} for o in origins]
    end, tries = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as place:
        for origin in origins:
            read_everything(origin)  # what is whole must be read
        while time.monotonic() < end:
            files = dict(dice.choice(valid))
            for victim in dice.sample(victims(files), 1 if dice.random() < 0.8 else min(2, len(victims(files)))):
                files[victim] = damage(dice, files[victim])
                if dice.random() < 0.5:
                    files[victim] = mend(Path(victim).name, files[victim])
            path = write(Path(place) / f"{tries}", files)
            tries += 1
            signal.alarm(slow)
            try:
                read_everything(path)
            except Exception as error:
                frame = traceback.extract_tb(error.__traceback__)[-1]
                key = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
                if not found[key]:
                    report(name, key, path, keep)
                found[key] += 1
            finally:
                signal.alarm(0)
            shutil.rmtree(path, ignore_errors=True)
    return tries, found


def victims(files: Files) -> list[str]:
    """The files that a reader takes apart; pictures lying about are for the codecs."""
    loud = [name for name in files if not name.endswith((".png", ".jpg", ".txt")) or name.endswith("books.txt")]
    tables = [name for name in loud if Path(name).name in METADATA_NAMES]
    return tables or loud


def write(path: Path, files: Files) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def report(name: str, key: str, path: Path, keep: Path) -> None:
    kept = keep / f"{name}-{key.replace(' ', '-').replace(':', '-')}"
    shutil.copytree(path, kept, dirs_exist_ok=True)
    print(f"{name}: {key}, kept in {kept}\n{traceback.format_exc()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="in total, for all readers together")
    parser.add_argument("--reader", help="one reader alone")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=10, help="what is too long for one try")
    parser.add_argument("--memory", type=int, default=1024, help="MiB that are too much for one try")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    options = parser.parse_args()

    def too_slow(*_: object) -> None:
        raise SlowError(f"more than {options.seconds} s")

    signal.signal(signal.SIGALRM, too_slow)
    with tempfile.TemporaryDirectory() as folder:
        origins = seeds(Path(folder))
        missing = set(LAYOUTS) - set(origins)
        if missing:
            print(f"without a valid data set to begin with: {', '.join(sorted(missing))}")
        if options.reader:
            if options.reader not in origins:
                parser.error(f"--reader {options.reader}: there are {', '.join(origins)}")
            origins = {options.reader: origins[options.reader]}
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + options.memory * 2**20, resource.RLIM_INFINITY))
        bad = 0
        for name, paths in origins.items():
            dice = random.Random(f"{options.seed} {name}")
            tries, found = fuzz(name, paths, options.minutes * 60 / len(origins), dice, options.seconds, options.keep)
            print(f"{name}: {tries:,} damaged data sets, {sum(found.values())} found {dict(found) or ''}", flush=True)
            bad += len(found)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
