"""A model as a folder of ONNX files: what is in them, what is refused, and that nothing is half-written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nijigen.errors import NijigenError
from nijigen.export import folder as folders
from nijigen.export.folder import export_model, graphs_of
from nijigen.files import locked
from nijigen.models.package import read_stored
from nijigen.store import GENERATOR_FILE, find_model

onnx = pytest.importorskip("onnx", reason="onnx is not installed: the extra [export]")
pytest.importorskip("onnxscript", reason="onnxscript is not installed: the extra [export]")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [export]")

FILES = {"mapping.onnx", "synthesis.onnx", "card.json"}


@pytest.fixture(scope="module")
def graphs(tiny_run: Path) -> dict[str, bytes]:
    """Tracing takes seconds: once for all tests here."""
    return graphs_of(read_stored(find_model(tiny_run) / GENERATOR_FILE))


@pytest.fixture(autouse=True)
def _traced_once(graphs: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "graphs_of", lambda stored: dict(graphs))


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_a_folder_is_complete_by_itself(
    precision: str, tiny_run: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    out = command("export", tiny_run, "--to", "onnx", "--out", tmp_path / "x", "--precision", precision, "--json")
    assert out.code == 0, out
    told = json.loads(out.out)
    assert {path.name for path in (tmp_path / "x").iterdir()} == FILES
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]
    card = json.loads((tmp_path / "x" / "card.json").read_text(encoding="utf-8"))
    assert card["export"]["precision"] == precision
    assert card["export"]["check"]["inputs"] == 100
    assert card["export"]["check"]["image"] <= 1e-4
    assert ("difference" in card["export"]) == (precision != "fp32")
    for name in ("mapping.onnx", "synthesis.onnx"):
        session = onnxruntime.InferenceSession(str(tmp_path / "x" / name))
        assert json.loads(session.get_modelmeta().custom_metadata_map["nijigen"]) == card
        assert {one.type for one in [*session.get_inputs(), *session.get_outputs()]} == {"tensor(float)"}
        onnx.checker.check_model(onnx.load(str(tmp_path / "x" / name)))
        assert told["bytes"][name] == (tmp_path / "x" / name).stat().st_size
    mapping, synthesis = (onnxruntime.InferenceSession(str(tmp_path / "x" / name)) for name in sorted(told["bytes"]))
    for count in (1, 3):
        z, labels = np.ones((count, 8), np.float32), np.zeros((count, 5), np.float32)
        (latent,) = mapping.run(None, {"z": z, "labels": labels})
        (image,) = synthesis.run(None, {"latent": latent})
        assert image.shape == (count, 3, 16, 16)


def test_smaller_weights_are_smaller(graphs: dict[str, bytes]) -> None:
    from nijigen.export.precision import in_precision

    file = graphs["synthesis.onnx"]
    small = onnx.load_from_string(in_precision(file, "int8"))
    kinds = {one.name.rpartition(".")[2]: one.data_type for one in small.graph.initializer}
    assert kinds["small"] == onnx.TensorProto.INT8
    assert {node.domain for node in small.graph.node} == {""}
    half = onnx.load_from_string(in_precision(file, "fp16"))
    assert onnx.TensorProto.FLOAT16 in {one.data_type for one in half.graph.initializer}


def test_what_differs_is_not_written(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "card.json").write_text("before")
    monkeypatch.setattr(folders, "LIMIT", -1.0)
    with pytest.raises(NijigenError, match="differ from PyTorch by"):
        export_model(tiny_run, tmp_path / "x")
    assert [path.name for path in tmp_path.rglob("*")] == ["x", "card.json"]
    assert (tmp_path / "x" / "card.json").read_text() == "before"


def test_a_former_export_is_replaced_and_nothing_else(tiny_run: Path, tmp_path: Path) -> None:
    export_model(tiny_run, tmp_path / "x")
    export_model(tiny_run, tmp_path / "x")
    (tmp_path / "x" / "letter.txt").write_text("dear")
    with pytest.raises(NijigenError, match="other things"):
        export_model(tiny_run, tmp_path / "x")
    assert (tmp_path / "x" / "letter.txt").read_text() == "dear"


def test_only_what_a_killed_export_of_this_name_left_is_cleared_away(tiny_run: Path, tmp_path: Path) -> None:
    others = [".y.a1b2c3.part", ".x.fine.a1b2c3.part", ".y.former", ".x.txt.part.part"]
    for name in [".x.a1b2c3.part", ".x.former", *others]:
        (tmp_path / name).mkdir()
    (tmp_path / "x").mkdir()
    with locked(tmp_path, ".x.exporting"):  # another one is at work: what looks left may be its own
        export_model(tiny_run, tmp_path / "x")
        assert (tmp_path / ".x.a1b2c3.part").is_dir()
    export_model(tiny_run, tmp_path / "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "x"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--to", "onix"], ["--to onix", "onnx"]),
        (["--precision", "int4"], ["--precision int4", "int8"]),
        (["--threads", "0"], ["--threads 0"]),
        (["--out", "FILE"], ["FILE"]),
    ],
)
def test_wrong_words_are_refused(
    words: list[str], told: list[str], tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    command: Callable[..., Any],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("mine")
    command("export", tiny_run, *words).refused(*told)
    assert Path("FILE").read_text() == "mine"
    command("export", "nobody").refused("nobody")
