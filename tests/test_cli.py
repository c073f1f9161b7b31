"""Every verb: right input works and reports, wrong input is one line on stderr and exit code 2, never a traceback."""

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image

import nijigen
from nijigen.avatar import Avatar
from nijigen.cli.door import app
from nijigen.training.loop import Trainer
from nijigen.training.recipe import to_toml

Command = Callable[..., Any]


def every_verb(group: Any, path: str = "nijigen") -> Iterator[tuple[str, Any]]:
    """Each verb as it is typed, ``nijigen directions find``, and what answers it."""
    for name, verb in group.commands.items():
        yield f"{path} {name}", verb
        if hasattr(verb, "commands"):
            yield from every_verb(verb, f"{path} {name}")


VERBS = dict(every_verb(typer.main.get_command(app)))
WITHOUT_JSON = {"nijigen serve", "nijigen directions"}  # one goes on until it is ended, one only names others


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def recipe_file(place: Path, tiny_recipe: Command) -> Path:
    (place / "tiny.toml").write_text(to_toml(tiny_recipe()), encoding="utf-8")
    return place / "tiny.toml"


def test_no_verb_and_help_list_the_verbs(command: Command) -> None:
    for arguments in (["--help"], ["-h"]):
        result = command(*arguments)
        assert result.code == 0
        assert all(verb.split()[1] in result.out for verb in VERBS)


@pytest.mark.parametrize("verb", ["draw", "train", "directions", "directions find"])
def test_help_is_shown(verb: str, command: Command) -> None:
    result = command(*verb.split(), "--help")
    assert result.code == 0
    assert f"nijigen {verb}" in " ".join(result.out.split()).partition("[OPTIONS]")[2]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    assert f"`{verb}" in VERBS[verb].help
    assert all(flag.help for flag in VERBS[verb].params)
    flags = [name for flag in VERBS[verb].params for name in flag.opts]
    assert ("--json" in flags) != (verb in WITHOUT_JSON)


@pytest.mark.parametrize(
    "arguments",
    [
        ["paint"],
        ["draw", "--siez", "64"],
        ["generate", "--model", "x", "-n", "many"],
        ["train"],
        ["recreate"],
        ["prepare", "chibi:3", "out", "--size", "big"],
    ],
)
def test_wrong_flags_are_usage_errors(arguments: list[str], command: Command, place: Path) -> None:
    result = command(*arguments)
    assert result.code == 2
    assert result.err.startswith("nijigen: ")
    assert result.err.count("\n") == 1
    assert "--help" in result.err
    assert not list(place.iterdir())


def test_the_whole_way(command: Command, place: Path, tiny_dataset: Path, recipe_file: Path) -> None:
    source = tiny_dataset.parent / "source"
    prepared = command("prepare", source, "faces", "--size", "16", "--workers", "1", "--licence", "CC0", "--json")
    assert (prepared.code, prepared.err) == (0, "")
    assert json.loads(prepared.out)["kept"] == 64
    train = ["train", "faces", "--recipe", recipe_file, "--out", "runs/a", "--threads", "1", "--device", "cpu"]
    trained = command(*train, "--images", "32", "--json")
    assert trained.code == 0
    assert json.loads(trained.out) == {"run": "runs/a", "model": "runs/a/model", "images": 32, "stopped_by": None}
    more = command(*train, "--images", "0.048k")
    assert "going on from 32 images" in more.out
    assert "until 48 images: about" in more.out
    made = command(
        "generate", "--model", "a", "-n", "3", "--seed", "アリス", "--set", "发色=粉色", "--out", "g", "--sheet"
    )
    assert (made.code, made.err, made.out) == (0, "", "3 avatars of a in g\n")
    assert sorted(path.name for path in Path("g").iterdir()) == [*(f"avatar-000{i}.png" for i in range(3)), "sheet.png"]
    assert Avatar.open("g/avatar-0001.png").attributes["hair_color"] == "pink"
    again = command("recreate", "g/avatar-0001.png", "--out", "again.png")
    assert (again.code, again.out) == (0, "again.png: the same pixels\n")
    assert Path("again.png").read_bytes() == Path("g/avatar-0001.png").read_bytes()
    shown = command("show", "again.png")
    assert "hair_color=pink" in shown.out
    assert json.loads(command("show", "again.png", "--json").out)["batch"] == 3
    larger, bundled, listed = json.loads(command("models", "--json").out)["models"]
    free = dict.fromkeys(("chibi-tiny", "chibi"), "CC0-1.0")
    assert {one["name"]: one["licence"] for one in (larger, bundled)} == free
    assert (listed["name"], listed["family"], listed["images_seen"], listed["licence"]) == ("a", "dcgan", 48, "CC0")
    assert "a " in command("models").out


