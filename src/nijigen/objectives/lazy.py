"""Regularising only now and then, and what it does to Adam."""


def lazy_adam(rate: float, beta1: float, beta2: float, every: int) -> tuple[float, float, float]:
    """Adam's rate and betas where a regulariser takes a step of its own after each ``every`` steps of the loss.

    Then Adam takes ``every + 1`` steps where it took ``every``, so its rate and memory are shortened to cover the same
    pictures: with c = every / (every + 1), rate · c and β^c (1912.04958, appendix B). The regulariser itself is
    multiplied by ``every`` by the caller. A penalty that is added to the loss in one step needs no correction.

    Raises:
        ValueError: ``every`` below 1.
    """
    if every < 1:
        raise ValueError(f"a lazy regulariser comes every 1 or more steps, not {every}")
    c = every / (every + 1)
    return rate * c, beta1**c, beta2**c
