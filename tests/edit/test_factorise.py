"""Closed-form factorisation against a reference in float64, and where a latent enters each family."""

from typing import Any

import pytest
import torch

from nijigen.edit.factorise import factorise
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.registry import families, find_family

PROGRESSIVE = {"embedding": 4, "channel_base": 64, "max_width": 4}
WIDE = 700  # wider than what it meets: some directions must do nothing
# A latent wide enough that its first weights leave something out; a new family adds a line.
CASES: list[tuple[str, dict[str, Any]]] = [
    ("dcgan", {"latent": WIDE, "width": 4, "embedding": 4, "generator_norm": "conditional"}),
    ("wgan", {"latent": WIDE, "width": 4, "embedding": 4}),
    ("wgan-gp", {"latent": WIDE, "width": 4, "embedding": 4}),
    ("lucidrains", {"latent": WIDE, "embedding": 4, "capacity": 2, "max_width": 4, "mapping_layers": 1}),
    ("pggan", {**PROGRESSIVE, "latent": WIDE}),
    ("r3gan", {"latent": WIDE, "width": 4, "max_width": 8, "embedding": 4}),
    ("sagan", {"latent": 1400, "width": 4, "embedding": 4, "attention": []}),
    ("stylegan", {**PROGRESSIVE, "latent": 8, "latent_width": WIDE, "mapping_layers": 1}),
    ("stylegan2", {**PROGRESSIVE, "latent": 8, "latent_width": WIDE}),
    ("stylegan2", {**PROGRESSIVE, "latent": 8, "latent_width": WIDE, "palette": 5, "unfold": 2}),
    ("stylegan2", {**PROGRESSIVE, "latent": 8, "latent_width": WIDE, "palette": 5, "unfold": 2, "skip": "none"}),
    ("stylegan2", {**PROGRESSIVE, "latent": 8, "latent_width": WIDE, "palette": 5, "unfold": 2, "skip": "folded"}),
    ("stylegan2-ada", {**PROGRESSIVE, "latent": 8, "latent_width": WIDE}),
]


def test_eigenvectors_are_those_of_a_reference() -> None:
    torch.manual_seed(0)
    weights = [torch.randn(30, 9), torch.randn(5, 9) * 3]
    found, shares = factorise(weights, 9)
    _, lengths, rows = torch.linalg.svd(torch.cat(weights).double(), full_matrices=False)  # another way to the same
    assert torch.allclose((found * rows).sum(dim=1).abs(), torch.ones(9, dtype=torch.float64), atol=1e-10)
    assert torch.allclose(shares, lengths.square() / lengths.square().sum(), atol=1e-12)
    assert torch.allclose(found @ found.T, torch.eye(9, dtype=torch.float64), atol=1e-12)
    assert (found.gather(1, found.abs().argmax(dim=1, keepdim=True)) > 0).all()


def test_what_is_kept_has_no_share_in_them() -> None:
    torch.manual_seed(1)
    kept = torch.linalg.qr(torch.randn(9, 3, dtype=torch.float64)).Q.T
    found, _ = factorise([torch.randn(30, 9)], 6, kept)
    assert (found @ kept.T).abs().max() < 1e-12
    with pytest.raises(NijigenError, match="1 to 6 directions"):
        factorise([torch.randn(30, 9)], 7, kept)
    with pytest.raises(NijigenError, match="--count 0"):
        factorise([torch.randn(3, 9)], 0)


def test_every_family_has_a_case() -> None:
    assert {family for family, _ in CASES} == set(families("avatars"))


@pytest.mark.parametrize(("family", "options"), CASES)
@torch.no_grad()
def test_a_latent_enters_nowhere_else(family: str, options: dict[str, Any]) -> None:
    """A direction that all entrances leave out changes nothing; the first of the factorised ones changes most."""
    torch.manual_seed(0)
    found = find_family(family)
    generator = found.build(Shape(16, 3, 3), found.options.model_validate(options))["generator"]
    assert isinstance(generator, Generator)
    generator.eval()
    weights = [entrance.weight for entrance in generator.entrances()]
    width = weights[0].shape[1]
    assert width == (options.get("latent_width", generator.z_dim) if generator.layers else generator.z_dim)
    if generator.layers:
        assert {entrance.layer for entrance in generator.entrances()} == set(range(generator.layers))
    latent = generator.map(generator.noise(range(4)), torch.eye(3)[[0, 1, 2, 0]])
    before = generator.synthesize(latent)
    stacked = torch.cat(weights).double()
    vector = torch.randn(width, dtype=torch.float64)
    _, lengths, rows = torch.linalg.svd(stacked, full_matrices=False)
    rows = rows[lengths > 1e-9 * lengths[0]]
    assert len(rows) < width
    nothing = vector - rows.T @ (rows @ vector)
    top = factorise(weights, 1)[0][0]

    def moved(way: torch.Tensor) -> float:
        whole = torch.cat([way / way.norm() * 5, way.new_zeros(latent.shape[-1] - width)]).float()
        return float((generator.synthesize(latent + whole) - before).abs().max())

    assert moved(nothing) < 1e-4 * max(1.0, float(before.abs().max()))
    assert moved(top) > 100 * moved(nothing)


def test_a_family_that_does_not_say_names_those_that_do() -> None:
    class Silent(Generator):
        def map(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return z

        def synthesize(self, latent: torch.Tensor) -> torch.Tensor:
            return latent

    with pytest.raises(NijigenError, match=r"dcgan, lucidrains, pggan, .* --method boundary") as refusal:
        Silent().entrances()
    assert all(family in str(refusal.value) for family in families("avatars"))
