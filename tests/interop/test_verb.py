"""What ``nijigen import`` writes is a model like any other, says where it is from, and refuses what does not fit."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tests.interop import writers
from torch import nn

from nijigen.store import read_card


@pytest.fixture
def conditional(tmp_path: Path) -> Path:
    weights = writers.nvlabs_weights(resolution=16, classes=3)
    return writers.nvlabs_pickle(tmp_path / "conditional.pkl", writers.nvlabs_module(weights))


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    state = writers.ordered(writers.rosinality_weights(resolution=16))
    return writers.torch_file({"g_ema": state, "latent_avg": torch.randn(9)}, tmp_path / "faces.pt")


def test_the_card_says_where_it_is_from(command: Callable[..., Any], faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.safetensors"
    flags = ("--licence", "CC-BY-4.0", "--source", "https://example.org/faces", "--name", "portraits", "--json")
    told = json.loads(command("import", faces, out, *flags).out)
    card = read_card(out)
    digest = hashlib.sha256(faces.read_bytes()).hexdigest()
    assert (card["licence"], card["source"], card["name"]) == ("CC-BY-4.0", "https://example.org/faces", "portraits")
    assert card["imported"]["sha256"] == digest == told["sha256"]
    assert card["imported"]["bytes"] == faces.stat().st_size
    assert (card["imported"]["layout"], card["imported"]["network"]) == ("rosinality", "G_ema")
    assert "not run by its own code" in card["imported"]["checked"]
    assert any("0.01" in note for note in card["imported"]["notes"])
    assert told["resolution"] == 16
    assert told["digest"] == card["digest"]
    assert read_card(out)["family"] == "stylegan2"


def test_without_words_about_it_the_licence_is_unknown(
    command: Callable[..., Any], faces: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine.safetensors"
    assert "licence unknown" in command("import", faces, out).out
    card = read_card(out)
    assert (card["licence"], card["name"], card.get("source")) == ("unknown", "mine", None)


@pytest.mark.parametrize("layout", ["nvlabs", "rosinality", "lucidrains"])
def test_the_model_is_used_like_any_other(command: Callable[..., Any], tmp_path: Path, layout: str) -> None:
    """Truncation, other noise, certificates, layers of another, a step in the latent, one small file."""
    if layout == "nvlabs":
        module = writers.nvlabs_module(writers.nvlabs_weights(resolution=16))
        file = writers.nvlabs_pickle(tmp_path / "net.pkl", module)
    else:
        weights = getattr(writers, f"{layout}_weights")(resolution=16)
        key = {"rosinality": "g_ema", "lucidrains": "GAN"}[layout]
        file = writers.torch_file({key: writers.ordered(weights)}, tmp_path / "net.pt")
    model, avatars = tmp_path / "net.safetensors", tmp_path / "avatars"
    assert command("import", file, model, "--layout", layout).code == 0
    runs = [
        ("generate", "--model", model, "-n", 3, "--seed", 5, "--out", avatars, "--truncation", 0.7),
        ("generate", "--model", model, "-n", 1, "--out", tmp_path / "still", "--noise", 0.5, "--noise-seed", 3),
    ]
    for run in runs:
        done = command(*run)
        assert done.code == 0, done.err
    one, other, *_ = sorted(avatars.glob("*.png"))
    for run in [
        ("recreate", one, "--out", tmp_path / "again.png", "--model", model),
        ("mix", one, other, "--out", tmp_path / "mixed.png", "--model", model),
        ("vary", one, "-n", 2, "--out", tmp_path / "varied", "--model", model),
        ("pack", model, tmp_path / "small.safetensors", "--precision", "full"),
    ]:
        done = command(*run)
        assert done.code == 0, (run, done.err)
    assert (tmp_path / "again.png").read_bytes()


def test_classes_are_words(command: Callable[..., Any], conditional: Path, tmp_path: Path) -> None:
    from nijigen.engine.model import load

    plain, named, names = tmp_path / "plain.safetensors", tmp_path / "named.safetensors", tmp_path / "names.txt"
    names.write_text("rem\n初音\nasuka\n", encoding="utf-8")
    assert command("import", conditional, plain).code == 0
    assert command("import", conditional, named, "--labels", names, "--attribute", "figure").code == 0
    one, other = load(plain, "cpu"), load(named, "cpu")
    assert one.schema["class"].values == ("0", "1", "2")
    assert other.schema["figure"].values == ("rem", "初音", "asuka")
    made = one.generate(1, seed=3, attributes={"class": "1"})[0]
    assert made.attributes == {"class": "1"}
    assert (made.pixels == other.generate(1, seed=3, figure="初音")[0].pixels).all()
    assert (made.pixels != one.generate(1, seed=3, attributes={"class": "2"})[0].pixels).any()
    assert len({one.generate(1, seed=seed)[0].attributes["class"] for seed in range(12)}) == 3  # each may be drawn


def test_the_names_must_be_as_many_as_the_classes(command: Callable[..., Any], conditional: Path, faces: Path) -> None:
    names, out = conditional.with_name("names.txt"), conditional.with_name("o.safetensors")
    for text, words in [
        ("a\nb\n", ("2 lines", "3 classes")),
        ("a\nb\na\n", ("twice",)),
        (b"\xff\xfe\xff", ("no text",)),
    ]:
        names.write_bytes(text if isinstance(text, bytes) else text.encode())
        command("import", conditional, out, "--labels", names).refused(
            "names.txt" if "twice" not in words else "", *words
        )
    command("import", faces, out, "--labels", names).refused("--labels", "no classes")
    command("import", conditional, out, "--labels", names.with_name("no.txt")).refused("no.txt", "No such file")
    command("import", conditional, out, "--attribute", "My Class").refused("lower case")


WRONG = [
    (("--layout", "stylegan"), ("--layout stylegan", "rosinality")),
    (("--as-network", "D"), ("--as-network D", "G_ema")),
    (("--layout", "nvlabs"), ("no network G_ema", "it has g_ema")),
    (("--layout", "lucidrains"), ("no GAN", "it has g_ema")),
    (("--as-network", "G"), ("no g; it has g_ema",)),
]


@pytest.mark.parametrize(("flags", "words"), WRONG)
def test_wrong_flags(
    command: Callable[..., Any], faces: Path, tmp_path: Path, flags: tuple[str, ...], words: tuple[str, ...]
) -> None:
    out = tmp_path / "out.safetensors"
    command("import", faces, out, *flags).refused(*words)
    assert not out.exists()


def test_files_that_are_not_there_or_not_files(command: Callable[..., Any], faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    command("import", tmp_path / "none.pt", out).refused("none.pt", "No such file")
    command("import", tmp_path, out).refused("is a folder")
    command("import", faces, tmp_path / "out.pt").refused("out.pt", ".safetensors")
    same = tmp_path / "same.safetensors"
    same.write_bytes(faces.read_bytes())
    command("import", same, same).refused("the checkpoint itself")
    assert same.read_bytes() == faces.read_bytes()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_else_people_have(command: Callable[..., Any], tmp_path: Path) -> None:
    """Each is told by what it is."""
    out, file = tmp_path / "out.safetensors", tmp_path / "file.pt"
    torch.save({"state_dict": nn.Linear(3, 4).state_dict(), "epoch": 3}, file)
    command("import", file, out).refused("a dictionary of state_dict, epoch", "torch._utils._rebuild_tensor_v2")
    torch.save(nn.Linear(3, 4), file)
    command("import", file, out).refused("an object of", "torch.nn.modules.linear.Linear")
    torch.jit.trace(nn.Linear(3, 4), torch.zeros(1, 3)).save(file)
    command("import", file, out).refused("TorchScript")
    save_file({"a": torch.zeros(3)}, file)
    command("import", file, out).refused("no pickle")
    file.write_bytes(b"\x80\x03(cdnnlib.tflib.network\nNetwork\n)\x81}b" + b"NNt.")
    command("import", file, out).refused("TensorFlow", "legacy.py")


def _refused(weights: writers.Weights, tmp_path: Path, command: Callable[..., Any], *words: str, **told: Any) -> None:
    file = writers.nvlabs_pickle(tmp_path / "net.pkl", writers.nvlabs_module(weights, **told))
    command("import", file, tmp_path / "out.safetensors").refused(*words)


def test_networks_of_nvlabs_that_nijigen_does_not_have(command: Callable[..., Any], tmp_path: Path) -> None:
    good = writers.nvlabs_weights(resolution=16)
    alias = {"synthesis.input.weight": torch.zeros(4, 4), "synthesis.L0_36_512.weight": torch.zeros(4, 4, 1, 1)}
    cases: list[tuple[writers.Weights, dict[str, Any], tuple[str, ...]]] = [
        (alias | {"mapping.fc0.weight": torch.zeros(4, 4)}, {}, ("StyleGAN3", "alias-free")),
        (good, {"architecture": "resnet"}, ("architecture", "'resnet'", "'skip'")),
        (good, {"activation": "relu"}, ("activation", "'relu'")),
        (good, {"conv_clamp": "much"}, ("conv_clamp", "no number")),
        ({**good, "synthesis.b8.extra.weight": torch.zeros(2)}, {}, ("synthesis.b8.extra.weight",)),
        ({**good, "synthesis.b8.conv0.bias": torch.zeros(3)}, {}, ("synthesis.b8.conv0.bias", "(3,)", "expected")),
        ({**good, "synthesis.b16.conv0.bias": torch.full((8,), torch.nan)}, {}, ("no finite numbers",)),
        ({**good, "synthesis.b8.resample_filter": torch.ones(4, 4) / 16}, {}, ("another filter",)),
        (writers.nvlabs_weights(channels=4), {}, ("4 channels",)),
        ({k: v for k, v in good.items() if k != "mapping.fc1.bias"}, {}, ("no mapping.fc1.bias",)),
        ({k: v for k, v in good.items() if k != "synthesis.b8.conv0.noise_strength"}, {}, ("noise",)),
        (writers.nvlabs_weights(resolution=4), {}, ("4 px",)),
        (writers.nvlabs_weights(classes=10_001), {}, ("10,001 classes",)),
        (writers.nvlabs_weights(depth=17), {}, ("mapping_layers", "17", "beyond")),
    ]
    for weights, told, words in cases:
        _refused(weights, tmp_path, command, *words, **told)
    assert not (tmp_path / "out.safetensors").exists()


def test_networks_of_lucidrains_that_nijigen_does_not_have(command: Callable[..., Any], tmp_path: Path) -> None:
    good = writers.lucidrains_weights(resolution=16)
    cases = [
        ({**good, "GE.attns.1.0.fn.norm.g": torch.zeros(3)}, ("attention",)),
        ({**good, "GE.to_initial_block.weight": torch.zeros(9, 12, 4, 4)}, ("no_const",)),
        ({k: v for k, v in good.items() if ".initial_conv" not in k}, ("older versions",)),
        ({k: v for k, v in good.items() if "upsample" not in k}, ("not blurred",)),
        ({**good, "SE.net.0.weight": torch.zeros(9, 8)}, ("SE.net.0.weight",)),
    ]
    for weights, words in cases:
        file = writers.torch_file({"GAN": writers.ordered(weights)}, tmp_path / "model_1.pt")
        command("import", file, tmp_path / "out.safetensors").refused(*words)


def test_a_name_of_the_registry(
    command: Callable[..., Any], faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its licence and page go into the card; where it is not here, the line says how to get it, and nothing is sent."""
    from nijigen.weights import known_weights

    monkeypatch.delenv("NIJIGEN_OFFLINE", raising=False)
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path / "weights"))
    out, known = tmp_path / "out.safetensors", known_weights("tadne")
    command("import", "tadne", out).refused("nijigen weights get tadne --trust")
    command("import", "skylion-portraits", out).refused("put 2020-01-11-skylion", "gwern.net")
    (tmp_path / "weights").mkdir()
    faces.rename(tmp_path / "weights" / known.file)
    assert command("import", "tadne", out).code == 0
    card = read_card(out)
    assert (card["licence"], card["source"]) == ("CC0-1.0", known.page)
