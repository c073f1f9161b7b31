"""What the two players minimise.

Every objective is a pair of pure functions of logits ``[N]`` (real pictures, made pictures) → a scalar, the mean over
the batch. With D the discriminator's probability ``sigmoid(logit)``:

==============  ==========================================  ==============================  =====================
name            discriminator                               generator                       source
==============  ==========================================  ==============================  =====================
minimax         −log D(real) − log(1 − D(fake))             log(1 − D(fake))                1406.2661, §3
non-saturating  −log D(real) − log(1 − D(fake))             −log D(fake)                    1406.2661, §3
hinge           max(0, 1 − real) + max(0, 1 + fake)         −fake                           1705.02894; 1802.05957
==============  ==========================================  ==============================  =====================
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import relu, softplus


@dataclass(frozen=True)
class Objective:
    """The loss of the discriminator (real logits, fake logits) and of the generator (fake logits)."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


def _cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    # −log sigmoid(x) = softplus(−x) and −log(1 − sigmoid(x)) = softplus(x): exact and without overflow.
    return (softplus(-real) + softplus(fake)).mean()


def _hinge(real: Tensor, fake: Tensor) -> Tensor:
    return (relu(1 - real) + relu(1 + fake)).mean()


OBJECTIVES = {
    "minimax": Objective(_cross_entropy, lambda fake: -softplus(fake).mean()),
    "non-saturating": Objective(_cross_entropy, lambda fake: softplus(-fake).mean()),
    "hinge": Objective(_hinge, lambda fake: -fake.mean()),
}
