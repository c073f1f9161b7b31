"""Character sheets: every frame is an avatar of its own, and the sheet holds it to the pixel."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.engine.character import Poses, drawn_poses, model_poses
from nijigen.engine.editing import Editable
from nijigen.engine.model import Model, load
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA as DRAWN
from nijigen.illustrator.drawing import draw
from nijigen.images.atlas import cut_out
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [Attribute("expression", ("neutral", "smile", "happy", "sleepy")), Attribute("eyes", ("open", "a/b"))]
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model that nobody trained, with transparency."""
    torch.manual_seed(0)
    family = find_family("stylegan2")
    options = family.options.model_validate(
        {"latent": 6, "latent_width": 8, "embedding": 5, "channel_base": 64, "max_width": 8, "noise": False}
    )
    shape = Shape(16, 4, SCHEMA.width)
    generator = family.build(shape, options)["generator"]
    assert isinstance(generator, Generator)
    folder = tmp_path_factory.mktemp("models") / "small"
    card = make_card(shape, "stylegan2", options.model_dump(mode="json"), SCHEMA, name="small")
    rows = np.stack([SCHEMA.encode({"expression": "smile", "eyes": "open"})])
    save_model(folder, generator, card, torch.from_numpy(rows))
    return load(folder, "cpu", threads=1)


@pytest.fixture
def person(model: Model) -> Editable:
    return Editable(model.generate(2, seed=3)[1], model)


def read_back(folder: Path, poses: Poses) -> None:
    """The sheet, cut by its JSON, is every frame's own file."""
    data = json.loads((folder / f"{folder.name}.json").read_text(encoding="utf-8"))
    sheet = np.asarray(Image.open(folder / data["meta"]["image"]))
    assert list(data["frames"]) == list(poses.avatars)
    for name, avatar in poses.avatars.items():
        assert (cut_out(sheet, data, name) == avatar.pixels).all()
        assert (Avatar.open(folder / "frames" / f"{name}.png").pixels == avatar.pixels).all()
    assert all(set(order) <= set(data["frames"]) for order in data.get("animations", {}).values())


@pytest.mark.parametrize("options", [{}, {"padding": 0, "trim": False, "power_of_two": False}])
def test_a_drawn_person_in_every_expression(options: dict[str, Any], tmp_path: Path) -> None:
    poses = drawn_poses("alice", 48, attributes={"hair_color": "pink"})
    expressions = DRAWN["expression"].values
    assert [name for name in poses.avatars if not name.endswith("-blink")] == list(expressions)
    assert len(poses.avatars) == 14 + 10  # happy, laugh, sleepy and wink have an eye closed
    assert poses.animations["smile-blink"] == ["smile", "smile-blink", "smile"]
    assert len({avatar.seed for avatar in poses.avatars.values()}) == 1
    assert {avatar.attributes["hair_color"] for avatar in poses.avatars.values()} == {"pink"}
    paths = poses.save(tmp_path / "alice", **options)
    read_back(tmp_path / "alice", poses)
    for path in paths[:-2]:
        again = recreate(path)
        assert again.same, path
        assert again.avatar.certificate == Avatar.open(path).certificate


def test_a_blink_changes_the_eyes_alone() -> None:
    poses = drawn_poses("alice", 256, attributes={"tilt": 0, "framing": "bust", "art_style": "anime"})
    for name in ("smile", "angry", "surprised"):
        rows = np.flatnonzero((poses.avatars[name].pixels != poses.avatars[f"{name}-blink"].pixels).any(axis=(1, 2)))
        assert rows.size
        assert rows[0] > 90  # below the crown
        assert rows[-1] < 180  # above the mouth


def test_a_drawing_that_is_there_and_another_attribute(tmp_path: Path) -> None:
    path = draw(1, seed=5, size=32, transparent=False)[0].save(tmp_path / "a.png")
    poses = drawn_poses(Avatar.open(path), attribute="发型", values=["双马尾", "短发", "双马尾"], transparent=False)
    assert [name for name in poses.avatars if "blink" not in name] == ["twintails", "short"]
    assert {avatar.pixels.shape for avatar in poses.avatars.values()} == {(32, 32, 3)}
    assert len(drawn_poses(5, 32, blink=False).avatars) == 14


