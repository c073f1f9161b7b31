"""What the two players minimise.

Every objective is a pair of pure functions of logits ``[N]`` (real pictures, made pictures) → losses ``[N]``, one for
each pair and not averaged, so that a phase may weigh pictures before it takes the mean. With D the discriminator's
probability ``sigmoid(logit)``:

==============  ==========================================  ==============================  =====================
name            discriminator                               generator                       source
==============  ==========================================  ==============================  =====================
minimax         −log D(real) − log(1 − D(fake))             log(1 − D(fake))                1406.2661, §3
non-saturating  −log D(real) − log(1 − D(fake))             −log D(fake)                    1406.2661, §3
hinge           max(0, 1 − real) + max(0, 1 + fake)         −fake                           1705.02894; 1802.05957
wasserstein     fake − real                                 −fake                           1701.07875, alg. 1
least-squares   ½ (real − 1)² + ½ fake²                     ½ (fake − 1)²                   1611.04076, eq. 2 and 9
relativistic    log(1 + exp(fake − real))                   log(1 + exp(real − fake))       1807.00734; 2501.05441
==============  ==========================================  ==============================  =====================

One-sided label smoothing (1606.03498, §3.4) lowers the target of real pictures from 1 to ``1 − smoothing``:
−log D(real) becomes −(1 − smoothing) log D(real) − smoothing log(1 − D(real)), and least squares aims there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import relu, softplus

from nijigen.errors import NijigenError


@dataclass(frozen=True)
class Objective:
    """One row of the table, with what is true of it.

    Attributes:
        name: as a recipe says it.
        judge: (real, fake, smoothing) → the discriminator's losses; called through :meth:`discriminator`.
        persuade: (fake, real) → the generator's losses; called through :meth:`generator`.
        dismiss: logits of pictures that are neither → the discriminator's losses; called through :meth:`negative`.
        paired: the generator's loss needs the logits of real pictures too.
        adaptive: sign(D(real)) says how often the discriminator is right, so augmentation can follow it.
        smoothable: real pictures have a target that label smoothing can lower.
        needs_bound: means nothing unless the critic's slope is bounded: by clipping, a gradient penalty or spectral
            norm.
    """

    name: str
    judge: Callable[[Tensor, Tensor, float], Tensor]
    persuade: Callable[[Tensor, Tensor], Tensor]
    dismiss: Callable[[Tensor], Tensor] | None = None
    paired: bool = False
    adaptive: bool = False
    smoothable: bool = False
    needs_bound: bool = False

    def discriminator(self, real: Tensor, fake: Tensor, smoothing: float = 0.0) -> Tensor:
        """Losses ``[N]`` of the discriminator for logits ``[N]`` of real and of made pictures.

        Args:
            real: logits of real pictures.
            fake: logits of made pictures, as many.
            smoothing: how far the target of real pictures is below 1, in [0, 1).

        Raises:
            NijigenError: smoothing where the objective has no target to smooth, or out of range.
            ValueError: logits of two shapes, or not ``[N]``.
        """
        _same(real, fake)
        if not 0 <= smoothing < 1:
            raise NijigenError(f"label smoothing must be at least 0 and below 1, not {smoothing:g}")
        if smoothing and not self.smoothable:
            able = ", ".join(name for name, objective in OBJECTIVES.items() if objective.smoothable)
            raise NijigenError(f"{self.name} has no target to smooth: set label smoothing to 0 or use {able}")
        return self.judge(real, fake, smoothing)

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Losses ``[N]`` of the generator for logits ``[N]`` of made pictures.

        Args:
            fake: logits of made pictures.
            real: logits of real pictures, as many; needed where the objective is ``paired``, else left alone.

        Raises:
            ValueError: a paired objective without real logits, logits of two shapes, or not ``[N]``.
        """
        if real is None:
            if self.paired:
                raise ValueError(f"the generator's {self.name} loss needs the logits of real pictures too")
            real = fake
        _same(real, fake)
        return self.persuade(fake, real)

    def negative(self, logits: Tensor) -> Tensor:
        """Losses ``[N]`` of the discriminator for pictures that nobody made and that it is to refuse as if made.

        Drawings whose edges were smoothed, say, in CartoonGAN (CVPR 2018, eq. 4): the part of :meth:`discriminator`
        that is about made pictures.

        Raises:
            NijigenError: the objective has no such part by itself.
        """
        if self.dismiss is None:
            able = ", ".join(name for name, objective in OBJECTIVES.items() if objective.dismiss)
            raise NijigenError(f"{self.name} compares real with made pictures and has no negatives: use {able}")
        return self.dismiss(logits)


def wasserstein_estimate(real: Tensor, fake: Tensor) -> Tensor:
    """The critic's estimate of the distance between real and made pictures, a scalar: mean(real) − mean(fake).

    Up to the critic's Lipschitz constant it is the Wasserstein distance (1701.07875, eq. 3), and falls as pictures
    become better. The two batches of logits may differ in size.
    """
    return real.mean() - fake.mean()


def _same(real: Tensor, fake: Tensor) -> None:
    # [N] and [N, 1] would broadcast to [N, N]: a loss that trains, badly, without a word.
    if real.dim() != 1 or real.shape != fake.shape:
        raise ValueError(f"logits must be [N] and as many real as made, not {[*real.shape]} and {[*fake.shape]}")


def _cross_entropy(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    # −log sigmoid(x) = softplus(−x) and −log(1 − sigmoid(x)) = softplus(x): exact and without overflow.
    return (1 - smoothing) * softplus(-real) + smoothing * softplus(real) + softplus(fake)


def _hinge(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    return relu(1 - real) + relu(1 + fake)


def _critic(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    return fake - real


def _least_squares(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    return ((real - (1 - smoothing)).square() + fake.square()) / 2


def _far_from_nought(logits: Tensor) -> Tensor:
    return logits.square() / 2


def _relativistic(real: Tensor, fake: Tensor, smoothing: float) -> Tensor:
    return softplus(fake - real)


OBJECTIVES = {
    objective.name: objective
    for objective in (
        Objective(
            "minimax", _cross_entropy, lambda fake, real: -softplus(fake), softplus, adaptive=True, smoothable=True
        ),
        Objective(
            "non-saturating",
            _cross_entropy,
            lambda fake, real: softplus(-fake),
            softplus,
            adaptive=True,
            smoothable=True,
        ),
        Objective("hinge", _hinge, lambda fake, real: -fake, lambda logits: relu(1 + logits), adaptive=True),
        Objective("wasserstein", _critic, lambda fake, real: -fake, needs_bound=True),
        Objective(
            "least-squares",
            _least_squares,
            lambda fake, real: (fake - 1).square() / 2,
            _far_from_nought,
            smoothable=True,
        ),
        Objective("relativistic", _relativistic, lambda fake, real: softplus(real - fake), paired=True),
    )
}
