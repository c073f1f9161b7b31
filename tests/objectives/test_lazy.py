"""Lazy regularisation keeps what Adam does over the same pictures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.objectives.lazy import lazy_adam


def test_the_papers_numbers() -> None:
    """1912.04958, appendix B: the discriminator's penalty every 16, the generator's every 4, of (2e-3, 0, 0.99)."""
    assert lazy_adam(2e-3, 0.0, 0.99, 16) == pytest.approx((2e-3 * 16 / 17, 0.0, 0.99 ** (16 / 17)))
    assert lazy_adam(2e-3, 0.0, 0.99, 4) == pytest.approx((2e-3 * 4 / 5, 0.0, 0.99 ** (4 / 5)))


@given(st.floats(1e-6, 1), st.floats(0, 0.999), st.floats(0.5, 0.9999), st.integers(1, 1000))
def test_as_far_and_as_forgetful_as_before(rate: float, beta1: float, beta2: float, every: int) -> None:
    """``every + 1`` corrected steps go as far and forget as much as ``every`` plain ones."""
    new_rate, new_beta1, new_beta2 = lazy_adam(rate, beta1, beta2, every)
    assert new_rate * (every + 1) == pytest.approx(rate * every)
    assert new_beta1 ** (every + 1) == pytest.approx(beta1**every, rel=1e-6, abs=1e-300)
    assert new_beta2 ** (every + 1) == pytest.approx(beta2**every, rel=1e-6, abs=1e-300)


@pytest.mark.parametrize("every", [0, -4])
def test_never_is_refused(every: int) -> None:
    with pytest.raises(ValueError, match="every 1 or more steps"):
        lazy_adam(1e-3, 0.0, 0.99, every)
