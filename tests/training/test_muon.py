"""Orthogonal steps for matrices, Adam's for the rest."""

import copy

import torch

from nijigen.training.muon import MuonAdam, is_matrix, orthogonal


def test_singular_values_become_alike_and_their_vectors_stay() -> None:
    torch.manual_seed(0)
    for rows, columns in [(12, 30), (12, 200), (30, 12)]:
        matrix = torch.randn(rows, columns, dtype=torch.float64)
        made = orthogonal(matrix)
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        values = left.T @ made @ right.T
        torch.testing.assert_close(values, torch.diag(values.diagonal()), rtol=0, atol=1e-9)
        assert values.diagonal().min() > 0.6
        assert values.diagonal().max() < 1.3


def test_a_step_is_as_long_as_was_asked_for() -> None:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.zeros(16, 24, 3, 3))
    before = weight.detach().clone()
    optimizer = MuonAdam([weight], 0.5, (0.9, 0.99), 0.4)
    weight.grad = torch.randn(16, 24, 3, 3)
    given = weight.grad
    optimizer.step()
    change = (weight - before).square().mean().sqrt().item()
    assert 0.75 * 0.5 * 0.4 < change < 1.25 * 0.5 * 0.4
    assert weight.grad is given  # whoever looks at it later finds it
    assert (weight * given).sum() < 0  # downhill


def test_momentum_is_the_mean_of_gradients_looked_at_from_where_it_goes() -> None:
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.zeros(12, 12, dtype=torch.float64))
    optimizer = MuonAdam([weight], 1.0, (0.75, 0.99), 1.0)
    mean, wanted = torch.zeros(12, 12, dtype=torch.float64), torch.zeros(12, 12, dtype=torch.float64)
    for _ in range(4):
        weight.grad = torch.randn(12, 12, dtype=torch.float64)
        mean = 0.75 * mean + 0.25 * weight.grad
        wanted = wanted - orthogonal(0.25 * weight.grad + 0.75 * mean) * 12**0.5
        optimizer.step()
    torch.testing.assert_close(weight.detach(), wanted)


def test_what_is_no_matrix_takes_the_steps_of_adam() -> None:
    torch.manual_seed(0)
    shapes = [(30,), (4, 40), (1, 32, 4, 4), (2, 32, 8)]
    ours = [torch.nn.Parameter(torch.randn(shape)) for shape in [*shapes, (20, 20)]]
    theirs = [torch.nn.Parameter(weight.detach().clone()) for weight in ours]
    assert [is_matrix(weight) for weight in ours] == [False, False, False, False, True]
    mixed, plain = MuonAdam(ours, 0.01, (0.9, 0.99), 0.4), torch.optim.Adam(theirs, 0.01, (0.9, 0.99), fused=True)
    for _ in range(3):
        for weight, other in zip(ours, theirs, strict=True):
            weight.grad = torch.randn_like(weight)
            other.grad = weight.grad.clone()
        mixed.step()
        plain.step()
    for weight, other in zip(ours[:-1], theirs[:-1], strict=True):
        assert torch.equal(weight, other)
    assert not torch.equal(ours[-1], theirs[-1])


def test_a_matrix_without_a_gradient_stays() -> None:
    weights = [torch.nn.Parameter(torch.randn(16, 16)) for _ in range(2)]
    before = [weight.detach().clone() for weight in weights]
    weights[0].grad = torch.randn(16, 16)
    MuonAdam(weights, 0.1, (0.9, 0.99), 0.4).step()
    assert not torch.equal(weights[0], before[0])
    assert torch.equal(weights[1], before[1])


def test_a_copy_steps_as_the_original_does() -> None:
    """Forecasts try out a copy of the optimiser."""
    weights = [torch.nn.Parameter(torch.eye(12) + 1) for _ in range(2)]
    optimizer = MuonAdam(weights[:1], 0.01, (0.9, 0.99), 0.4)
    copied = copy.deepcopy(optimizer)
    assert copied.size == 0.4
    other = copied.param_groups[0]["params"][0]
    for weight, one in ((weights[0], optimizer), (other, copied)):
        weight.grad = torch.arange(144.0).reshape(12, 12).sin()
        one.step()
    assert torch.equal(weights[0], other)
