"""Confidence that is true: temperatures and the error that is left."""

import pytest
import torch

from nijigen.features.calibration import calibration_error, fit_temperature


def sampled(temperature: float, count: int = 20_000, values: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and answers drawn as softmax(logits / temperature) says."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(count, values, generator=generator, dtype=torch.float64) * 3
    answers = torch.multinomial(torch.softmax(logits / temperature, 1), 1, generator=generator).flatten()
    return logits, answers


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5, 6.0])
def test_the_temperature_of_the_answers_is_found(temperature):
    logits, answers = sampled(temperature)
    assert fit_temperature(logits, answers) == pytest.approx(temperature, rel=0.05)


def test_it_is_the_minimum_of_the_likelihood():
    logits, answers = sampled(2.0, 500)
    found = fit_temperature(logits, answers)
    losses = [
        torch.nn.functional.cross_entropy(logits / t, answers).item() for t in (found * 0.98, found, found * 1.02)
    ]
    assert losses[1] == min(losses)


def test_unknown_answers_do_not_count():
    logits, answers = sampled(2.0, 2_000)
    more = torch.cat([logits, torch.full((50, 4), 9.0, dtype=torch.float64)])
    assert fit_temperature(more, torch.cat([answers, torch.full((50,), -1)])) == fit_temperature(logits, answers)
    assert fit_temperature(logits, torch.full_like(answers, -1)) == 1.0


def test_the_error_of_true_confidence_is_small_and_of_false_confidence_known():
    logits, answers = sampled(2.5)
    assert calibration_error(torch.softmax(logits / 2.5, 1), answers) < 0.015
    assert calibration_error(torch.softmax(logits, 1), answers) > 0.1
    # 80 % sure and right in 3 of 5: the gap is 20 points. Unknown rows count for nothing.
    rows = torch.tensor([[0.8, 0.2]]).repeat(7, 1)
    right = torch.tensor([0, 0, 0, 1, 1, -1, -1])
    assert calibration_error(rows, right) == pytest.approx(0.2, abs=1e-6)
    assert calibration_error(rows, torch.full((7,), -1)) == 0.0


def test_gaps_of_one_bin_may_cancel_and_gaps_of_two_may_not():
    rows = torch.tensor([[0.61, 0.39], [0.65, 0.35], [0.95, 0.05], [0.95, 0.05]])
    right = torch.tensor([0, 1, 0, 1])
    # [0.6, 0.667): sure 0.63, right 0.5. [0.933, 1]: sure 0.95, right 0.5.
    assert calibration_error(rows, right) == pytest.approx((0.13 * 2 + 0.45 * 2) / 4, abs=1e-6)
