"""Verbs write avatars as PNG or WebP, and read either."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import nijigen
from nijigen.avatar import Avatar
from nijigen.images.certified import stated_source
from nijigen.images.source import SourceType

Command = Callable[..., Any]


@pytest.fixture
def webp(tiny_run: Path, tmp_path: Path) -> Path:
    """An avatar of the tiny model."""
    return nijigen.load(tiny_run).generate(1, seed=3)[0].save(tmp_path / "one.webp")


def test_generate_writes_what_is_asked_for(tiny_run: Path, tmp_path: Path, command: Command) -> None:
    options = ("--model", tiny_run, "-n", 2, "--seed", 3, "--sheet", "--json", "--threads", 1)
    files = [
        Path(file)
        for file in json.loads(command("generate", *options, "--format", "webp", "--out", tmp_path).out)["files"]
    ]
    assert [file.name for file in files] == ["avatar-0000.webp", "avatar-0001.webp", "sheet.png"]
    assert [Avatar.open(file).seed for file in files[:2]] == [3, 4]
    assert stated_source(files[2].read_bytes()) is SourceType.TRAINED
    command("generate", *options, "--out", tmp_path)
    for file in files[:2]:
        png, same = Avatar.open(file.with_suffix(".png")), Avatar.open(file)
        assert png.certificate == same.certificate
        assert (png.pixels == same.pixels).all()


def test_draw_writes_webp_with_transparency(tmp_path: Path, command: Command) -> None:
    assert command("draw", "-n", 1, "--size", 64, "--transparent", "--format", "webp", "--out", tmp_path).code == 0
    drawn = nijigen.draw(1, 0, 64, transparent=True)[0]
    found = Avatar.open(tmp_path / "avatar-0000.webp")
    assert (found.pixels == drawn.pixels).all()
    assert found.certificate == drawn.certificate


def test_verbs_go_on_from_a_webp(webp: Path, tiny_run: Path, tmp_path: Path, command: Command) -> None:
    assert command("edit", webp, "--set", "hair_color=blue").code == 0
    edited = tmp_path / "one-edited.webp"  # it keeps the ending of what it is made from
    assert Avatar.open(edited).attributes["hair_color"] == "blue"
    assert command("mix", webp, edited, "--layers", "all", "--share", 0.5, "--out", tmp_path / "mixed.webp").code == 0
    assert command("vary", webp, "-n", 1, "--format", "webp", "--out", tmp_path / "varied").code == 0
    assert command("breed", webp, edited, "-n", 1, "--format", "webp", "--out", tmp_path / "litter").code == 0
    made = [edited, tmp_path / "mixed.webp", *(tmp_path / name / "avatar-0000.webp" for name in ("varied", "litter"))]
    for file in [webp, *made]:
        assert command("recreate", file, "--out", tmp_path / "again.webp").out.strip().endswith("the same pixels")
        assert (Avatar.open(tmp_path / "again.webp").pixels == Avatar.open(file).pixels).all()
    assert "hair_color" in command("show", edited).out
    assert command("morph", webp, edited, "--frames", 2, "--out", tmp_path / "way.webp").code == 0
    assert stated_source((tmp_path / "way.webp").read_bytes()) is SourceType.TRAINED


def test_an_enlarged_webp_is_recreated_as_it_was(webp: Path, tmp_path: Path, command: Command) -> None:
    large = tmp_path / "large.webp"
    assert command("enlarge", webp, large, "--method", "lanczos").code == 0
    assert Avatar.open(large).certificate["enlarged"][0]["of"] == Avatar.open(webp).certificate["pixels"]
    assert "before it was enlarged" in command("recreate", large, "--out", tmp_path / "again.png").out


def test_what_was_stated_is_handed_on(tmp_path: Path, command: Command) -> None:
    from nijigen.images.output import encode

    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8))
    (tmp_path / "a.jpg").write_bytes(encode(picture, "a.jpg", source=SourceType.EDITED)[0])
    assert command("enlarge", tmp_path / "a.jpg", tmp_path / "large.webp", "--method", "lanczos").code == 0
    assert stated_source((tmp_path / "large.webp").read_bytes()) is SourceType.EDITED
    assert command("sizes", tmp_path / "a.jpg", "--only", "96", "--fit", "picture", "--out", tmp_path / "s").code == 0
    assert stated_source((tmp_path / "s" / "a-96.png").read_bytes()) is SourceType.EDITED


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", "--format", "gif"], ("--format gif", "png or webp")),
        (["draw", "--format", "jpg"], ("--format jpg", "png, webp or svg")),
        (["vary", "{file}", "--format", "svg"], ("--format svg", "png or webp")),
        (["edit", "{file}", "--set", "hair_color=blue", "--out", "x.jpg"], ("x.jpg", ".png or .webp")),
        (["mix", "{file}", "{file}", "--out", "x"], ("x", ".png or .webp")),
        (["recreate", "{file}", "--out", "x.svg"], ("x.svg", ".png or .webp")),
        (["project", "{file}", "--out", "x.gif"], ("x.gif", ".png or .webp")),
        (["avatarize", "{file}", "--format", "bmp"], ("--format bmp", "png or webp")),
    ],
)
def test_other_formats_are_refused_before_the_work(
    arguments: list[str], words: tuple[str, ...], webp: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(webp.parent)
    command(*(argument.format(file=webp) for argument in arguments)).refused(*words)
    assert [path.name for path in webp.parent.iterdir()] == ["one.webp"]
