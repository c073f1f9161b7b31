"""The engines: the same avatars by each, certificates that name them, and a choice that follows what was measured."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nijigen.edit.steps import SetWords
from nijigen.engine import choosing
from nijigen.engine.choosing import Timing, keep_timings, read_timings
from nijigen.engine.engines import engine_of, graphs_folder
from nijigen.engine.model import Model, load
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def exported(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the tiny model was exported already: that takes seconds."""
    pytest.importorskip("onnxscript", reason="onnx and onnxscript are not installed: the extra [export]")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: the extra [export]")
    home = tmp_path_factory.mktemp("exported-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIJIGEN_HOME", str(home))
        load(tiny_run, "cpu", 1, "onnx").engines.get("onnx")
    return home


@pytest.fixture
def home(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(exported, tmp_path / "home")
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def model(tiny_run: Path, home: Path) -> Model:
    return load(tiny_run, "cpu", 1)


@pytest.fixture
def no_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("onnxruntime", "onnx", "onnxscript"):
        monkeypatch.setitem(sys.modules, name, None)


def test_two_engines_make_the_same_avatars(model: Model) -> None:
    plain, other = (model.on(name).generate(5, seed=3, hair_color="pink") for name in ("torch", "onnx"))
    for one, two in zip(plain, other, strict=True):
        assert np.abs(one.pixels.astype(int) - two.pixels.astype(int)).max() <= 1
        assert one.certificate["attributes"] == two.certificate["attributes"]
    assert str(plain[0].certificate["engine"]).endswith(" eager")
    assert str(other[0].certificate["engine"]).startswith("onnxruntime ")
    again = model.on("onnx").generate(5, seed=3, hair_color="pink")
    assert all(np.array_equal(one.pixels, two.pixels) for one, two in zip(other, again, strict=True))


def test_recreate_and_edit_go_on_with_the_engine_of_the_certificate(model: Model, tmp_path: Path) -> None:
    avatar = model.on("onnx").generate(5, seed=3)[2]
    avatar.save(tmp_path / "a.png")
    again = recreate(tmp_path / "a.png", model.path, "cpu")
    assert again.same
    assert again.differences == []
    edited = model.edit(avatar.certificate, [SetWords(attributes={"hair_color": "blue"})])
    assert edited.certificate["engine"] == avatar.certificate["engine"]
    assert np.array_equal(model.redraw(edited.certificate), edited.pixels)


@pytest.mark.usefixtures("no_onnx")
def test_without_onnxruntime_torch_makes_it_and_that_is_said(tiny_run: Path, tmp_path: Path) -> None:
    avatar = load(tiny_run, "cpu", 1).generate(1, seed=3)[0]
    avatar.certificate["engine"] = "onnxruntime 1.2.3, torch 2.0.0"
    avatar.save(tmp_path / "a.png")
    again = recreate(tmp_path / "a.png", tiny_run, "cpu")
    assert again.differences[0].startswith("engine was onnxruntime 1.2.3, torch 2.0.0, is torch ")


@pytest.mark.usefixtures("no_onnx")
def test_an_engine_that_was_asked_for_is_not_replaced(
    tiny_run: Path, command: Callable[..., Any], tmp_path: Path
) -> None:
    out = command(
        "generate", "--model", tiny_run, "-n", "1", "--engine", "onnx", "--out", tmp_path / "o", "--device", "cpu"
    )
    out.refused("onnx", "nijigen[export]")
    assert not (tmp_path / "o").exists()


def test_an_unknown_engine_is_refused(command: Callable[..., Any]) -> None:
    command("generate", "-n", "1", "--engine", "onix").refused("--engine onix", "onnx", "compiled")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("torch 2.13.0 eager", "torch"),
        ("torch 2.13.0 compiled", "compiled"),
        ("onnxruntime 1.31.1, torch 2.13.0", "onnx"),
        ("abacus", "torch"),
        (None, "torch"),
        (7, "torch"),
    ],
)
def test_certificates_name_engines(said: object, name: str) -> None:
    assert engine_of({"engine": said} if said is not None else {}) == name


def test_damaged_graphs_are_made_again(model: Model) -> None:
    folder = graphs_folder(model.digest)
    (folder / "synthesis.onnx").write_bytes(b"nothing")
    assert model.on("onnx").generate(1, seed=1)[0].pixels.shape == (16, 16, 3)
    assert (folder / "synthesis.onnx").stat().st_size > 1000


@pytest.mark.parametrize(
    ("rows", "count", "batch", "name"),
    [
        ({}, 100, 16, "torch"),
        ({"torch": (0.0, {1: 0.010, 16: 0.1}), "onnx": (0.5, {1: 0.005, 16: 0.1})}, 1, 1, "torch"),  # not worth opening
        ({"torch": (0.0, {1: 0.010, 16: 0.1}), "onnx": (0.5, {1: 0.005, 16: 0.1})}, 1000, 1, "onnx"),
        ({"torch": (0.0, {1: 0.010, 16: 0.1}), "onnx": (0.5, {1: 0.005, 16: 0.1})}, 1000, 16, "torch"),  # no faster
        ({"onnx": (0.0, {1: 0.005})}, 1000, 16, "torch"),  # nothing to compare it with
    ],
)
def test_auto_follows_what_was_measured(rows: dict[str, Any], count: int, batch: int, name: str, model: Model) -> None:
    keep_timings(model.digest, CPU, {engine: Timing(*row) for engine, row in rows.items()})
    assert model.engines.pick(count, batch).name == name


def test_measuring_is_kept_and_damage_is_nothing(model: Model, home: Path, command: Callable[..., Any]) -> None:
    out = command("engines", model.path, "--json", "--threads", "1", "--device", "cpu")
    assert out.code == 0, out
    told = json.loads(out.out)["engines"]
    assert set(told) == {"torch", "onnx"}
    kept = read_timings(model.digest, CPU)
    assert kept["onnx"].batches == {int(size): one for size, one in told["onnx"]["seconds"].items()}
    assert all(0 < seconds < 60 for timing in kept.values() for seconds in timing.batches.values())
    for damage in ("", "[]", '{"x": 1}', json.dumps(dict.fromkeys(json.loads((home / "engines.json").read_text()), 3))):
        (home / "engines.json").write_text(damage)
        assert read_timings(model.digest, CPU) == {}
        assert model.engines.pick(300, 16).name == "torch"


def test_measuring_happens_where_the_work_is_long(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "PAYS", 0.0)
    assert model.engines.pick(choosing.MANY - 1, 16).name == "torch"
    assert read_timings(model.digest, CPU) == {}
    model.engines.pick(choosing.MANY, 16)
    assert set(read_timings(model.digest, CPU)) == {"torch", "onnx"}


def test_onnx_computes_on_the_cpu_alone(model: Model) -> None:
    from nijigen.engine.engines import open_engine

    with pytest.raises(NijigenError, match="--device cpu"):
        open_engine("onnx", model._package, torch.device("meta"))


@pytest.mark.slow
def test_compiled_makes_the_same_or_says_what_it_needs(model: Model) -> None:
    plain = model.on("torch").generate(1, seed=3)[0]
    try:
        avatar = model.on("compiled").generate(1, seed=3)[0]
    except NijigenError as error:
        assert "C++ compiler" in str(error)  # noqa: PT017
        return
    assert np.abs(plain.pixels.astype(int) - avatar.pixels.astype(int)).max() <= 1
    assert str(avatar.certificate["engine"]).endswith(" compiled")
