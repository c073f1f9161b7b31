"""From a picture to an avatar with a birth certificate: found, made again, and edited like any other."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.edit.maps import injections
from nijigen.edit.projection import Projection
from nijigen.edit.source import pack_numbers
from nijigen.edit.steps import parse_step
from nijigen.edit.target import Target
from nijigen.engine.beginning import FINE, find_beginning, nearest_words
from nijigen.engine.editing import edit, mix, open_editable, vary
from nijigen.engine.model import Model, load
from nijigen.engine.morphing import morph
from nijigen.engine.picture import open_picture
from nijigen.engine.projecting import frames_of, project
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.features.reading import Reading
from nijigen.images.convert import to_pixels
from nijigen.images.faces.face import Face
from nijigen.images.faces.finder import FaceFinder
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema
from nijigen.seeds import derive

SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "blue", "violet")), Attribute("blush", range=(0.0, 2.0))])
LAYERED = {"latent": 6, "latent_width": 8, "embedding": 5, "channel_base": 64, "max_width": 8, "noise": False}
PLAIN = {"latent": 6, "width": 4, "discriminator_width": 4}
STEPS = 40


def saved(
    folder: Path, family: str = "stylegan2", schema: AttributeSchema = SCHEMA, channels: int = 4, noise: bool = False
) -> Path:
    """A model that nobody trained."""
    found = find_family(family)
    options = (
        {**LAYERED, "noise": noise} if family == "stylegan2" else {"latent": 6, "width": 4, "discriminator_width": 4}
    )
    checked = found.options.model_validate(options)
    shape = Shape(16, channels, schema.width)
    torch.manual_seed(0)
    generator = found.build(shape, checked)["generator"]
    assert isinstance(generator, Generator)
    for injection in injections(generator):
        torch.nn.init.constant_(injection.strength, 0.5)
    card = make_card(shape, family, checked.model_dump(mode="json"), schema, name=folder.name)
    rows = np.stack([schema.encode({"hair_color": hair, "blush": 1.0} if len(schema.names) else {}) for hair in HAIR])
    save_model(folder, generator, card, torch.from_numpy(rows))
    return folder


HAIR = ("pink", "blue")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(saved(tmp_path_factory.mktemp("models") / "small"), "cpu", threads=1)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Without a mapping network."""
    return load(saved(tmp_path_factory.mktemp("models") / "noisy", "dcgan"), "cpu", threads=1)


@pytest.fixture
def own(model: Model, tmp_path: Path) -> Path:
    """An avatar of the model, as a file."""
    return model.generate(1, seed=3, hair_color="pink").save(tmp_path / "born")[0]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_avatar_comes_back_and_is_edited_like_any_other(own: Path, model: Model, tmp_path: Path) -> None:
    opened = open_picture(own, model)
    found = project(opened.image, model, steps=STEPS)
    assert found.space == "w+"
    assert found.likeness > project(opened.image, model, steps=1).likeness + 2
    files = [found.avatar.save(tmp_path / "found.png")]
    editable, other = open_editable(files[0], model), open_editable(own, model)
    changed = edit(files[0], attributes={"hair_color": "blue"}, model=model)
    steps = {"blue": changed, "varied": next(vary(editable, 1, 0.5)), "mixed": mix(other, editable, "middle", 1.0)}
    files += [avatar.save(tmp_path / f"{name}.png") for name, avatar in steps.items()]
    assert len({file.read_bytes() for file in files}) == 4
    for file in files:
        again = recreate(file, model.path)
        assert again.same, again.differences
    frames = list(morph([editable, other], 3, loop=False))
    assert (frames[0] == found.avatar.pixels).all()


def test_one_row_for_all_layers_is_less_near(own: Path, model: Model) -> None:
    image = open_picture(own, model).image
    rows, row = (project(image, model, steps=STEPS, space=space) for space in ("w+", "w"))
    latent = row.trail[-1]
    assert torch.equal(latent, latent[:1].expand_as(latent))
    assert rows.trail[-1].std(dim=0).max() > 0


def test_noise_goes_into_the_certificate(noisy: Model, tmp_path: Path) -> None:
    own = noisy.generate(1, seed=3, hair_color="blue")[0]
    found = project(own.image, noisy, steps=STEPS, attributes={"hair_color": "blue"})
    assert found.space == "z"
    assert found.avatar.certificate["edits"] == []
    assert "z" in found.avatar.certificate
    assert found.avatar.attributes["hair_color"] == "blue"
    assert found.likeness > 15
    file = found.avatar.save(tmp_path / "found.png")
    assert recreate(file, noisy.path).same
    assert recreate(edit(file, attributes={"hair_color": "pink"}, model=noisy).save(file), noisy.path).same


