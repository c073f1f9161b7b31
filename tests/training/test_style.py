"""A style that pictures are drawn to: Grams against their formula in float64, a run that goes on bit for bit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.features.vgg import read_vgg
from nijigen.features.vgg_network import Vgg, block_of, halved
from nijigen.models.contract import Generator, Shape
from nijigen.models.registry import find_family
from nijigen.training import start
from nijigen.training.forecast import Forecast
from nijigen.training.game import game_of
from nijigen.training.phases import Batch, Turn
from nijigen.training.recipe import load_recipe
from nijigen.training.schedule import moment
from nijigen.training.style import FAINT, Style, doubled, grams_of, open_style, style_phase
from nijigen.training.style_pictures import settled

Make = Callable[..., Any]
CPU = torch.device("cpu")
USUAL = ("--threads", "1", "--device", "cpu")
LAYERS = ("conv1_1", "conv2_1", "conv3_1")


@pytest.fixture(autouse=True)
def _no_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "forecast", lambda trainer: Forecast(1.0, 1.0, 1, 1, 1.0))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Stripes of orange and blue."""
    rows, columns = np.mgrid[:24, :40] // 3
    pixels = np.where(((rows + columns) % 2 == 0)[..., None], (240, 140, 20), (30, 60, 200)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "stripes.png")
    return tmp_path / "stripes.png"


def values(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def narrow(file: Path) -> Vgg:
    """In float64."""
    return read_vgg(file / "vgg19.safetensors").double()


def test_the_distance_is_that_of_the_formula(narrow_vgg: Path) -> None:
    """Written out: each picture on its ground, Grams weighed by alpha at each layer's size, relative to nothing."""
    network, ground = narrow(narrow_vgg), values(2, 3, 1, 1, seed=5)
    alpha = values(2, 1, 8, 8, seed=1)
    alpha[1, :, :, :4] = 0
    pictures = torch.cat([values(2, 3, 8, 8) * alpha, alpha], 1) * 2 - 1
    wanted = {name: (m := values(1, network.widths[name], network.widths[name], seed=7)) @ m.mT for name in LAYERS}
    made = float(Style(network, wanted, 8).distance(pictures, ground))

    total = []
    for index in range(2):
        seen_through = alpha[index : index + 1]
        laid = (pictures[index : index + 1, :3] + 1) / 2 + (1 - seen_through) * ground[index : index + 1]
        for name in LAYERS:
            seen = network(laid, (name,))[name][0].flatten(1).numpy()
            weight = seen_through
            for _ in range(block_of(name)):
                weight = halved(weight)
            share = np.maximum(weight.flatten().numpy(), FAINT)
            share = share / share.sum()
            gram = sum(share[place] * np.outer(seen[:, place], seen[:, place]) for place in range(seen.shape[1]))
            aim = wanted[name][0].numpy()
            total.append(((gram - aim) ** 2).sum() / (aim**2).sum())
    assert made == pytest.approx(np.mean(total), rel=1e-9)


def test_alpha_gets_no_slope_and_a_hidden_ground_hardly_counts(narrow_vgg: Path) -> None:
    network = narrow(narrow_vgg)
    wanted = {name: torch.eye(network.widths[name], dtype=torch.float64)[None] for name in LAYERS}
    pictures = values(1, 4, 32, 32) * 2 - 1
    pictures[:, 3] = 1
    pictures[:, :, :, 16:] = -1  # nothing on the right
    pictures.requires_grad_()
    style = Style(network, wanted, 32)
    dark, light = (style.distance(pictures, torch.full((1, 3, 1, 1), level)) for level in (0.0, 1.0))
    dark.backward()  # type: ignore[no-untyped-call]
    assert pictures.grad is not None
    assert (pictures.grad[:, 3] == 0).all()
    assert (pictures.grad[:, :3] != 0).any()
    opaque = pictures.detach().clone()
    opaque[:, 3] = 1
    whole = [
        style.distance(torch.where(opaque == -1, level * 2.0 - 1, opaque), torch.zeros(1, 3, 1, 1)) for level in (0, 1)
    ]
    assert abs(dark - light) < 0.2 * abs(whole[0] - whole[1])


@pytest.mark.parametrize("channels", [3, 4])
def test_nothing_is_far_and_never_no_number(channels: int, narrow_vgg: Path) -> None:
    network = read_vgg(narrow_vgg / "vgg19.safetensors")
    wanted = {"conv1_1": torch.ones(1, network.widths["conv1_1"], network.widths["conv1_1"])}
    pictures = torch.full((2, channels, 4, 4), -1.0).requires_grad_()
    distance = Style(network, wanted, 8).distance(pictures, torch.zeros(2, 3, 1, 1))
    distance.backward()  # type: ignore[no-untyped-call]
    assert pictures.grad is not None
    assert bool(distance.isfinite() & pictures.grad.isfinite().all())


def test_doubling_keeps_what_is_flat_up_to_the_edge_and_the_place_of_things() -> None:
    flat = torch.full((1, 2, 3, 5), 0.7)
    assert torch.allclose(doubled(flat), torch.full((1, 2, 6, 10), 0.7))
    ramp = torch.arange(6.0)[None, None, None].expand(1, 1, 6, 6)
    assert torch.allclose(doubled(ramp)[0, 0, 3, 2:10], torch.arange(8) / 2 + 0.75)


def test_grey_looks_at_lightness_alone(narrow_vgg: Path) -> None:
    network = narrow(narrow_vgg)
    one = torch.tensor([0.8, 0.2, 0.1], dtype=torch.float64)[None, :, None, None].expand(1, 3, 8, 8)
    same = (one * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True).expand(1, 3, 8, 8)
    grey, plain = (
        [grams_of(network, LAYERS, colours, None, off)["conv2_1"] for colours in (one, same)] for off in (True, False)
    )
    assert torch.allclose(*grey)
    assert not torch.allclose(*plain)


def test_pictures_of_files_folders_zips_and_data_sets(
    picture: Path, eyes: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    import zipfile

    folder = tmp_path / "several"
    folder.mkdir()
    (folder / "a.png").write_bytes(picture.read_bytes())
    see_through = Image.open(picture).convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(see_through.size))
    see_through.save(folder / "b.png")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"x/{file.name}")
    found = {}
    for place in (picture, folder, tmp_path / "z.zip", tiny_dataset):
        recipe = load_recipe("dcgan-64", ["style.weight=1", f"style.pictures={place}", "resolution=16"])
        style = open_style(recipe, CPU)
        assert style is not None
        found[place] = settled(recipe).style.digest, style.wanted
    one, several, packed, dataset = found.values()
    assert several[0] == packed[0]
    assert len({one[0], several[0], dataset[0]}) == 3
    assert all(torch.equal(several[1][name], packed[1][name]) for name in LAYERS)
    assert all(not torch.allclose(several[1][name], one[1][name]) for name in LAYERS)


