"""Data sets of many small shards, whose pictures say which they are."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.data.dataset import DATASET_FILE, FORMAT, FORMAT_VERSION, content_digest
from nijigen.data.shards import Sample, ShardWriter
from nijigen.schema import Attribute, AttributeSchema


class Shards:
    """Makes such data sets below a folder, and reads what their pictures say."""

    size = 8
    hair = ("black", "blue", "pink")
    schema = AttributeSchema([Attribute("hair_color", hair), Attribute("tilt", range=(-10.0, 10.0))])

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def labels_of(self, index: int) -> dict[str, Any]:
        """Of picture ``index``: every seventh says nothing of its hair, and black is rare."""
        labels: dict[str, Any] = {"tilt": float(index % 21 - 10)}
        hair = self.hair[0 if index % 11 == 0 else 1 + index % 2]
        return labels if index % 7 == 6 else {"hair_color": hair, **labels}

    def picture(self, index: int, channels: int = 3, kind: str = "PNG") -> bytes:
        """A picture whose first pixel is its number."""
        pixels = np.full((self.size, self.size, channels), index % 251, np.uint8)
        pixels[0, 0, :3] = index & 255, index >> 8 & 255, index >> 16
        pixels[..., 3:] = 255
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, kind)
        return buffer.getvalue()

    def numbers(self, images: torch.Tensor) -> list[int]:
        """Which pictures these are, uint8 ``[N, C, H, W]`` → N numbers."""
        first = images[:, :3, 0, 0].long()
        found: list[int] = (first[:, 0] + (first[:, 1] << 8) + (first[:, 2] << 16)).tolist()
        return found

    def make(
        self,
        counts: Sequence[int],
        name: str = "data",
        channels: int = 3,
        labelled: bool = True,
        picture: Callable[..., bytes] | None = None,
    ) -> dict[str, Any]:
        """Shards of so many pictures each, numbered through, with ``dataset.json``; returns what that says."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        rows, index = [], 0
        for number, count in enumerate(counts):
            writer = ShardWriter(folder / f"shard-{number:05d}.tar")
            for _ in range(count):
                labels = self.labels_of(index) if labelled else {}
                data = (picture or self.picture)(index, channels)
                writer.add(Sample(f"{index:08d}", "png", data, labels, f"{index}.png"))
                index += 1
            rows.append(writer.close())
        info: dict[str, Any] = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "count": index,
            "resolution": self.size,
            "channels": channels,
            "schema": (self.schema if labelled else AttributeSchema()).to_json(),
            "labels": {},
            "dropped": {},
            "shards": rows,
        }
        info["digest"] = content_digest(info, rows)
        (folder / DATASET_FILE).write_text(json.dumps(info), encoding="utf-8")
        return info


@pytest.fixture
def shards(tmp_path: Path) -> Shards:
    return Shards(tmp_path)