def test_reports_in_json(command: Command, place: Path, tiny_run: Path) -> None:
    made = json.loads(command("generate", "--model", tiny_run, "-n", "2", "--json").out)
    assert made["files"] == ["avatars/avatar-0000.png", "avatars/avatar-0001.png"]
    again = json.loads(command("recreate", "avatars/avatar-0000.png", "--json").out)
    assert again == {"file": "again.png", "same": True, "differences": []}
    rows = {row["name"]: row for row in json.loads(command("recipes", "--json").out)}
    assert rows["dcgan-64"]["generator_parameters"] == 3_576_704
    assert rows["dcgan-64"]["discriminator_parameters"] == 2_765_568
    assert [row["name"] for row in json.loads(command("models", "--json").out)["models"]] == ["chibi-tiny", "chibi"]


def test_quiet_says_nothing(
    command: Command, place: Path, tiny_dataset: Path, tiny_run: Path, recipe_file: Path
) -> None:
    for arguments in (
        ["prepare", tiny_dataset.parent / "source", "faces", "--size", "16", "--workers", "1"],
        ["train", tiny_dataset, "--recipe", recipe_file, "--out", "run", "--images", "8", "--threads", "1"],
        ["generate", "--model", tiny_run, "-n", "1"],
        ["recreate", "avatars/avatar-0000.png"],
    ):
        result = command(*arguments, "--quiet")
        assert (result.code, result.out, result.err) == (0, "", "")


def test_other_pixels_are_exit_code_1(command: Command, place: Path, tiny_run: Path) -> None:
    command("generate", "--model", tiny_run, "-n", "1")
    made = Avatar.open("avatars/avatar-0000.png")
    made.pixels = made.pixels ^ 255
    made.save("odd.png")
    result = command("recreate", "odd.png")
    assert (result.code, result.err) == (1, "")
    assert result.out == "again.png: other pixels than the original\nodd.png itself was changed after it was made\n"


TRAIN = ["train", "DATA", "--recipe", "RECIPE", "--out", "run", "--threads", "1"]
WRONG: list[tuple[list[str], list[str]]] = [
    (["train", "nowhere"], ["nowhere", "does not exist", "prepare"]),
    (["train", "DATA", "--recipe", "dcgan-46"], ["dcgan-46", "did you mean"]),
    (["train", "DATA", "--recipe", "dcgan-64"], ["resolution 16", "wants 64", "--set resolution=16"]),
    ([*TRAIN, "--set", "resoluton=16"], ["resoluton", "did you mean resolution"]),
    ([*TRAIN, "--set", "resolution"], ["key=value"]),
    ([*TRAIN, "--set", "two\nlines=3"], ["unknown key two lines"]),
    (["generate", "--model", "two\r\nlines\u2028or three"], ["no model"]),
    ([*TRAIN, "--images", "many"], ["--images many", "200k"]),
    ([*TRAIN, "--images", "-5"], ["--images -5"]),
    ([*TRAIN, "--images", ""], ["--images"]),
    ([*TRAIN, "--images", "nan"], ["--images nan"]),
    ([*TRAIN, "--epochs", "0"], ["--epochs 0"]),
    ([*TRAIN, "--epochs", "nan"], ["--epochs nan"]),
    ([*TRAIN, "--epochs", "inf"], ["--epochs inf"]),
    ([*TRAIN, "--epochs", "1", "--images", "8"], ["--images and --epochs"]),
    ([*TRAIN, "--seed", "-1"], ["seed"]),
    ([*TRAIN, "--device", "abacus"], ["--device abacus"]),
    ([*TRAIN, "--threads", "0"], ["--threads 0"]),
    (["train", "DATA", "--recipe", "RECIPE", "--out", "tiny.toml"], ["tiny.toml"]),
    (["generate", "--model", "nobody"], ["nobody", "nijigen models"]),
    (["generate", "--model", "tiny.toml"], ["tiny.toml is no model"]),
    (["generate", "--model", "RUN", "--set", "hair_color=pnik"], ["did you mean pink"]),
    (["generate", "--model", "RUN", "--set", "pink"], ["key=value"]),
    (["generate", "--model", "RUN", "-n", "0"], ["count 0"]),
    (["generate", "--model", "RUN", "--batch", "0"], ["batch 0"]),
    (["generate", "--model", "RUN", "--threads", "-1"], ["--threads -1"]),
    (["generate", "--model", "RUN", "--out", "tiny.toml"], ["tiny.toml"]),
    (["recreate", "nowhere.png"], ["nowhere.png"]),
    (["recreate", "photo.png"], ["photo.png", "no birth certificate"]),
    (["show", "photo.png"], ["photo.png", "no birth certificate"]),
    (["show", "tiny.toml"], ["tiny.toml", "no PNG"]),
    (["show", "."], ["does not exist or is no file"]),
    (["prepare", "nowhere", "out"], ["nowhere"]),
    (["prepare", "photos", "out", "--size", "3"], ["--size 3"]),
    (["prepare", "photos", "out", "--channels", "5"], ["--channels 5"]),
    (["prepare", "photos", "out", "--shape", "round"], ["--shape round"]),
    (["prepare", "photos", "tiny.toml"], ["tiny.toml"]),
    (["draw", "--set", "hair_color=pnik"], ["did you mean pink"]),
    (["draw", "-n", "0"], ["count 0"]),
    (["draw", "--size", "1"], ["size 1"]),
    (["draw", "--format", "gif"], ["gif"]),
    (["draw", "--sweep", "moods"], ["moods"]),
    (["draw", "--sweep", "tilt"], ["tilt"]),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=[" ".join(arguments)[:60] for arguments, _ in WRONG])