def test_per_pixel_noise_is_found_and_kept(tmp_path: Path) -> None:
    grainy = load(saved(tmp_path / "grainy", noise=True), "cpu", threads=1)
    own = grainy.generate(1, seed=1, noise_seed=7)[0]
    found, without = (project(own.image, grainy, steps=STEPS, noise=noise) for noise in (True, False))
    assert found.likeness > without.likeness
    assert (len(found.maps), len(without.maps)) == (16 + 2 * 64 + 2 * 256, 0)
    file = found.avatar.save(tmp_path / "found.png")
    assert recreate(file, grainy.path).same
    other = open_editable(without.avatar, grainy)
    frames = list(morph([open_editable(file, grainy), other], 2, loop=False))
    assert (frames[0] == found.avatar.pixels).all()
    assert (frames[2] == without.avatar.pixels).all()
    changed = edit(file, attributes={"hair_color": "blue"}, model=grainy)
    assert recreate(changed.save(file), grainy.path).same
    broken = {**found.avatar.certificate["edits"][0], "maps": pack_numbers(torch.zeros(3))}
    with pytest.raises(NijigenError, match="noise maps do not fit"):
        grainy.edit(own.certificate, [parse_step(broken)])


def test_words_are_read_or_given_and_the_rest_is_tried(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8))
    words = project(image, model, steps=1, attributes={"hair_color": "violet"}).avatar.attributes
    assert words["hair_color"] == "violet"
    assert words["blush"] in [pytest.approx(2 * share) for share in FINE]
    for hair in ("blue", "plaid"):  # of what the model does not know the nearest of its own counts
        reading = Reading({"hair_color": hair, "mood": "odd"}, {}, 5.0, False)
        monkeypatch.setattr("nijigen.engine.projecting.read_pictures", lambda *_, one=reading, **__: iter([one]))
        read = project(image, model, steps=1)
        assert read.avatar.attributes["hair_color"] in (("blue",) if hair == "blue" else SCHEMA["hair_color"].values)
        assert [("guesses" in note) for note in read.notes] == [True] * (hair == "blue")
    own = model.generate(1, seed=4, hair_color="pink", blush=2.0)[0]
    near = nearest_words(model, Target(own.image, 4), {"hair_color": "blue"}, {})
    assert near["blush"] in (0.5, 1.0, 1.5)
    kept = nearest_words(model, Target(own.image, 4), {"hair_color": "blue"}, {"hair_color": "blue"})
    assert kept["hair_color"] == "blue"
    with pytest.raises(NijigenError, match="hair_color has no value"):
        project(image, model, steps=1, attributes={"hair_color": "plaid"})


@torch.no_grad()
def test_a_search_begins_at_the_nearest_of_many_draws(model: Model) -> None:
    """The very noise of an avatar is among them here: with its words and their neighbours nothing is nearer."""
    noise = model.generator.noise([derive(0, "begin", 7)])
    words = model.schema.normalize({"hair_color": "blue", "blush": 1.0})
    label = torch.from_numpy(model.schema.encode(words))[None]
    wanted = Image.fromarray(to_pixels(model.generator(noise, label))[0])
    begin = find_beginning(model, "w+", Target(wanted, 4), words, words, 0)
    assert begin.words == words
    assert torch.allclose(begin.start, model.generator.map(noise, label)[0], atol=1e-5)
    one_for_all = find_beginning(model, "w", Target(wanted, 4), words, words, 0)
    assert torch.equal(one_for_all.start, begin.start[0])
    in_z = find_beginning(model, "z", Target(wanted, 4), words, words, 0)
    assert torch.allclose(in_z.start, noise[0])


def test_values_that_are_known_are_among_those_that_are_tried(model: Model) -> None:
    """Of the shares of a range none is 0.25 in the fine pass, and this is the picture itself."""
    noise = model.generator.noise([3])
    words = {"hair_color": "blue", "blush": 0.5}
    labels = torch.from_numpy(model.schema.encode(words))[None]
    made = model.generator(noise, labels)
    target = Target(Image.fromarray(to_pixels(made, 16)[0]), 4, torch.device("cpu"))
    assert nearest_words(model, target, words, {}, noise, FINE) == words


def test_a_model_without_words_and_without_transparency(tmp_path: Path) -> None:
    plain = load(saved(tmp_path / "plain", schema=AttributeSchema([]), channels=3), "cpu", threads=1)
    own = plain.generate(1, seed=1)[0]
    found = project(own.image, plain, steps=5)
    assert (found.avatar.attributes, found.notes) == ({}, [])
    assert recreate(found.avatar.save(tmp_path / "found.png"), plain.path).same


def test_the_search_is_shown(own: Path, model: Model) -> None:
    found = project(open_picture(own, model).image, model, steps=10)
    frames = list(frames_of(found, model))
    assert len(found.trail) == 11
    assert (frames[-1] == found.avatar.pixels).all()
    assert not (frames[0] == frames[-1]).all()