def test_the_phase_draws_a_generator_to_the_style(picture: Path, eyes: Path) -> None:
    overrides = ["style.weight=1", f"style.pictures={picture}", "resolution=16", "channels=4", "style.enlarge=2"]
    recipe = load_recipe("dcgan-64", [*overrides, "network.width=4", "network.latent=4"])
    torch.manual_seed(0)
    networks = dict(find_family("dcgan").build(Shape(16, 4, 0), recipe.options()))
    generator = networks["generator"]
    assert isinstance(generator, Generator)
    style = open_style(recipe, CPU)
    assert style is not None
    phase = style_phase(game_of(recipe), style)
    assert (phase.updates, phase.streams) == (("generator",), {"images": False})
    batch = Batch(None, torch.zeros(8, 0), torch.ones(8))
    solver, rows = torch.optim.Adam(generator.parameters(), 0.02), []
    for step in range(40):
        turn = Turn({"images": batch}, torch.Generator().manual_seed(step), moment(recipe, 0), {})
        loss, logged = phase.loss(networks, turn)
        assert torch.equal(loss, logged["style"])
        solver.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        solver.step()
        rows.append(float(loss.detach()))
    assert np.mean(rows[-5:]) < 0.7 * np.mean(rows[:5]), rows


def test_what_comes_seldom_weighs_more(picture: Path, eyes: Path) -> None:
    plain = ["style.weight=2", f"style.pictures={picture}", "discriminator_steps=3"]
    recipe = load_recipe("dcgan-64", [*plain, "style.every=5"])
    style = open_style(recipe, CPU)
    assert style is not None
    phase = style_phase(game_of(recipe), style)
    assert phase.every == 15
    networks = dict(find_family("dcgan").build(Shape(64, 3, 0), recipe.options()))
    batch = Batch(None, torch.zeros(2, 0), torch.ones(2))
    loss, logged = phase.loss(networks, Turn({"images": batch}, torch.Generator(), moment(recipe, 0), {}))
    assert float(loss.detach()) == pytest.approx(10 * float(logged["style"]))


