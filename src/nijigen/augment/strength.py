"""How strong augmentation is: p fixed, on a schedule, or adapted to what the discriminator shows of overfitting.

All are pure functions of numbers: p is part of the training state, and whoever holds it logs and saves it.
"""

import math

import torch
from torch import Tensor

from nijigen.errors import NijigenError

TARGET = 0.6  # of the mean sign of D(real), for which the paper found wide optimum (2006.06676, §3.2)
SPEED = 500_000  # real images in which p can rise from 0 to 1 (§3.1)


def check_strength(p: float | Tensor) -> float:
    """``p`` as a number; one that lies on an accelerator is waited for.

    Raises:
        NijigenError: it is not between 0 and 1.
    """
    number = float(p)
    if not 0 <= number <= 1:
        raise NijigenError(f"augmentation strength p={number:g}: use a number between 0 and 1")
    return number


def sign_mean(real_logits: Tensor) -> Tensor:
    """Mean sign of the discriminator's logits of real pictures, a scalar in [-1, 1]: r_t of 2006.06676, eq. 1.

    0: real and made pictures look alike to the discriminator; 1: it knows every real picture. It has a meaning only
    where the logit's sign says "real", so not for Wasserstein critics or relativistic pairs.
    """
    return torch.sign(real_logits.detach()).mean()


def adapted_strength(p: float, sign: float, images: int, target: float = TARGET, speed: int = SPEED) -> float:
    """The next p: a step up where the discriminator overfits, else a step down, clamped to [0, 1] (2006.06676, §3.1).

    Args:
        p: the strength so far.
        sign: mean of :func:`sign_mean` since the last step; at the target exactly, or not a number, p stays.
        images: real images seen since the last step (the paper takes a step every four batches).
        target: the mean sign to keep.
        speed: real images in which p can go from 0 to 1.

    Raises:
        NijigenError: p out of range, or a speed that is not positive.
    """
    p = check_strength(p)
    if speed <= 0:
        raise NijigenError(f"augmentation speed={speed}: use a number of images above 0")
    if math.isnan(sign) or sign == target:
        return p
    return min(1.0, max(0.0, p + math.copysign(images / speed, sign - target)))


def scheduled_strength(p: float, images: int, over: int) -> float:
    """0 at the start, then up along half a cosine to ``p`` after ``over`` real images, and ``p`` from there on.

    For objectives whose logits have no meaningful sign (Wasserstein, relativistic). The cosine is R3GAN's schedule
    (2501.05441, appendix): it starts and ends without a jolt. ``over = 0`` is a fixed p.

    Raises:
        NijigenError: p out of range.
    """
    p = check_strength(p)
    if images >= over:
        return p
    return p * (1 - math.cos(math.pi * max(images, 0) / over)) / 2