def test_a_models_avatar_keeps_its_noise(person: Editable, model: Model, tmp_path: Path) -> None:
    poses = model_poses(person)
    assert list(poses.avatars) == ["neutral", "smile", "happy", "sleepy"]
    assert poses.animations == {"blink": ["neutral", "sleepy", "neutral"]}
    paths = poses.save(tmp_path / "hero")
    read_back(tmp_path / "hero", poses)
    for path in paths[:-2]:
        assert recreate(path, model.path).same
        assert Avatar.open(path).seed == person.avatar.seed
    assert (poses.avatars["smile"].pixels != poses.avatars["sleepy"].pixels).any()


def test_closed_eyes_can_be_named(person: Editable) -> None:
    poses = model_poses(person, values=["smile"], closed={"eyes": "a/b"})
    assert poses.animations == {"smile-blink": ["smile", "smile-blink", "smile"]}
    assert poses.avatars["smile-blink"].attributes["eyes"] == "a/b"
    only = model_poses(person, values=["smile"])  # the closed one is not among them
    assert only.animations == {"blink": ["smile", "blink", "smile"]}
    assert only.avatars["blink"].attributes["expression"] == "sleepy"
    other = model_poses(person, attribute="eyes")
    assert list(other.avatars) == ["open", "a_b"]  # a word is no path
    assert "name the words of closed eyes" in other.notes[0]
    assert model_poses(person, blink=False).animations == {}


def test_mistakes_are_one_line(person: Editable) -> None:
    for wrong, words in [
        ({"attribute": "tilt"}, "it is a number"),
        ({"attribute": "expresion"}, "did you mean expression"),
        ({"values": ["smlie"]}, "did you mean smile"),
        ({"values": []}, "--only: name values"),
        ({"attributes": {"expression": "smile"}}, "every frame has its own"),
        ({"size": 2048}, "--size 2048"),
        ({"size": 2}, "size 2 "),
    ]:
        with pytest.raises(NijigenError, match=words):
            drawn_poses("alice", **wrong)
    with pytest.raises(NijigenError, match="did you mean neutral"):
        model_poses(person, values=["neutrl"])
    damaged = draw(1, seed=5, size=32)[0]
    damaged.certificate["edits"] = [{"kind": "paint"}]
    with pytest.raises(NijigenError, match="of a newer nijigen"):
        drawn_poses(damaged)


def test_the_verb(
    command: Callable[..., Any], person: Editable, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command("character", "--seed", "alice", "--size", "32", "--only", "smile,大哭", "--out", "alice", "--quiet")
    assert done.code == 2  # no such word, and nothing is written
    assert not Path("alice").exists()
    done = command("character", "--seed", "alice", "--size", "32", "--only", "smile,wink", "--out", "alice")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"3 frames in {Path('alice/alice.png')}, where each is in {Path('alice/alice.json')}\n"
    drawn = "alice/frames/smile.png"
    person.avatar.save("me.png")
    made = ["--model", str(model.path), "--threads", "1"]
    assert command("character", "me.png", "--out", "hero", *made, "--quiet").out == ""
    told = json.loads(command("character", "--seed", "7", "--out", "seven", *made, "--json").out)
    assert len(told["files"]) == 6
    assert recreate("seven/frames/smile.png", model.path).same
    for wrong, message in [
        ([], "give an avatar or --seed"),
        (["me.png", "--seed", "3"], "one of the two"),
        ([drawn, "--model", "small"], "drawn by the illustrator"),
        (["--seed", "3", "--closed", "expression=happy"], "--closed"),
        (["me.png", "--size", "64", *made], "it is for drawings"),
        (["me.png", "--background", *made], "--background"),
        (["me.png", "--closed", "eyes", *made], "is not key=value"),
        (["--seed", "3", "--size", "32", "--padding", "99"], "--padding 99"),
        ([drawn, "--out", "alice"], "would be written over"),
        (["nobody.png"], "nobody.png does not exist"),
        (["--seed", "3", "--out", "me.png"], "me.png is a file, no folder"),
        (["--seed", "3", "--size", "0"], "--size 0 is out of range for a frame: use 8 to 1024"),
        (["alice/alice.png"], "carries no birth certificate"),
    ]:
        refused = command("character", *wrong)
        assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1), wrong
        assert message in refused.err
    assert not Path("character").exists()