def test_a_face_is_cut_out(model: Model, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = np.full((60, 80, 3), 255, np.uint8)
    page[20:40, 40:60] = (200, 30, 30)
    Image.fromarray(page).save("page.png")
    faces: list[Face] = []
    monkeypatch.setattr(FaceFinder, "find", lambda self, image: faces)
    whole = open_picture("page.png", model)
    assert (whole.aligned, whole.image.size) == (False, (16, 16))
    assert whole.notes == ["no face was found in page.png: it is taken whole"]
    faces += [Face((0.0, 0.0, 10.0, 10.0), 0.9), Face((40.0, 20.0, 60.0, 40.0), 0.8)]
    cut = open_picture("page.png", model, margin=0.0)
    assert (cut.aligned, cut.notes) == (True, [])
    assert (np.asarray(cut.image) == (200, 30, 30)).all()  # the larger one, and nothing around it
    assert open_picture("page.png", model, align=False).notes == []


def test_without_a_finder_the_picture_is_taken_whole(
    model: Model, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(self: FaceFinder, image: Image.Image) -> list[Face]:
        raise NijigenError("finding faces needs opencv")

    monkeypatch.setattr(FaceFinder, "find", missing)
    Image.new("RGB", (40, 30), "white").save("page.png")
    (note,) = open_picture("page.png", model).notes
    assert note == "no face was found in page.png (finding faces needs opencv): it is taken whole"


def test_from_the_command_line_stopped_and_run_again(
    own: Path, model: Model, command: Callable[..., Any], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = ["--model", str(model.path), "--threads", "1", "--steps", "30"]
    through = command("project", str(own), *flags, "--out", "through.png", "--video", "search.webp", "--json")
    told = json.loads(through.out)
    assert (told["space"], told["aligned"], told["steps"]) == ("w+", False, 30)
    assert told["psnr"] > 5
    with Image.open("search.webp") as film:
        assert film.n_frames > 20
    plain, calls = Projection.step, []

    def stopped(self: Projection) -> float:
        calls.append(1)
        if len(calls) == 11:
            raise KeyboardInterrupt
        return plain(self)

    monkeypatch.setattr(Projection, "step", stopped)
    again = ("project", str(own), *flags, "--state", "state.safetensors", "--out", "again.png")
    assert command(*again).code == 130
    assert not Path("again.png").exists()
    monkeypatch.delattr("nijigen.engine.projecting.find_beginning")  # the state says where it began
    done = command(*again)
    assert (done.code, len(calls)) == (0, 11 + 20)
    assert done.out == f"again.png: {told['psnr']:.1f} dB from {own}, in w+\n"
    assert "has the model's size already" in done.err
    assert Path("again.png").read_bytes() == Path("through.png").read_bytes()


def test_mistakes_in_a_line(
    own: Path, model: Model, noisy: Model, command: Callable[..., Any], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (15, 400), "white").save("thin.png")
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save("clear.png")
    Path("no.png").write_text("no picture")
    flags, picture = ["--model", str(model.path), "--threads", "1"], str(own)
    command("project", picture, *flags, "--steps", "2", "--state", "state.safetensors", "--out", "x.png")
    for wrong, message in [
        (["missing.png", *flags], "missing.png does not exist"),
        (["no.png", *flags], "no.png cannot be used: not a readable picture"),
        (["thin.png", *flags], "too small to recognise anything"),
        ([picture, "--model", "nobody"], "nobody"),
        ([picture, "--model", str(noisy.path), "--space", "w+"], "use --space z"),
        ([picture, *flags, "--space", "x"], "--space x: use w+, w, z"),
        ([picture, *flags, "--steps", "0"], "--steps 0: use 1 to"),
        ([picture, *flags, "--margin", "9"], "--margin 9"),
        ([picture, *flags, "--set", "hair_color=plaid"], "has no value"),
        ([picture, *flags, "--video", "x.avi"], "give such a name"),
        ([picture, *flags, "--out", picture], "would be written over"),
        ([picture, *flags, "--out", "y.webp", "--video", "./y.webp"], "--video y.webp is where the avatar goes"),
        ([picture, *flags, "--out", "thin.png/y.png"], "thin.png is a file, no folder"),
        ([picture, *flags, "--video", "thin.png/y.webp"], "thin.png is a file, no folder"),
        (["clear.png", *flags], "clear.png is empty: every pixel is transparent"),
        ([picture, *flags, "--steps", "3", "--state", "state.safetensors"], "with steps 2, not 3"),
        ([picture, *flags, "--state", "state.txt"], "ends in .safetensors"),
    ]:
        refused = command("project", *wrong)
        assert (refused.code, refused.err.splitlines()[-1].startswith("nijigen: ")) == (2, True), wrong
        assert message in refused.err, wrong
        assert "Traceback" not in refused.err
        if "state.safetensors" not in wrong:  # whose search is read after the picture
            assert refused.err.count("\n") == 1, wrong

    def full(self: Projection) -> float:
        raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 99 bytes")

    monkeypatch.setattr(Projection, "step", full)
    refused = command("project", picture, *flags)
    assert refused.code == 2
    assert "not enough memory to project into small at 16 px" in refused.err


@pytest.mark.slow
def test_avatars_of_the_bundled_model_come_back() -> None:
    bundled = load("chibi", "cpu", threads=1)
    for avatar in bundled.generate(2, seed=900):
        assert project(avatar.image, bundled).likeness >= 30
