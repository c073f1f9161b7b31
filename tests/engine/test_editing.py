"""Avatars that are there, changed, from the command line to the pixel: what was done is written down and done again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.avatar import Avatar
from nijigen.engine.editing import edit, open_editable
from nijigen.engine.model import Model, load
from nijigen.engine.morphing import EASINGS, count_frames, morph
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [
        Attribute("hair_color", ("pink", "blue")),
        Attribute("expression", ("smile", "sad")),
        Attribute("blush", range=(0.0, 2.0)),
    ]
)
OPTIONS = {"latent": 6, "latent_width": 8, "embedding": 5, "channel_base": 64, "max_width": 8, "noise": False}


def saved(folder: Path, seed: int = 0, family: str = "stylegan2", options: dict[str, Any] = OPTIONS) -> Path:
    """A model that nobody trained: steps only have to be taken again."""
    found = find_family(family)
    checked = found.options.model_validate(options)
    shape = Shape(16, 4, SCHEMA.width)
    torch.manual_seed(seed)
    generator = found.build(shape, checked)["generator"]
    assert isinstance(generator, Generator)
    rows = [SCHEMA.encode({"hair_color": hair, "expression": "sad", "blush": 1.0}) for hair in ("pink", "blue")]
    card = make_card(shape, family, checked.model_dump(mode="json"), SCHEMA, name=folder.name)
    save_model(folder, generator, card, torch.from_numpy(np.stack(rows)))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(saved(tmp_path_factory.mktemp("models") / "small"), "cpu", threads=1)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pair(model: Model, tmp_path: Path) -> list[Path]:
    """Two avatars of one model, as files."""
    return model.generate(2, seed=3, hair_color="pink").save(tmp_path / "born")


def test_an_edit_is_written_down_and_done_again(pair: list[Path], model: Model, tmp_path: Path) -> None:
    changed = edit(pair[1], attributes={"expression": "smile"}, moves={"blush": 1.0}, model=model)
    assert changed.attributes["expression"] == "smile"
    assert changed.attributes["hair_color"] == "pink"
    assert changed.certificate["born"]["expression"] == "sad"
    assert not (changed.pixels == Avatar.open(pair[1]).pixels).all()
    changed.save(tmp_path / "changed.png")
    again = recreate(tmp_path / "changed.png", model.path)
    assert again.same, again.differences
    assert again.avatar.certificate == changed.certificate


def test_edits_of_edits_add_up(pair: list[Path], model: Model) -> None:
    once = edit(pair[0], attributes={"expression": "smile"}, model=model)
    twice = edit(once, attributes={"expression": "sad"}, model=model)
    assert [step["kind"] for step in twice.certificate["edits"]] == ["set", "set"]
    assert twice.certificate["born"] == Avatar.open(pair[0]).attributes
    back = edit(pair[0], attributes={"hair_color": "pink"}, model=model)  # the same words: the same avatar
    assert (twice.pixels == back.pixels).all()


def test_truncated_and_given_noise_are_kept(model: Model) -> None:
    z = torch.randn(2, 6)
    avatar = model.generate(z=z, truncation=0.5)[1]
    changed = edit(avatar, attributes={"expression": "smile"}, model=model)
    assert changed.certificate["truncation"] == 0.5
    assert (model.redraw(changed.certificate) == changed.pixels).all()
    plain = edit(model.generate(z=z)[1], attributes={"expression": "smile"}, model=model)
    assert not (plain.pixels == changed.pixels).all()


def test_refusals_in_a_line(pair: list[Path], model: Model, tmp_path: Path) -> None:
    with pytest.raises(NijigenError, match="nothing to change"):
        edit(pair[0], model=model)
    with pytest.raises(NijigenError, match="did you mean pink"):
        edit(pair[0], attributes={"hair_color": "pnik"}, model=model)
    other = load(saved(tmp_path / "other", seed=1), "cpu", threads=1)
    with pytest.raises(NijigenError, match="is of another model"):
        open_editable(pair[0], other)
    stranger = other.generate(1)[0]
    with pytest.raises(NijigenError, match=r"two models .* no latent space in common"):
        list(morph([open_editable(pair[0], model), open_editable(stranger, other)]))
    damaged = Avatar.open(pair[0])
    damaged.certificate |= {"edits": [{"kind": "paint"}], "born": damaged.attributes}
    with pytest.raises(NijigenError, match="damaged or of a newer nijigen"):
        model.redraw(damaged.certificate)


def test_an_illustration_is_told_how_to_draw_again(command: Callable[..., Any], place: Path) -> None:
    command("draw", "-n", "1", "--seed", "5", "--size", "32", "--out", "drawn")
    result = command("edit", "drawn/" + next(path.name for path in Path("drawn").iterdir()), "--set", "hair_color=pink")
    assert result.code == 2
    assert "nijigen draw --seed 5" in result.err


def test_verbs_from_the_command_line(pair: list[Path], model: Model, command: Callable[..., Any], place: Path) -> None:
    flags = ("--model", str(model.path), "--threads", "1")
    one, two = map(str, pair)
    changed = json.loads(
        command("edit", one, "--set", "表情=微笑", "--move", "blush=-1", "--out", "e.png", "--json", *flags).out
    )
    assert changed["attributes"]["expression"] == "smile"
    assert changed["attributes"]["blush"] < 1
    command("vary", one, "-n", "3", "--strength", "0.5", "--out", "v", "--sheet", *flags)
    command("breed", one, two, "-n", "3", "--mutation", "0.3", "--out", "b", *flags)
    command("mix", one, two, "--layers", "coarse", "--out", "m.png", *flags)
    made = [Path("e.png"), *Path("v").glob("avatar-*.png"), *Path("b").glob("avatar-*.png"), Path("m.png")]
    assert len(made) == 8
    assert Path("v/sheet.png").is_file()
    assert all(recreate(file, model.path).same for file in made)
    assert len({Avatar.open(file).certificate["pixels"] for file in made}) == 8
    Path("folder.png").mkdir()
    Image.new("RGB", (16, 16)).save("photo.jpg")
    before = [file.read_bytes() for file in pair]
    for wrong, message in [
        (["vary", one, "--strength", "2"], "--strength 2"),
        (["vary", one, "-n", "0"], "-n 0"),
        (["breed", one, two, "--mutation", "-1"], "--mutation -1"),
        (["mix", one, two, "--layers", "top"], "use coarse, middle"),
        (["mix", one, two, "--share", "9"], "--share 9"),
        (["edit", one], "nothing to change"),
        (["edit", one, "--move", "blush"], "--move 'blush' is not KEY=STEPS"),
        (["edit", one, "--move", "blush=a"], "is not KEY=STEPS"),
        (["edit", one, "--move", "hair_color=1"], "use --set hair_color"),
        (["edit", one, "--move", "blusj=1"], "no number of that name (did you mean blush?)"),
        (["edit", one, "--move", "sefa 1=1"], "no directions yet (nijigen directions find); its numbers are blush"),
        (["edit", one, "--move", "blush=1", "--directions", "gone.safetensors"], "no --move names a direction"),
        (
            ["edit", one, "--set", "hair_color=blue", "--layers", "fine"],
            "--layers fine: words and numbers have no layers",
        ),
        (["edit", one, "--set", "hair_color=blue", "--toward", "all"], "--toward all: it is the middle of"),
        (["edit", one, "--truncation", "3"], "--truncation 3 is out of range"),
        (["edit", one, "--truncation", "nan"], "--truncation nan is out of range"),
        (["edit", one, "--truncation", "0.5", "--toward", "me"], "--toward me: use own or all"),
        (["edit", one, "--truncation", "0.5", "--out", "v"], "v: an avatar is written as"),
        (["edit", one, "--truncation", "0.5", "--out", "v/sheet.png/x.png"], "sheet.png is a file, no folder"),
        (["mix", one, two, "--out", "folder.png"], "folder.png is a folder: give the name of a file"),
        (["mix", one, two, "--table", "1", "--out", "m.png"], "m.png is a file, no folder"),
        (["vary", one, "--out", "m.png"], "m.png is a file, no folder"),
        (["morph", one, two, "--out", "m.png/x.webp"], "m.png is a file, no folder"),
        (["edit", "photo.jpg", "--set", "hair_color=pink"], "photo.jpg is damaged or no PNG or WebP: it is a JPEG"),
        (["edit", "nobody.png", "--set", "hair_color=pink"], "nobody.png"),
        (["morph", one], "two avatars or more"),
        (["morph", one, two, "--out", "x.avi"], "give such a name"),
        (["morph", one, two, "--easing", "fast"], "--easing fast"),
        (["morph", one, two, "--frames", "0"], "--frames 0"),
        (["morph", one, two, "--fps", "1000"], "--fps 1000"),
        (["edit", one, "--set", "hair_color=blue", "--out", one], "would be written over"),
        (["vary", one, "--out", str(pair[0].parent)], "would be written over"),
        (["breed", one, two, "--out", str(pair[1].parent)], "would be written over"),
        (["mix", one, two, "--share", "0.5", "--layers", "all", "--out", two], "would be written over"),
        (["morph", one, two, "--out", two], "would be written over"),
    ]:
        result = command(*wrong, *flags)
        assert (result.code, result.err.count("\n")) == (2, 1), wrong
        assert message in result.err
    assert [file.read_bytes() for file in pair] == before
    shown = command("show", "v/avatar-0001.png").out
    assert "kind=vary" in shown
    worn = Avatar.open(one).attributes["hair_color"]
    other = "blue" if worn == "pink" else "pink"
    told = command("edit", one, "--set", f"hair_color={worn}", *flags)
    assert (told.code, told.err) == (0, f"hair_color={worn}: its certificate says so already\n")
    assert command("edit", one, "--set", f"hair_color={worn}", "--json", *flags).err == ""
    assert command("edit", one, "--set", f"hair_color={other}", *flags).err == ""
    refused = command("recreate", one, "--out", one, "--model", str(model.path))
    assert (refused.code, "would be written over" in refused.err) == (2, True)


def test_a_mixing_table(model: Model, command: Callable[..., Any], place: Path) -> None:
    files = [str(file) for file in model.generate(5, seed=11).save(place / "born")]
    flags = ("--model", str(model.path), "--threads", "1")
    told = json.loads(command("mix", *files, "--table", "2", "--layers", "coarse", "--out", "t", "--json", *flags).out)
    assert (told["rows"], told["columns"], len(told["files"])) == (2, 3, 7)
    cells = [place / "t" / f"row-{row}-column-{column}.png" for row in range(2) for column in range(3)]
    assert all(recreate(cell, model.path).same for cell in cells)
    two = command("mix", files[1], files[4], "--layers", "coarse", "--out", "m.png", *flags)
    assert (two.code, two.out) == (0, "m.png\n")
    assert (Avatar.open("m.png").pixels == Avatar.open(cells[5]).pixels).all()
    table = np.asarray(Image.open("t/table.png"))
    side = (table.shape[0] - 2 * 2) // 3
    assert table.shape[1] == 4 * side + 3 * 2
    assert not table[:side, :side].any()  # the corner between parents
    shown = Image.fromarray(Avatar.open(files[2]).pixels).resize((side, side), Image.Resampling.BICUBIC)
    assert (table[:side, side + 2 : 2 * side + 2] == np.asarray(shown)).all()
    for wrong, message in [
        ([*files], "give two, or say with --table"),
        ([files[0]], "1 files: give two"),
        ([*files, "--table", "5"], "--table 5"),
        ([*files, "--table", "0"], "use 1 to 4"),
        ([*files, "--table", "2", "--layers", "top"], "use coarse, middle"),
        ([*files, "--table", "2", "--out", "born"], "would be written over"),
    ]:
        refused = command("mix", *wrong, *flags)
        assert (refused.code, refused.err.count("\n")) == (2, 1), wrong
        assert message in refused.err


def test_an_avatar_of_the_bundled_model_needs_no_name_of_it(command: Callable[..., Any], place: Path) -> None:
    command("generate", "-n", "1", "--set", "hair_color=pink", "--out", "born", "--threads", "1")
    made = json.loads(
        command("edit", "born/avatar-0000.png", "--set", "hair_color=blue", "--threads", "1", "--json").out
    )
    assert made["file"] == str(Path("born/avatar-0000-edited.png"))
    assert made["attributes"]["hair_color"] == "blue"
    assert recreate(made["file"]).same


def test_layers_that_a_bundled_model_has_not_are_refused(command: Callable[..., Any], place: Path) -> None:
    command("generate", "--model", "chibi-tiny", "-n", "2", "--out", "born", "--threads", "1")
    refused = command("mix", "born/avatar-0000.png", "born/avatar-0001.png", "--layers", "fine")
    assert "its last are 32 px: use coarse, middle, or numbers" in refused.err


def test_what_was_enlarged_is_edited_at_its_own_size(
    pair: list[Path], model: Model, command: Callable[..., Any], place: Path
) -> None:
    command("enlarge", str(pair[0]), "large.png", "--method", "lanczos", "--threads", "1")
    large = Avatar.open("large.png")
    assert large.pixels.shape[:2] == (32, 32)
    changed = edit(large, attributes={"expression": "smile"}, model=model)
    assert (changed.pixels == edit(pair[0], attributes={"expression": "smile"}, model=model).pixels).all()
    assert "enlarged" not in changed.certificate
    again = recreate(changed.save(place / "changed.png"), model.path)
    assert again.same
    assert not again.enlarged
    command("enlarge", "changed.png", "changed-large.png", "--method", "lanczos", "--threads", "1")
    larger = recreate("changed-large.png", model.path)
    assert larger.same
    assert larger.enlarged


def test_a_child_has_its_parents_traits(model: Model) -> None:
    parents = [open_editable(avatar, model) for avatar in model.generate(2, seed=3)]
    command = parents[0].after
    from nijigen.edit.steps import Breed, follow

    child = command(Breed(other=parents[1].facts, seed=4, mutation=0.0))
    from nijigen.edit.point import Space

    space = Space(model.generator, model.schema)
    noises = [follow(parent.facts, space).noise for parent in parents]
    born = follow(child.certificate, space).noise
    from_one, from_other = (torch.isclose(born, noise) for noise in noises)
    assert (from_one | from_other).all()
    assert from_one.any()
    assert from_other.any()


def test_a_loop_has_no_seam_and_no_frame_twice(pair: list[Path], model: Model) -> None:
    stops = [open_editable(file, model) for file in pair]
    frames = list(morph(stops, frames=4, loop=True, easing="linear"))
    assert len(frames) == count_frames(2, 4, True) == 8
    assert len({frame.tobytes() for frame in frames[:5]}) == 5
    assert (frames[1] == frames[7]).mean() > 0.9  # the way back is the way there
    line = list(morph(stops, frames=4, loop=False))
    assert len(line) == count_frames(2, 4, False) == 5
    ends = [stop.after().pixels for stop in stops]
    assert (line[0] == ends[0]).all()
    assert (line[-1] == ends[1]).all()


@pytest.mark.parametrize("name", EASINGS)
def test_easing_goes_from_one_end_to_the_other(name: str) -> None:
    steps = [EASINGS[name](t / 20) for t in range(21)]
    assert steps[0] == 0
    assert steps[-1] == pytest.approx(1)
    assert steps == sorted(steps)


@pytest.mark.parametrize("name", ["x.webp", "x.gif", "x.png", "x.mp4", "x.webm"])
def test_an_animation_is_written_and_plays(
    name: str, pair: list[Path], model: Model, command: Callable[..., Any], place: Path
) -> None:
    flags = ("--model", str(model.path), "--threads", "1", "--frames", "5", "--scale", "2", "--fps", "20")
    result = command("morph", *map(str, pair), "--out", name, *flags)
    assert result.code == 0, result.err
    if name.endswith((".mp4", ".webm")):
        av = pytest.importorskip("av")
        with av.open(name) as film:
            shown = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert (len(shown), shown[0].shape) == (10, (32, 32, 3))
        return
    with Image.open(name) as moving:
        assert getattr(moving, "n_frames", 1) == 10
        assert moving.size == (32, 32)
        moving.load()  # WebP tells the time of a frame with the frame
        assert moving.info["duration"] == 50
        assert moving.info.get("loop") == 0
