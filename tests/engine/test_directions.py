"""Directions of a model, from samples to the file and to the pixel."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.avatar import Avatar
from nijigen.edit.directions import Direction, Directions, read_directions, usual_place
from nijigen.edit.source import pack_numbers
from nijigen.engine.directions import find_boundaries, find_sefa, keep_directions, open_directions
from nijigen.engine.editing import edit
from nijigen.engine.model import Model, load
from nijigen.engine.recreate import recreate
from nijigen.engine.sampling import Samples
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import make_card, save_model
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [Attribute("hair_color", ("pink", "blue")), Attribute("gender", ("girl", "boy")), Attribute("blush", range=(0, 2))]
)
OPTIONS = {"latent": 6, "latent_width": 16, "embedding": 9, "channel_base": 64, "max_width": 8, "noise": False}
R3GAN = {"latent": 8, "width": 4, "max_width": 8, "discriminator_width": 4, "discriminator_max_width": 8}


def saved(folder: Path, seed: int = 0, family: str = "stylegan2", options: dict[str, Any] = OPTIONS) -> Path:
    found = find_family(family)
    checked = found.options.model_validate(options)
    shape = Shape(16, 3, SCHEMA.width)
    torch.manual_seed(seed)
    generator = found.build(shape, checked)["generator"]
    assert isinstance(generator, Generator)
    words = [(hair, who, blush) for hair in ("pink", "blue") for who in ("girl", "boy") for blush in (0.1, 1.0, 1.9)]
    rows = [SCHEMA.encode({"hair_color": hair, "gender": who, "blush": blush}) for hair, who, blush in words]
    card = make_card(shape, family, checked.model_dump(mode="json"), SCHEMA, name=folder.name)
    save_model(folder, generator, card, torch.stack([torch.from_numpy(row) for row in rows]))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(saved(tmp_path_factory.mktemp("models") / "small"), "cpu", threads=1)


@pytest.fixture(scope="module")
def samples(model: Model) -> Samples:
    return Samples(model, 400)


def test_a_direction_that_is_known_is_found(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator whose words lie along known axes: a boundary is the axis of its word."""
    noise = torch.randn(SCHEMA.width, 16, generator=torch.Generator().manual_seed(9))
    axes = torch.linalg.qr(noise.T).Q.T

    def mapped(z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        rest = torch.randn(len(z), 16, generator=torch.Generator().manual_seed(int(z.abs().sum() * 1e4)))
        return (rest + labels @ axes * 6)[:, None].repeat(1, model.generator.layers, 1)

    monkeypatch.setattr(model.generator, "map", mapped)
    synthetic = Samples(model, 2_000)
    hair, blush = find_boundaries(synthetic, ["hair_color=pink", "blush"])
    for found, name in [(hair, "hair_color"), (blush, "blush")]:
        low, high = SCHEMA.block(name).start, SCHEMA.block(name).start + 1
        axis = axes[low] - axes[high] if name == "hair_color" else axes[high] - axes[low]
        assert float(torch.cosine_similarity(found.vector, axis, dim=0)) > 0.95, name
        assert found.facts["accuracy"] > 0.95
    along = synthetic.latents @ (hair.vector / hair.vector.norm()).double()
    assert float(hair.vector.norm()) == pytest.approx(float(along.std()), rel=1e-5)
    assert (hair.name, blush.name) == ("hair color pink", "more blush")


def test_what_is_kept_stays(samples: Samples) -> None:
    plain = find_boundaries(samples, ["hair_color=pink"])[0]
    kept = find_boundaries(samples, ["hair_color=pink"], keep=["gender", "blush"])[0]
    normals = [samples.normal(target) for text in ("gender", "blush") for target in samples.targets(text)]
    shares = [[abs(float(one.vector.double() @ n / one.vector.norm())) for n in normals] for one in (plain, kept)]
    assert max(shares[0]) > 1e-3
    assert max(shares[1]) < 1e-6
    assert kept.facts["keep"] == ["gender girl", "gender boy", "more blush"]
    with pytest.raises(NijigenError, match="nothing is left"):
        find_boundaries(samples, ["hair_color=pink"], keep=["hair_color"])
    for one in find_sefa(samples, 3, keep=["gender"]):
        assert all(abs(float(one.vector.double() @ n)) < 1e-6 for n in normals[:2])


def test_a_certificate_takes_the_way_again_without_the_file(model: Model, samples: Samples, tmp_path: Path) -> None:
    file = tmp_path / "ways.safetensors"
    keep_directions(model, find_sefa(samples, 2, layers="coarse") + find_boundaries(samples, ["gender=girl"]), file)
    avatar = model.generate(1, seed=5)[0]
    moves = {"Gender_Girl": 2.0, "sefa coarse 1": -3.0, "blush": 0.5}
    changed = edit(avatar, model=model, moves=moves, directions=file, attributes={"hair_color": "blue"})
    assert [step["kind"] for step in changed.certificate["edits"]] == ["set", "shift", "shift", "move"]
    assert changed.certificate["edits"][2]["layers"] == "coarse"
    without = edit(avatar, model=model, attributes={"hair_color": "blue"}, moves={"blush": 0.5})
    assert not (changed.pixels == without.pixels).all()
    path = changed.save(tmp_path / "changed.png")
    file.unlink()
    again = recreate(path, model.path)
    assert again.same, again.differences
    damaged = Avatar.open(path).certificate
    damaged["edits"][1]["vector"] = pack_numbers(torch.zeros(16))
    with pytest.raises(NijigenError, match="gender girl has other numbers"):
        model.redraw(damaged)


def test_a_latent_of_one_vector_has_directions_too(tmp_path: Path) -> None:
    plain = load(saved(tmp_path / "plain", family="r3gan", options=R3GAN), "cpu", threads=1)
    samples = Samples(plain, 200)
    found = find_sefa(samples, 2) + find_boundaries(samples, ["gender=girl"])
    assert not found[0].vector[8:].any()  # the label's part
    assert found[2].vector[8:].any()
    keep_directions(plain, found)
    avatar = plain.generate(1, seed=5)[0]
    assert not (edit(avatar, model=plain, moves={"sefa 1": 3}).pixels == avatar.pixels).all()
    with pytest.raises(NijigenError, match="no layers to address"):
        find_sefa(samples, 2, layers="coarse")


def test_the_labeler_says_what_the_words_do_not(model: Model) -> None:
    seen = Samples(model, 100, by="labeler")
    target = seen.targets("表情=微笑")[0]
    assert (target.attribute, target.value, target.by) == ("expression", "smile", "labeler")
    inside, positive = seen.sides(target)
    assert (seen.readings["expression"].sum(dim=1) - 1).abs().max() < 1e-5
    assert not (positive & ~inside).any()
    assert Samples(model, 100).targets("expression")[0].by == "labeler"
    assert Samples(model, 100).targets("gender=girl")[0].by == "words"


def test_files_of_other_models_and_damaged_ones_are_refused(model: Model, tmp_path: Path) -> None:
    file = tmp_path / "ways.safetensors"
    Directions(model.digest, [Direction("a b", torch.ones(16))]).save(file)
    assert read_directions(file, model.digest)["A_B"].digest == Direction("x", torch.ones(16)).digest
    with pytest.raises(NijigenError, match="is of another model"):
        read_directions(file, "f" * 64)
    with pytest.raises(NijigenError, match="did you mean a b"):
        open_directions(model, file)["a c"]
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(NijigenError, match="not those that its card names"):
        read_directions(file, model.digest)
    with pytest.raises(NijigenError, match="holds no directions"):
        read_directions(model.path / "generator.safetensors", model.digest)
    with pytest.raises(NijigenError, match="does not exist"):
        open_directions(model, tmp_path / "none.safetensors")
    for name in ("", "a=b", "a,b", "x" * 61):
        with pytest.raises(NijigenError, match="--name"):
            Direction(name, torch.ones(16))
    with pytest.raises(NijigenError, match="number of that name"):
        keep_directions(model, [Direction("Blush", torch.ones(16))], tmp_path / "new.safetensors")
    assert usual_place(load("chibi", "cpu", threads=1).path, "0" * 64).parent.name == "directions"


def test_verbs_from_the_command_line(
    model: Model, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    of = ("--model", str(saved(tmp_path / "own")))
    few = ("--samples", "200", *of)
    told = json.loads(command("directions", "find", "-n", "2", *few, "--json").out)
    assert told["file"] == str(tmp_path / "own" / "directions.safetensors")
    result = command("directions", "find", "--attribute", "gender=girl", "--keep", "hair_color", *few)
    assert result.out.startswith("gender girl: boundary by words"), result.err
    assert [line.split(":")[0] for line in command("directions", "list", *of).out.splitlines()] == [
        "sefa 1",
        "sefa 2",
        "gender girl",
    ]
    assert command("directions", "strip", "gender girl", "sefa 1", "-n", "2", "--steps", "3", *of).code == 0
    assert Path("strip.png").is_file()
    command("generate", "-n", "1", "--out", "born", *of)
    one = "born/avatar-0000.png"
    result = command("edit", one, "--move", "gender girl=-2", "--layers", "middle", "--out", "e.png", *of)
    assert result.code == 0, result.err
    assert Avatar.open("e.png").certificate["edits"][0]["layers"] == "middle"
    assert recreate("e.png", tmp_path / "own").same
    packed = Avatar.open("e.png").certificate["edits"][0]["vector"]["float32"]
    assert packed in command("show", "e.png", "--json").out
    assert packed[:12] in command("show", "e.png").out
    Path("folder.safetensors").mkdir()
    other = str(saved(tmp_path / "other", seed=1))
    for wrong, message in [
        (["directions", "find", "--method", "pca", *few], "use sefa or boundary"),
        (["directions", "find", "--method", "boundary", *few], "needs --attribute"),
        (["directions", "find", "--method", "sefa", "--attribute", "gender", *few], "--method boundary"),
        (["directions", "find", "--attribute", "gendr", *few], "did you mean gender"),
        (["directions", "find", "--attribute", "gender=gril", *few], "did you mean girl"),
        (["directions", "find", "--attribute", "blush=1", *few], "give its name alone"),
        (["directions", "find", "--attribute", "gender", "--name", "x", *few], "one name for 2"),
        (["directions", "find", "--layers", "top", *few], "use coarse, middle"),
        (["directions", "find", "--by", "hand", *few], "--by hand"),
        (["directions", "find", "--samples", "3", *of], "--samples 3"),
        (["directions", "find", "-n", "99", *few], "--count 99"),
        (["directions", "find", "--out", "x.pt", *few], ".safetensors"),
        (["directions", "find", "--out", "folder.safetensors", *few], "folder.safetensors is a folder"),
        (["directions", "find", "--out", "born", *few], "--out born: the name of a file of directions ends in"),
        (["directions", "find", "--model", other, "--out", "own/directions.safetensors"], "another model"),
        (["directions", "strip", "gender grl", *of], "did you mean gender girl"),
        (["directions", "strip", "sefa 1", "--steps", "4", *of], "--steps 4"),
        (["directions", "strip", "sefa 1", "--reach", "0", *of], "--reach 0"),
        (
            ["directions", "strip", "sefa 1", "-n", "0", *of],
            "1 to 400 pictures: name a direction, and use -n",
        ),
        (["directions", "strip", "sefa 1", "--out", "x.jpg", *of], "ends in .png"),
        (["edit", one, "--move", "sefa 9=1", *of], "no direction 'sefa 9'"),
        (["edit", one, "--move", "sefa 1=nan", *of], "use -100 to 100"),
    ]:
        result = command(*wrong)
        assert (result.code, result.err.count("\n")) == (2, 1), (wrong, result.err)
        assert message in result.err, wrong
