"""What keeps the players' slopes in check: small pure functions, to be weighed by the caller.

==================  ===============================================  ====================================
name                what it returns                                  source
==================  ===============================================  ====================================
gradient penalty    mean (‖∇ critic(x)‖ − 1)², x between the two     1704.00028, eq. 3
slope penalty       ½ mean ‖∇ logit(x)‖²; R1: x real, R2: x made     1801.04406, eq. 9 and 10
drift               mean logit(real)²                                1710.10196, appendix A.1
path length         mean (‖Jᵀ y‖ − a)², J = ∂ picture / ∂ latent     1912.04958, §3.2
weight clipping     every parameter into [−limit, limit]             1701.07875, algorithm 1
==================  ===============================================  ====================================

Penalties are scalars with a graph for a second backward pass. A picture's gradient is taken from the sum of the batch's
logits, which is its own only where pictures do not mix: the gradient penalty wants a critic without batch norm.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

Critic = Callable[[Tensor], Tensor]
"""Pictures ``[N, C, R, R]`` → logits ``[N]``; labels are bound to it by the caller."""

PATH_LENGTH_RATE = 0.01
"""How fast the target length follows the batches (1 − the paper's decay of 0.99)."""


class PathLength(NamedTuple):
    """The penalty (scalar, with graph) and the updated mean length (scalar, detached)."""

    penalty: Tensor
    mean: Tensor


def gradient_penalty(critic: Critic, real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """How far the critic's slope is from 1 between real and made pictures; a scalar (1704.00028, eq. 3).

    Args:
        critic: pictures → logits ``[N]``.
        real: pictures ``[N, C, R, R]``.
        fake: made pictures of the same shape. Neither gets a gradient.
        mix: ``[N, 1, 1, 1]`` in [0, 1], uniform in the paper: the share of the real picture.

    Raises:
        ValueError: shapes that do not fit.
    """
    if real.shape != fake.shape or mix.shape != (real.shape[0], 1, 1, 1):
        raise ValueError(
            f"real {[*real.shape]} and made {[*fake.shape]} pictures must be of one shape, mix [N, 1, 1, 1] is "
            f"{[*mix.shape]}"
        )
    between = fake.detach().lerp(real.detach(), mix.to(real.dtype)).requires_grad_()
    slopes = _slopes(critic(between), between)
    # vector_norm has derivative 0 at 0, where a written-out square root has none: a critic may start out flat.
    lengths: Tensor = torch.linalg.vector_norm(slopes, dim=(1, 2, 3))
    return (lengths - 1).square().mean()


def slope_penalty(logits: Tensor, pictures: Tensor) -> Tensor:
    """Half the mean squared gradient norm of the logits at the pictures; a scalar, times γ outside.

    R1 where the pictures are real, R2 where they are made (1801.04406, eq. 9 and 10). It takes a forward pass that is
    already there, so that the loss and the penalty share it.

    Args:
        logits: ``[N]``, computed from ``pictures``.
        pictures: ``[N, C, R, R]`` that had ``requires_grad`` before the logits were computed.

    Raises:
        ValueError: the pictures carry no gradient.
    """
    if not pictures.requires_grad:
        raise ValueError("call requires_grad_() on the pictures before their logits are computed")
    return _slopes(logits, pictures).square().sum((1, 2, 3)).mean() / 2


def drift(real_logits: Tensor) -> Tensor:
    """Mean square of the real logits: keeps a critic near 0 whose loss does not say where it is (1710.10196, A.1)."""
    return real_logits.square().mean()


def path_length(images: Tensor, latent: Tensor, noise: Tensor, mean: Tensor | float) -> PathLength:
    """How unevenly pictures follow the latent (1912.04958, §3.2).

    The length of a picture is the norm of the gradient of ``sum(images · noise) / √(H·W)`` to its latent: for a
    layer-wise latent the root of the mean over layers of the squared norm. The penalty is the mean square of lengths
    minus their running mean. Keep the returned mean and hand it in the next time; it starts at 0.

    Args:
        images: ``[N, C, H, W]``, synthesized from ``latent``.
        latent: ``[N, layers, dim]`` or ``[N, dim]``, with a graph to the images.
        noise: normal noise of the shape of the images, of variance 1.
        mean: running mean of the lengths so far.

    Raises:
        ValueError: a noise of another shape than the images.
    """
    if noise.shape != images.shape:
        raise ValueError(f"the noise {[*noise.shape]} must have the shape of the images {[*images.shape]}")
    height, width = images.shape[2:]
    projected = (images * noise).sum() / (height * width) ** 0.5
    (gradient,) = torch.autograd.grad(projected, latent, create_graph=True)
    layers = latent.shape[1] if latent.dim() == 3 else 1
    lengths = torch.linalg.vector_norm(gradient.flatten(1), dim=1) / layers**0.5
    updated = mean + PATH_LENGTH_RATE * (lengths.detach().mean() - mean)
    return PathLength((lengths - updated).square().mean(), updated)


def clip_weights(network: nn.Module, limit: float) -> None:
    """Every parameter into [−limit, limit], in place; 0.01 in 1701.07875, algorithm 1.

    Buffers stay as they are, and parameters that are not trained (``requires_grad``).

    Raises:
        ValueError: a limit that is not above 0.
    """
    if not limit > 0:
        raise ValueError(f"weights are clipped to a limit above 0, not {limit:g}")
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.clamp_(-limit, limit)


def _slopes(logits: Tensor, pictures: Tensor) -> Tensor:
    (slopes,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return slopes
