"""What is imported makes the pictures that the published equations make, in float64, of the same w and noise."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.interop import equations, writers
from torch import Tensor

from nijigen.models.package import Package, load_package

NEAR = 1e-5  # of the largest number in the picture; the issue asks for 1e-4


@pytest.fixture
def imported(command: Callable[..., Any], tmp_path: Path) -> Callable[..., Package]:
    """Imports a file by the command line, and loads the model."""

    def run(file: Path, *flags: object) -> Package:
        out = tmp_path / "imported.safetensors"
        done = command("import", file, out, *flags)
        assert done.code == 0, done.err
        return load_package(out)

    return run


def apart(made: Tensor, expected: Tensor) -> float:
    """The largest difference, in parts of the largest number."""
    return float((made.double() - expected).abs().max() / expected.abs().max())


def rows_of(package: Package, seed: int = 3) -> Tensor:
    """A latent of its own for each layer."""
    width = package.generator.mean_latent().shape[-1]
    return torch.randn(2, package.generator.layers, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("shape", "clamp"),
    [({}, None), ({"resolution": 8}, None), ({"resolution": 64, "classes": 4}, 256.0), ({"depth": 8}, 3.0)],
)
@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_nvlabs(imported: Any, tmp_path: Path, shape: dict[str, int], clamp: float | None, protocol: int) -> None:
    weights = writers.nvlabs_weights(**shape)
    file = writers.nvlabs_pickle(tmp_path / "net.pkl", writers.nvlabs_module(weights, clamp=clamp), protocol)
    package = imported(file)
    latent = rows_of(package)
    made = package.generator.synthesize(latent)
    for picture, rows in zip(made, latent, strict=True):
        expected = equations.nvlabs_picture(weights, rows, clamp or float("inf"))
        assert apart(picture, expected) < NEAR
        if clamp == 3.0:  # where it bites, another picture would come of none
            assert apart(picture, equations.nvlabs_picture(weights, rows)) > 0.01
    _maps_alike(package, weights, shape.get("classes", 0))


def _maps_alike(package: Package, weights: dict[str, Tensor], classes: int) -> None:
    generator = package.generator
    z = torch.randn(3, generator.z_dim, generator=torch.Generator().manual_seed(1))
    labels = torch.eye(classes)[[0, 2, 3]] if classes else torch.zeros(3, 0)
    latent = generator.map(z, labels)
    assert apart(latent[:, 0], equations.nvlabs_map(weights, z, labels if classes else None)) < NEAR
    assert torch.equal(latent[:, 0], latent[:, -1])
    assert torch.equal(generator.mean_latent(), weights["mapping.w_avg"])
    if not classes:
        drawn = generator.truncate(latent, 0.6, labels)
        assert apart(drawn[:, 0], equations.nvlabs_map(weights, z, None, psi=0.6)) < NEAR


def test_nvlabs_when_styles_are_nearly_nothing(imported: Any, tmp_path: Path) -> None:
    """Where weights nearly vanish, it matters to what of them the 1e-8 is added."""
    weights = writers.nvlabs_weights(resolution=8)
    for name in weights:
        if name.endswith(("affine.weight", "affine.bias")):
            weights[name] = weights[name] * 1e-5
    package = imported(writers.nvlabs_pickle(tmp_path / "net.pkl", writers.nvlabs_module(weights)))
    latent = rows_of(package)
    expected = equations.nvlabs_picture(weights, latent[0])
    assert apart(package.generator.synthesize(latent)[0], expected) < NEAR


def test_nvlabs_in_grey(imported: Any, tmp_path: Path) -> None:
    weights = writers.nvlabs_weights(channels=1)
    package = imported(writers.nvlabs_pickle(tmp_path / "net.pkl", writers.nvlabs_module(weights)))
    latent = rows_of(package)
    made = package.generator.synthesize(latent)[0]
    expected = equations.nvlabs_picture(weights, latent[0])
    assert apart(made[:1], expected) < NEAR
    assert torch.equal(made[0], made[2])


def test_nvlabs_without_noise(imported: Any, tmp_path: Path) -> None:
    weights = {name: value for name, value in writers.nvlabs_weights().items() if ".noise_" not in name}
    package = imported(writers.nvlabs_pickle(tmp_path / "net.pkl", writers.nvlabs_module(weights)))
    latent = rows_of(package)
    assert apart(package.generator.synthesize(latent)[0], equations.nvlabs_picture(weights, latent[0])) < NEAR


def test_either_network_of_a_snapshot(imported: Any, tmp_path: Path) -> None:
    one, other = writers.nvlabs_weights(seed=1), writers.nvlabs_weights(seed=2)
    file = writers.nvlabs_pickle(tmp_path / "n.pkl", writers.nvlabs_module(one), G=writers.nvlabs_module(other))
    for flags, weights in (((), one), (("--as-network", "G"), other)):
        package = imported(file, *flags)
        latent = rows_of(package)
        assert apart(package.generator.synthesize(latent)[0], equations.nvlabs_picture(weights, latent[0])) < NEAR


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("parallel", [False, True])
def test_rosinality(imported: Any, tmp_path: Path, legacy: bool, parallel: bool) -> None:
    weights, mean = writers.rosinality_weights(), torch.randn(9)
    state = writers.ordered(weights, "module." if parallel else "")
    optimiser = {"state": {0: {"step": 3, "exp_avg": torch.randn(4)}}, "param_groups": [{"lr": 0.002, "params": [0]}]}
    value = {"g_ema": state, "g": state, "d": {"x": torch.randn(2)}, "g_optim": optimiser, "latent_avg": mean}
    package = imported(writers.torch_file(value, tmp_path / "550000.pt", legacy))
    latent = rows_of(package)
    made = package.generator.synthesize(latent)
    for picture, rows in zip(made, latent, strict=True):
        assert apart(picture, equations.rosinality_picture(weights, rows)) < NEAR
    z = torch.randn(3, 9)
    mapped = package.generator.map(z, torch.zeros(3, 0))
    assert apart(mapped[:, 0], equations.rosinality_map(weights, z)) < NEAR
    drawn = package.generator.truncate(mapped, 0.5, torch.zeros(3, 0))
    assert torch.allclose(drawn, mean + 0.5 * (mapped - mean), atol=1e-6)


def test_rosinality_without_a_mean_latent(imported: Any, tmp_path: Path) -> None:
    weights = writers.rosinality_weights(resolution=16)
    package = imported(writers.torch_file({"g_ema": writers.ordered(weights)}, tmp_path / "a.pt"))
    z = torch.randn(20_000, 9)
    mean, spread = equations.rosinality_map(weights, z).mean(dim=0), equations.rosinality_map(weights, z).std()
    assert (package.generator.mean_latent() - mean).abs().max() < 0.1 * spread
    assert any("mean latent" in note for note in package.card["imported"]["notes"])


def test_rosinality_of_bare_weights(imported: Any, tmp_path: Path) -> None:
    weights = writers.rosinality_weights(resolution=8)
    package = imported(writers.torch_file(writers.ordered(weights), tmp_path / "a.pt"))
    latent = rows_of(package)
    assert apart(package.generator.synthesize(latent)[0], equations.rosinality_picture(weights, latent[0])) < NEAR


@pytest.mark.parametrize("network", ["G_ema", "G"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("legacy", [False, True])
def test_lucidrains(imported: Any, tmp_path: Path, network: str, channels: int, legacy: bool) -> None:
    weights = writers.lucidrains_weights(channels=channels)
    value = {"GAN": writers.ordered(weights), "version": "1.8.9"}
    package = imported(writers.torch_file(value, tmp_path / "model_12.pt", legacy), "--as-network", network)
    generator, parts = package.generator, ("SE", "GE") if network == "G_ema" else ("S", "G")
    latent, whole = rows_of(package), torch.rand(32, 32, generator=torch.Generator().manual_seed(0))
    made = generator.synthesize(latent)
    for picture, rows in zip(made, latent, strict=True):
        expected = equations.lucidrains_picture(weights, rows, whole, parts[1])
        if channels == 4:
            expected = expected.clamp(0, 1)
            expected = torch.cat([expected[:3] * expected[3:], expected[3:]])
        assert apart((picture + 1) / 2, expected) < NEAR
    z = torch.randn(3, 9)
    mapped = generator.map(z, torch.zeros(3, 0))
    assert apart(mapped[:, 0], equations.lucidrains_map(weights, z, parts[0])) < NEAR
