"""Several models side by side, and one at several truncations."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.evaluate import sweep
from nijigen.evaluate.chart import Point, draw_curve

Command = Callable[..., Any]


def test_one_table_one_sheet_the_same_seeds(
    command: Command, pooling: Path, tiny_run: Path, plain_run: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    flags = ("--samples", 24, "--features", pooling, "--threads", 1, "--device", "cpu", "--seed", 2)
    done = command("compare", tiny_run, tiny_run, plain_run, tiny_dataset, *flags, "--out", tmp_path / "c")
    assert done.code == 0, done.err
    rows = [line for line in done.out.splitlines() if line.startswith("precision")]
    first, second, third = rows[0].split()[1:]
    assert first == second  # one model twice: the same seeds and labels
    assert "plain-run" in done.out
    assert "*" in first + third
    written = json.loads((tmp_path / "c" / "comparison.json").read_text())
    models = [found["model"]["name"] for found in written["evaluations"]]
    assert models == ["tiny-run", "tiny-run", "plain-run"]
    assert written["evaluations"][0]["metrics"] == written["evaluations"][1]["metrics"]
    sheet = np.asarray(Image.open(tmp_path / "c" / "sheet.png"))
    height = (sheet.shape[0] - 4) // 3
    assert np.array_equal(sheet[:height], sheet[height + 2 : 2 * height + 2])
    assert not np.array_equal(sheet[:height], sheet[2 * height + 4 :])


def test_one_model_is_no_comparison(command: Command, tiny_run: Path, tiny_dataset: Path) -> None:
    done = command("compare", tiny_run, tiny_dataset)
    assert done.code == 2
    assert "compare needs two models or more" in done.err


def test_a_sweep_has_a_curve(
    command: Command,
    pooling: Path,
    style_run: Path,
    tiny_dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep, "TRUNCATIONS", (0.0, 1.0))
    flags = ("--samples", 24, "--features", pooling, "--threads", 1, "--device", "cpu", "--json")
    done = command("evaluate", style_run, tiny_dataset, "--truncation-sweep", *flags, "--out", tmp_path / "s")
    assert done.code == 0, done.err
    rows = json.loads(done.out)["truncation_sweep"]
    assert [row["truncation"] for row in rows] == [0.0, 1.0]
    assert rows[0]["metrics"]["recall"] <= rows[1]["metrics"]["recall"]
    assert Image.open(tmp_path / "s" / "curve.png").width > 300
    assert (tmp_path / "s" / "sweep.json").is_file()


def test_points_are_drawn_where_they_belong() -> None:
    picture = np.asarray(draw_curve([Point(0.0, 0.0, ""), Point(1.0, 1.0, "")], "t", "x", "y")).astype(int)
    pink = (abs(picture - np.array([224, 86, 139])).sum(axis=2) < 40).nonzero()
    low, high = int(np.argmax(pink[0])), int(np.argmin(pink[0]))  # rows grow downward
    assert pink[1][low] < 100 < 500 < pink[1][high]
    middle = picture.shape[0] // 2
    assert 200 < float(np.median(pink[1][abs(pink[0] - middle) < 20])) < 450
