"""The doctor on files: runs of every kind, whole, old, empty or damaged; and its word while a run goes on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.doctor.case import WARM_UP, Case
from nijigen.doctor.page import lines, section
from nijigen.errors import NijigenError
from nijigen.training.examination import examine, open_case, read_case
from nijigen.training.metrics import append_line
from nijigen.training.probe import PROBE_FILE
from nijigen.training.recipe import load_recipe, to_toml

Make = Callable[..., Any]
RECIPE = load_recipe("dcgan-laptop-32")


def write_run(folder: Path, probes: int = 12, **numbers: float) -> Path:
    """A run's files, with the probes of a good run but for some numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.toml").write_text(to_toml(RECIPE), encoding="utf-8")
    good = {"d.real": 1.0, "d.fake": 0.0, "d.spread": 0.4, "d.right": 0.8, "slope.loss": 0.5, "slope.fake": 0.5}
    good |= {"saturated": 0.0, "diversity": 0.95, "diversity.nearest": 0.9, "gap": 0.02, "detail": 1.0}
    for place in range(1, probes + 1):
        images = WARM_UP * RECIPE.batch + 4_000 * place
        append_line(folder / "metrics.jsonl", {"images": images, "loss.generator": 1.0})
        append_line(folder / PROBE_FILE, {"images": images, **good, **numbers})
    return folder


def test_a_healthy_and_an_ill_run(tmp_path: Path, command: Make) -> None:
    write_run(tmp_path / "good")
    write_run(tmp_path / "bad", **{"diversity": 0.2, "diversity.nearest": 0.1})
    for name, said in (("good", "No sign of illness"), ("bad", "mode collapse")):
        told = command("doctor", tmp_path / name)
        assert (told.code, told.err) == (0, "")
        assert said in told.out
    assert "模式崩溃" in command("doctor", tmp_path / "bad", "--lang", "zh").out
    assert command("doctor", tmp_path / "bad", "--quiet").out == ""
    facts = json.loads(command("doctor", tmp_path / "bad", "--json").out)
    assert [finding["illness"] for finding in facts["findings"]] == ["collapse"]
    assert facts["findings"][0]["seen"]["diversity"] == 0.2
    assert facts["unknown"]["overfitting"] == "none_held_out"
    assert facts["images"] == WARM_UP * RECIPE.batch + 48_000
    for change in facts["findings"][0]["changes"]:
        assert load_recipe(RECIPE, change["set"]) != RECIPE


def test_a_run_of_before_there_were_probes(tiny_run: Path, command: Make) -> None:
    told = command("doctor", tiny_run)
    assert told.code == 0
    assert "Cannot be told" in told.out
    assert "the run has no probes" in " ".join(told.out.split())


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda folder: None, "does not exist: give the folder that nijigen train wrote"),
        (lambda folder: folder.mkdir(), r"is no run \(it has no recipe.toml\)"),
        (lambda folder: (write_run(folder, 0), None), r"cannot be examined \(it has no metrics yet\): train it for"),
        (
            lambda folder: (write_run(folder, 0) / "metrics.jsonl").write_bytes(b"\x00{{"),
            r"cannot be examined \(metrics.jsonl is damaged in its first line\)",
        ),
        (lambda folder: (write_run(folder) / "recipe.toml").write_text("= ="), "is not valid TOML"),
        (lambda folder: (write_run(folder) / "recipe.toml").write_text("name = 'x'"), "is missing"),
    ],
)
def test_what_cannot_be_examined_is_one_line(
    prepare: Callable[[Path], object], message: str, tmp_path: Path, command: Make
) -> None:
    prepare(tmp_path / "run")
    with pytest.raises(NijigenError, match=message):
        open_case(tmp_path / "run")
    told = command("doctor", tmp_path / "run")
    assert told.code == 2
    assert told.err.count("\n") == 1


def test_a_wrong_language_is_one_line(tmp_path: Path, command: Make) -> None:
    write_run(tmp_path / "run")
    told = command("doctor", tmp_path / "run", "--lang", "zz")
    assert (told.code, told.err) == (2, "nijigen: --lang zz: use en or zh\n")


def test_rows_after_damage_are_left_out(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    with (folder / PROBE_FILE).open("ab") as file:
        file.write(b'{"images": 99')
    assert len(read_case(folder, RECIPE).probes) == 12
    assert examine(open_case(folder)).findings == ()


NAMES = st.sampled_from(
    [
        "images",
        "d.real",
        "d.held_out",
        "d.fake",
        "d.spread",
        "d.right",
        "slope.loss",
        "slope.fake",
        "saturated",
        "gap",
        "diversity",
        "diversity.nearest",
        "detail",
        "change.noise",
        "change.label",
        "labels.followed",
        "diverged",
        "diversity.label",
        "diversity.value",
        "diversity.value.of",
        "leak",
        "leak.spread",
        "leak.explained",
        "augment.p",
        "labels.made",
        "gradient.generator",
        "loss.discriminator",
        "labels.real",
        "real",
    ]
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers())
ROWS = st.lists(st.dictionaries(NAMES, VALUES | st.floats(-3, 3) | st.integers(0, 10**6)), max_size=16)


@settings(max_examples=60)
@given(metrics=ROWS, probes=ROWS, images=st.booleans())
def test_whatever_rows_hold_there_is_an_answer(metrics: Any, probes: Any, images: bool) -> None:
    for rows in (metrics, probes) if images else ():
        for place, row in enumerate(rows):
            row["images"] = 20_000 + 1_000 * place
    case = Case(metrics, probes, load_recipe(RECIPE, ["augment.kind=ada", "augment.p=0.5"]))
    diagnosis = examine(case)
    json.dumps(diagnosis.as_dict())
    assert section(case, diagnosis)
    assert lines(case, diagnosis, "zh")


def test_a_probed_run_is_examined_and_reported(tiny_recipe: Make, tiny_train: Make, tmp_path: Path) -> None:
    """The report has the section; the run is too young to be ill, and says nothing."""
    tiny_train(tiny_recipe(probe={"every": 16, "pictures": 16}), tmp_path / "run")
    assert set(examine(open_case(tmp_path / "run")).unknown.values()) >= {"too_early"}
    assert "<h2 id='doctor'>Doctor · 诊断</h2>" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_a_finding_is_said_once_while_the_run_goes_on(
    tiny_recipe: Make,
    tiny_train: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line when it is first seen, none later, none again when the run is taken up; and nothing stops."""
    monkeypatch.setattr("nijigen.doctor.case.WARM_UP", 1)
    # Nothing is learned at such a rate of the discriminator: pictures stay grey noise that it takes for real.
    recipe = tiny_recipe(
        images=96,
        probe={"every": 8, "pictures": 16},
        optimizer={"decay": 0.0, "discriminator": {"rate": 1e-12}, "generator": {"rate": 1e-12}},
        network={"discriminator_norm": "none"},
    )
    tiny_train(recipe, tmp_path / "run", images=64, quiet=False)
    first = capsys.readouterr().out.splitlines()
    found = [line for line in first if "% sure)" in line]
    assert len(found) >= 1
    assert len({line.split("images: ")[1].split(" (")[0] for line in found}) == len(found)
    assert all("images: " in line for line in found)
    assert tiny_train(recipe, tmp_path / "run", quiet=False).images == 96
    known = {line.split("images: ")[1].split(" (")[0] for line in found}
    again = [line for line in capsys.readouterr().out.splitlines() if "% sure)" in line]
    assert not known & {line.split("images: ")[1].split(" (")[0] for line in again}
    text = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in text.partition("id='doctor'")[2]