def test_wrong_input(
    arguments: list[str],
    words: list[str],
    command: Command,
    place: Path,
    tiny_dataset: Path,
    tiny_run: Path,
    recipe_file: Path,
) -> None:
    (place / "photos").mkdir()
    Image.new("RGB", (40, 40), "pink").save(place / "photos" / "a.png")
    shutil.copy(place / "photos" / "a.png", place / "photo.png")
    names = {"DATA": tiny_dataset, "RECIPE": recipe_file, "RUN": tiny_run}
    command(*(names.get(word, word) for word in arguments)).refused(*words)


def test_a_damaged_model_is_named_and_hides_no_other(command: Command, place: Path, tiny_run: Path) -> None:
    shutil.copytree(tiny_run, place / "runs" / "good")
    shutil.copytree(tiny_run, place / "runs" / "bad")
    (place / "runs" / "bad" / "model" / "generator.safetensors").write_bytes(b"\xff" * 40)
    result = command("models")
    assert result.code == 0
    assert "good" in result.out
    assert "damaged" in result.out
    rows = {row["name"]: row for row in json.loads(command("models", "--json").out)["models"]}
    assert rows["good"]["family"] == "dcgan"
    assert "damaged" in rows["bad"]["error"]
    command("generate", "--model", "bad").refused("damaged")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_said(
    number: int, command: Command, place: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr("os.replace", full)
    command("generate", "--model", tiny_run, "-n", "1").refused("the disk is full", "free some space")
    assert not list(place.rglob("*.png*"))


def test_a_mistake_of_ours_is_not_hidden(
    command: Command, place: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="Input/output"):
        command("generate", "--model", tiny_run, "-n", "1")


def test_ctrl_c_outside_of_training(
    command: Command, place: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    result = command("generate", "--model", tiny_run, "-n", "1")
    assert result.code == 130
    assert "Traceback" not in result.err


@pytest.mark.parametrize(("signal_name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stopped_training_has_the_code_of_its_signal(
    signal_name: str, code: int, command: Command, place: Path, tiny_dataset: Path, recipe_file: Path
) -> None:
    import os
    import signal

    real_step = Trainer.step

    def step(trainer: Trainer) -> None:
        real_step(trainer)
        if trainer.state.images == 40:
            os.kill(os.getpid(), getattr(signal, signal_name))

    arguments = ["train", tiny_dataset, "--recipe", recipe_file, "--out", "run", "--threads", "1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        stopped = command(*arguments)
    assert stopped.code == code
    assert f"stopped by {signal_name} at 40 images; everything is saved: run the same again" in stopped.out
    finished = command(*arguments)
    assert finished.code == 0
    assert "going on from 40 images" in finished.out


@pytest.mark.parametrize("text", ["2kk", "1kM", "k", "-1", "1e400", "0"])
def test_a_length_that_is_no_number_is_refused(text: str, command: Command, place: Path) -> None:
    command("train", "x", "--images", text).refused(f"--images {text}")


def test_the_version(command: Command, place: Path) -> None:
    assert command("--version").out.strip() == nijigen.__version__
