"""Losses of painting in one pass, against plain formulas in float64."""

import math

import torch
from torch import Tensor

from nijigen.nn.attended import EPS
from nijigen.objectives.painting import (
    TINY,
    local_target,
    seen_difference,
    statistics_difference,
    structure_difference,
)


def seen(*shape: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=random, dtype=torch.float64) * 3


def plain_normed(x: Tensor) -> Tensor:
    made = torch.empty_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            made[n, c] = (x[n, c] - x[n, c].mean()) / math.sqrt(float(x[n, c].var(correction=0)) + EPS)
    return made


def test_structure_is_the_squared_difference_of_normalised_features() -> None:
    made, wanted = seen(2, 3, 4, 5), seen(2, 3, 4, 5, seed=1)
    difference = float(structure_difference(made, wanted))
    assert math.isclose(difference, float((plain_normed(made) - plain_normed(wanted)).square().mean()), rel_tol=1e-12)
    assert 1.5 < float(structure_difference(seen(1, 8, 32, 32), seen(1, 8, 32, 32, seed=1))) < 2.5


def test_structure_is_blind_to_colour_and_contrast() -> None:
    wanted = seen(2, 3, 4, 5)
    assert float(structure_difference(wanted * 5 + 2, wanted)) < 1e-6


def test_statistics_are_means_and_deviations_in_the_styles_own() -> None:
    made, wanted = seen(2, 3, 4, 5), seen(2, 3, 6, 2, seed=1) + 1
    away = scale = 0.0
    for n in range(2):
        for c in range(3):
            one, other = made[n, c], wanted[n, c]
            deviations = [math.sqrt(float(x.var(correction=0)) + EPS) for x in (one, other)]
            away += float(one.mean() - other.mean()) ** 2 + (deviations[0] - deviations[1]) ** 2
            scale += float(other.mean()) ** 2 + deviations[1] ** 2
    assert math.isclose(float(statistics_difference(made, wanted)), away / (scale + 6 * TINY), rel_tol=1e-9)
    assert float(statistics_difference(wanted, wanted)) == 0


def test_statistics_do_not_depend_on_where_things_are() -> None:
    wanted = seen(1, 3, 4, 4)
    turned = wanted.flip(2).transpose(2, 3)
    assert float(statistics_difference(turned, wanted)) < 1e-20


def test_seen_difference_is_in_what_is_wanted() -> None:
    made, wanted = seen(2, 3, 4, 5), seen(2, 3, 4, 5, seed=1)
    plain = float(((made - wanted) ** 2).sum() / ((wanted**2).sum() + made.numel() * TINY))
    assert math.isclose(float(seen_difference(made, wanted)), plain, rel_tol=1e-12)
    assert math.isclose(float(seen_difference(10 * made, 10 * wanted)), plain, rel_tol=1e-6)


def test_the_local_target_is_adaattn_without_anything_learned() -> None:
    content, style = seen(1, 4, 3, 2), seen(1, 4, 2, 5, seed=1)
    content_own, style_own = content[:, 2:], style[:, 2:]
    target = local_target(content, style, content_own, style_own)
    asking = plain_normed(content)[0].flatten(1).T
    keys = plain_normed(style)[0].flatten(1).T
    values = style_own[0].flatten(1).T
    weights = torch.softmax(asking @ keys.T / math.sqrt(4), dim=1)
    mean = weights @ values
    spread = torch.stack([(w[:, None] * (values - m).square()).sum(dim=0) for w, m in zip(weights, mean, strict=True)])
    own = plain_normed(content_own)[0].flatten(1).T
    wanted = (spread + EPS).sqrt() * own + mean
    assert torch.allclose(target[0].flatten(1).T, wanted, atol=1e-10)
    assert target.shape == content_own.shape


def test_only_what_is_made_gets_a_gradient() -> None:
    for loss in (structure_difference, statistics_difference, seen_difference):
        made, wanted = seen(1, 2, 3, 3).requires_grad_(), seen(1, 2, 3, 3, seed=1).requires_grad_()
        loss(made, wanted).backward()  # type: ignore[no-untyped-call]
        assert made.grad is not None
        assert float(made.grad.abs().sum()) > 0
        assert wanted.grad is None
    assert not local_target(*(seen(1, 2, 3, 3).requires_grad_() for _ in range(4))).requires_grad
