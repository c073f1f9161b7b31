"""The report shows what the run wrote: curves, sheets, facts; nothing of it runs or loads from elsewhere."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.models.contract import Generator, Shape
from nijigen.models.registry import find_family
from nijigen.training.metrics import append_line
from nijigen.training.report import write_report
from nijigen.training.samples import COLUMNS, ROWS, SampleGrid, layout

Make = Callable[..., Any]
DATASET = {"name": "faces <b>", "count": 1234, "licence": "CC0 & more", "provenance": "me & you"}


def page(folder: Path, recipe: Any) -> str:
    return write_report(folder, recipe, {"data set": DATASET}, "columns share noise, rows share attributes").read_text(
        encoding="utf-8"
    )


def test_a_finished_run_has_curves_and_sheets(tiny_run: Path) -> None:
    text = (tiny_run / "report.html").read_text(encoding="utf-8")
    sheets = re.findall(r"src='(samples/\d+\.png)'", text)
    assert sheets == ["samples/000000064.png", "samples/000000032.png", "samples/000000000.png"]
    assert all((tiny_run / sheet).is_file() for sheet in sheets)
    assert text.count("<svg") == 4
    assert "64 of 64" in text
    assert "images/s" in text
    assert not re.search(r"https?://|<script", text)


def test_words_are_escaped(tmp_path: Path, tiny_recipe: Make) -> None:
    folder = tmp_path / "<i>run"
    folder.mkdir()
    text = page(folder, tiny_recipe(name="<script>x</script>"))
    assert "<script" not in text
    assert "<i>" not in text
    assert "faces &lt;b&gt;" in text
    assert "1,234 pictures, licence CC0 &amp; more" in text
    assert "<td>from</td><td>me &amp; you</td>" in text


def test_curves_show_every_value(tmp_path: Path, tiny_recipe: Make) -> None:
    for images, loss in ((8, 1.0), (16, 3.0), (24, 2.0)):
        append_line(tmp_path / "metrics.jsonl", {"images": images, "loss.generator": loss})
    (points,) = re.findall(r'points="([^"]+)"', page(tmp_path, tiny_recipe()))
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert len(heights) == 3
    assert heights[1] < heights[2] < heights[0]  # up is more


def test_a_flat_curve_and_no_curve(tmp_path: Path, tiny_recipe: Make) -> None:
    assert "<svg" not in page(tmp_path, tiny_recipe())
    for images in (8, 16):
        append_line(tmp_path / "metrics.jsonl", {"images": images, "loss.generator": 0.0})
    assert "nan" not in page(tmp_path, tiny_recipe()).lower()


def test_the_speed_ignores_the_time_between_processes(tmp_path: Path, tiny_recipe: Make) -> None:
    for images, since, seconds in ((100, 0, 1.0), (300, 0, 3.0), (400, 300, 500.0), (500, 300, 501.0)):
        append_line(tmp_path / "timing.jsonl", {"images": images, "since": since, "seconds": seconds})
    assert "100.0 images/s" in page(tmp_path, tiny_recipe())


def test_foreign_pictures_among_the_samples_do_no_harm(tmp_path: Path, tiny_recipe: Make) -> None:
    (tmp_path / "samples").mkdir()
    for name in ("my favourite.png", "000000008.png", "1000000000.png"):
        Image.new("RGB", (2, 2)).save(tmp_path / "samples" / name)
    sheets = re.findall(r"src='samples/(\d+)\.png'", page(tmp_path, tiny_recipe()))
    assert sheets == ["1000000000", "000000008"]


def grid_generator(width: int) -> Generator:
    torch.manual_seed(0)
    options = find_family("dcgan").options.model_validate({"latent": 8, "width": 4, "discriminator_width": 4})
    generator = find_family("dcgan").build(Shape(16, 3, width), options)["generator"].eval()
    assert isinstance(generator, Generator)
    return generator


@pytest.mark.parametrize("width", [0, 5])
def test_the_grid_is_fixed_and_made_in_chunks(width: int) -> None:
    labels = torch.eye(5)[:, :width]
    generator, cpu = grid_generator(width), torch.device("cpu")
    whole = SampleGrid(labels, 16, 8, seed=1, chunk=60).pictures(generator, cpu)
    assert whole.shape == (ROWS * COLUMNS, 16, 16, 3)
    assert (SampleGrid(labels, 16, 8, seed=1, chunk=60).pictures(generator, cpu) == whole).all()
    chunked = SampleGrid(labels, 16, 8, seed=1, chunk=7).pictures(generator, cpu)
    assert np.abs(chunked.astype(int) - whole).max() <= 1
    assert (SampleGrid(labels, 16, 8, seed=2, chunk=60).pictures(generator, cpu) != whole).any()


def test_large_pictures_make_smaller_sheets() -> None:
    assert [layout(resolution) for resolution in (16, 256, 512, 1024)] == [(6, 10), (6, 10), (3, 5), (3, 4)]


def test_rows_share_labels_and_columns_share_noise() -> None:
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    class Watcher(torch.nn.Module):
        shape = Shape(4, 3, 5)

        def forward(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            seen.append((z, labels))
            return torch.zeros(len(z), 3, 4, 4)

    grid = SampleGrid(torch.eye(5), 4, 8, seed=0, chunk=60)
    grid.pictures(Watcher(), torch.device("cpu"))  # type: ignore[arg-type]
    noise, labels = (value.reshape(ROWS, COLUMNS, -1) for value in seen[0])
    assert (noise == noise[:1]).all()
    assert (labels == labels[:, :1]).all()
    assert len(noise[0].unique(dim=0)) == COLUMNS


def test_the_card_says_whose_pictures_were_learned_from(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    from nijigen.data import prepare
    from nijigen.models.package import load_package

    rights = {"licence": "CC-BY-4.0", "provenance": "https://example.org"}
    prepare("chibi:16", tmp_path / "data", size=16, workers=1, quiet=True, **rights)
    tiny_train(tiny_recipe(), tmp_path / "run", tmp_path / "data")
    card = load_package(tmp_path / "run" / "model").card
    assert (card["licence"], card["dataset"]["licence"]) == ("CC-BY-4.0", "CC-BY-4.0")
    assert card["dataset"]["provenance"] == "https://example.org"
    assert "<td>from</td><td>https://example.org</td>" in (tmp_path / "run/report.html").read_text(encoding="utf-8")