def styled(picture: Path, dataset: Path, out: Path, *more: object) -> tuple[object, ...]:
    """A command for a tiny run with a style."""
    small = ["network.width=4", "network.latent=8", "network.embedding=4", "network.discriminator_width=4"]
    sets = [*small, "resolution=16", "batch=8", "style.weight=1", f"style.pictures={picture}", "style.every=2"]
    output = ["output.checkpoint_every=8", "output.samples_every=16", "output.metrics_every=16"]
    words = [word for override in (*sets, *output) for word in ("--set", override)]
    return ("train", dataset, "--recipe", "dcgan-64", *words, "--images", 48, "--out", out, *USUAL, *more)


def test_an_interrupted_run_ends_as_an_unbroken_one(
    command: Make, outcome: Make, dying_after: Make, picture: Path, eyes: Path, tiny_dataset: Path, tmp_path: Path
) -> None:
    done = command(*styled(picture, tiny_dataset, tmp_path / "a" / "run"))
    assert (done.code, done.err) == (0, "")
    rows = [json.loads(line) for line in (tmp_path / "a" / "run" / "metrics.jsonl").read_text().splitlines()]
    assert all("style" in row and "gradient.style" in row for row in rows)
    broken = tmp_path / "b" / "run"
    for cut in (8, 32):
        with dying_after(cut):
            command(*styled(picture, tiny_dataset, broken))
    done = command(*styled(picture, tiny_dataset, broken))
    assert done.code == 0, done.err
    assert "going on from 32 images" in done.out
    assert outcome(broken) == outcome(tmp_path / "a" / "run")
    plain = tmp_path / "c" / "run"
    assert command(*styled(picture, tiny_dataset, plain, "--set", "style.weight=0.001")).code == 0
    assert outcome(plain)["model/generator.safetensors"] != outcome(broken)["model/generator.safetensors"]
    Image.new("RGB", (30, 30), "red").save(picture)
    command(*styled(picture, tiny_dataset, broken, "--images", 64)).refused("was begun with style.digest = ")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["style.pictures="], ["recipe dcgan-64 learns a style", "--set style.pictures=FILE"]),
        (["style.pictures=none.png"], ["style.pictures=none.png does not exist"]),
        (["style.pictures=bad.png"], ["style.pictures: bad.png: "]),
        (["style.pictures=empty"], ["style.pictures=empty holds no pictures"]),
        (["style.layers=[\"conv5_1\"]"], ["style.layers: the VGG19 that is here ends at conv4_4, before conv5_1"]),
        (["style.layers=[\"conv1_3\"]"], ["'conv1_3' is no layer of VGG19", "conv1_1"]),
        (["style.weight=0"], ["style.pictures does nothing with style.weight=0", "style={}"]),
        (["style.digest=ab12"], ["is another style (", "set style.digest="]),
        (["style.enlarge=3"], ["style.enlarge=3"]),
    ],
)  # fmt: skip
def test_wrong_input(
    overrides: list[str], words: list[str], command: Make, picture: Path, eyes: Path, tiny_dataset: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.png").write_bytes(b"\x89PNG")
    sets = [word for override in overrides for word in ("--set", override)]
    command(*styled(picture, tiny_dataset, tmp_path / "run", *sets)).refused(*words)
    assert not list(tmp_path.glob("run/checkpoints/*"))


def test_without_the_network_one_line_says_what_to_put_where(
    command: Make, picture: Path, tiny_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIJIGEN_WEIGHTS", raising=False)
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    refused = command(*styled(picture, tiny_dataset, tmp_path / "run"))
    refused.refused("put vgg19-caffe-to-conv3_4.safetensors into")
    assert "--network" not in refused.err


def test_the_published_network_tells_styles_apart(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch, picture: Path
) -> None:
    folder = shared_data.parent / "weights"
    if not (folder / "vgg19-caffe-to-conv3_4.safetensors").is_file():
        pytest.skip("no VGG19: weights/ is not beside the checkout")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(folder))
    with Image.open(picture) as image:
        image.crop((0, 0, 24, 24)).save(picture)
    style = open_style(load_recipe("dcgan-64", ["style.weight=1", f"style.pictures={picture}", "resolution=24"]), CPU)
    assert style is not None
    with Image.open(picture) as image:
        same = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None] / 127.5 - 1
    ground, noise = torch.zeros(1, 3, 1, 1), values(1, 3, 24, 24).float() - 0.5
    assert float(style.distance(same, ground)) < 1e-6
    moved = float(style.distance(same.roll((3, 6), (2, 3)), ground))  # texture, not where it is
    assert moved < 0.1 < float(style.distance(noise, ground))
    assert float(style.distance(same.flip(1), ground)) > 2 * moved  # blue stripes are another style
