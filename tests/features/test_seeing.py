"""VGG19 as the eyes of painters: units, digests, and which file is taken."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from nijigen.errors import NijigenError
from nijigen.features.seeing import in_order, open_seer, seer_of, stand_in_seer, width_of
from nijigen.features.vgg_network import Vgg

CPU = torch.device("cpu")
LAYERS = ("conv2_1", "conv1_1")


def test_layers_are_seen_in_units_that_do_not_depend_on_the_file(full_vgg: Path) -> None:
    seer = open_seer(LAYERS, CPU)
    pictures = torch.rand(2, 3, 32, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1
    seen = seer.see(pictures, LAYERS)
    plain = seer.network((pictures + 1) / 2, LAYERS)
    for name in LAYERS:
        assert torch.allclose(seen[name] * seer.units[name], plain[name])
        assert 0.2 < float(seen[name].abs().mean()) < 5
    larger = Vgg([64, 64, 128], expects="torchvision")
    held = seer.network.features.state_dict().items()
    weights = {name: value * 50 for name, value in held if int(name.split(".")[0]) <= 5}
    larger.features.load_state_dict(weights)
    other = seer_of(larger, ["conv1_1"])
    ratio = other.see(pictures, ["conv1_1"])["conv1_1"] / seen["conv1_1"].clamp(min=1e-9)
    assert float((ratio[seen["conv1_1"] > 1e-3] - 1).abs().max()) < 1e-3


def test_a_digest_is_of_what_is_looked_through(full_vgg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep, shallow = open_seer(["conv3_1"], CPU), open_seer(LAYERS, CPU)
    assert deep.digest != shallow.digest
    tensors = load_file(full_vgg / "vgg19.safetensors")
    save_file({k: v for k, v in tensors.items() if int(k.split(".")[1]) <= 5}, tmp_path / "vgg19.safetensors")
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    assert open_seer(LAYERS, CPU).digest == shallow.digest  # a file that ends earlier is the same as far as it goes
    assert open_seer(LAYERS, CPU, shallow.digest).digest == shallow.digest
    with pytest.raises(NijigenError, match=r"weights up to conv2_1 are 000000000000…, and .*: put that file into"):
        open_seer(LAYERS, CPU, "0" * 64)
    with pytest.raises(NijigenError, match=r"looks at conv3_1 of VGG19, and .* ends at conv2_1"):
        open_seer(["conv3_1"], CPU)


def test_a_narrow_network_is_none(eyes: Path) -> None:
    with pytest.raises(NijigenError, match="narrower than the published VGG19"):
        open_seer(LAYERS, CPU)


def test_none_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIJIGEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("NIJIGEN_OFFLINE", "1")
    with pytest.raises(NijigenError, match=r"seen through VGG19; .*put vgg19-caffe-to-conv3_4\.safetensors"):
        open_seer(LAYERS, CPU)


def test_stand_in() -> None:
    seer = stand_in_seer(["conv3_1", "conv1_1"])
    assert seer.network.layers[-1] == "conv3_1"
    assert not any(value.requires_grad for value in seer.network.parameters())
    assert seer.see(torch.zeros(1, 3, 8, 8), ["conv3_1"])["conv3_1"].shape == (1, width_of("conv3_1"), 2, 2)


def test_order() -> None:
    assert in_order(("conv3_1", "conv1_2", "conv3_1")) == ["conv1_2", "conv3_1"]
