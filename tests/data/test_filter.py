"""``prepare --filter``: what a classifier calls unwanted is left out, and can be taken back."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from nijigen.cli.door import app
from nijigen.data import Dataset, prepare
from nijigen.errors import NijigenError


def tinted(seed: int, red: int) -> bytes:
    dice = np.random.default_rng(seed)
    pixels = dice.integers(0, 256, (64, 64, 3))
    pixels[..., 0] = pixels[..., 0] * 0.4 + red
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def source(folder):
    return folder({f"{n:02d}-{'red' if n % 3 == 0 else 'plain'}.png": tinted(n, 150 * (n % 3 == 0)) for n in range(30)})


@pytest.fixture
def network(tmp_path, redness):
    return redness(tmp_path / "red.onnx", single=True)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("junk", [False, True])
def test_the_unwanted_are_left_out_counted_and_can_be_taken_back(source, network, tmp_path, workers, junk):
    chosen = {"size": 32, "filter": network, "workers": workers, "junk": junk, "quiet": True}
    found = prepare(source, tmp_path / "out", **chosen)
    assert (found.kept, found.dropped) == (20, {"filtered": 10})
    kept = Dataset.open(tmp_path / "out")
    assert all("plain" in sample.file for sample in kept.samples())
    rows = [json.loads(line) for line in (tmp_path / "out" / "dropped.jsonl").read_text().splitlines()]
    assert all(row["detail"].startswith("the filter says 0.") for row in rows)
    used = kept.info["filter"]
    assert (used["file"], used["least"], len(used["sha256"])) == ("red.onnx", 0.5, 64)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "red.onnx, from 0.5 on" in page
    assert 'class="grid veiled named"' in page
    one = prepare(source, tmp_path / "out", **chosen, keep=["03-red.png"])
    assert (one.kept, one.dropped) == (21, {"filtered": 9})
    back = prepare(source, tmp_path / "out", **chosen, keep_reason=["filtered"])
    assert (back.kept, back.dropped) == (30, {})
    assert prepare(source, tmp_path / "out", **chosen).digest == found.digest


def test_other_filters_and_thresholds_are_other_data_sets(source, network, tmp_path):
    prepare(source, tmp_path / "out", size=32, filter=network, quiet=True)
    with pytest.raises(NijigenError, match=r"made with other arguments \(filter least was 0\.5, now 0\.3\)"):
        prepare(source, tmp_path / "out", size=32, filter=network, filter_least=0.3, quiet=True)
    with pytest.raises(NijigenError, match=r"made with other arguments \(filter was red\.onnx, now None\)"):
        prepare(source, tmp_path / "out", size=32, quiet=True)
    all_of_them = prepare(source, tmp_path / "all", size=32, filter=network, filter_least=1.0, quiet=True)
    assert all_of_them.kept == 30


def test_what_does_not_go_together_is_one_line(source, network, tmp_path):
    for chosen, said in (
        ({"filter_least": 0.5}, "--filter-least says from where on"),
        ({"filter": tmp_path / "gone.onnx"}, "gone.onnx is not there"),
    ):
        with pytest.raises(NijigenError, match=said):
            prepare(source, tmp_path / "out", size=32, quiet=True, **chosen)
    with pytest.raises(NijigenError, match="--filter does not go with chibi:N"):
        prepare("chibi:3", tmp_path / "out", size=32, quiet=True, filter=network)
    assert not (tmp_path / "out").exists()


def test_the_flags_of_the_command_reach_it(source, network, tmp_path):
    arguments = ["prepare", str(source), str(tmp_path / "out"), "--size", "32", "--filter", str(network)]
    result = CliRunner().invoke(app, [*arguments, "--filter-least", "0.99", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["kept"] == 30
    assert Dataset.open(tmp_path / "out").info["filter"]["least"] == 0.99
