"""Tiny writers of other people's formats, made from their published descriptions and not with our own code."""

import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

POLYNOMIAL = 0x82F63B78  # CRC-32C, reflected (RFC 3720)


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(value: int) -> bytes:
    value %= 2**64
    out = b""
    while value > 127:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def part(tag: int, data: bytes) -> bytes:
    """A length-delimited field; ``tag`` is the field's number."""
    return varint(tag * 8 + 2) + varint(len(data)) + data


def example(features: Mapping[str, Any], packed: bool = True) -> bytes:
    """``tf.train.Example``: bytes or text, integers or floats, alone or in lists; numbers packed or one by one."""
    body = b""
    for name, value in features.items():
        values = value if isinstance(value, list) else [value]
        if isinstance(values[0], str | bytes):
            raw = b"".join(part(1, v.encode() if isinstance(v, str) else v) for v in values)
            feature = part(1, raw)
        elif isinstance(values[0], float):
            floats = [struct.pack("<f", v) for v in values]
            feature = part(2, part(1, b"".join(floats)) if packed else b"".join(b"\x0d" + v for v in floats))
        else:
            ints = [varint(v) for v in values]
            feature = part(3, part(1, b"".join(ints)) if packed else b"".join(b"\x08" + v for v in ints))
        body += part(1, part(1, name.encode()) + part(2, feature))
    return part(1, body)


def png(seed: int, width: int = 16, height: int = 16, mode: str = "RGB") -> bytes:
    return saved(pixels(seed, width, height, mode), "PNG")


def pixels(seed: int, width: int = 16, height: int = 16, mode: str = "RGB") -> Image.Image:
    shape = (height, width) if mode == "L" else (height, width, len(mode))
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8), mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tar(path: Path, files: Mapping[str, bytes | str | tarfile.TarInfo], **options: Any) -> Path:
    with tarfile.open(path, "w", **options) as file:
        for name, data in files.items():
            if isinstance(data, tarfile.TarInfo):
                data.name = name
                file.addfile(data)
                continue
            info = tarfile.TarInfo(name)
            raw = data.encode() if isinstance(data, str) else data
            info.size = len(raw)
            file.addfile(info, io.BytesIO(raw))
    return path


def nvidia(path: Path, labels: Sequence[Any] | None, size: int = 16, **more: bytes) -> Path:
    """A StyleGAN3 zip of as many pictures as there are labels (four without), numbered as its tool numbers them."""
    names = [f"{i // 1000:05d}/img{i:08d}.png" for i in range(4 if labels is None else len(labels))]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        for seed, name in enumerate(names):
            file.writestr(name, png(seed, size, size))
        rows = None if labels is None else [list(pair) for pair in zip(names, labels, strict=True)]
        file.writestr("dataset.json", json.dumps({"labels": rows}))
        for name, data in more.items():
            file.writestr(f"{name}.json", data)
    return path


def pyramid(folder: Path, name: str, count: int, levels: Sequence[int], channels: int = 3) -> list[np.ndarray]:
    """The TFRecords of PGGAN; returns the pictures of the highest level, uint8 [C, H, W]."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = []
    for level in levels:
        side = 2**level
        arrays = [np.random.default_rng(seed).integers(0, 256, (channels, side, side), np.uint8)
                  for seed in range(count)]  # fmt: skip
        rows = [record(example({"shape": list(a.shape), "data": a.tobytes()})) for a in arrays]
        (folder / f"{name}-r{level:02d}.tfrecords").write_bytes(b"".join(rows))
        shown = arrays
    return shown


@pytest.fixture(scope="session")
def made() -> Any:
    """The writers above, by name."""

    class Made:
        pass

    for function in (crc32c, record, varint, part, example, png, pixels, saved, tar, nvidia, pyramid):
        setattr(Made, function.__name__, staticmethod(function))
    return Made


@pytest.fixture(scope="session")
def looks() -> Callable[[bytes], bytes]:
    """The pixels of a picture file, to compare by."""

    def read(data: bytes) -> bytes:
        image = Image.open(io.BytesIO(data))
        return f"{image.mode} {image.size} ".encode() + image.tobytes()

    return read
