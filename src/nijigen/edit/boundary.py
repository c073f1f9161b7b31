"""Boundaries between latents with and without something (InterFaceGAN, Shen et al. 2020, 2005.09635).

A plane that parts the two sides has a normal, and along it a picture gets more of the one and less of the other (§3.1).
What must not change has normals too: taking their share out leaves a direction at right angles to all of them
(conditional manipulation, §3.2).
"""

import torch
from torch import Tensor

ROUNDS = 50
HELD_OUT = 5  # of so many samples one shows how well the boundary holds
# Weight of the normal's square against the mistakes, in latents of unit spread: less of it fits noise and does little,
# more of it leans toward the difference of the means and changes other things too (docs/editing.md).
STIFFNESS = 0.1


def held_out_accuracy(points: Tensor, positive: Tensor) -> float:
    """How well a boundary holds: a fifth of each side is put aside, and judged by the plane between the others.

    Args:
        points: ``[N, dim]``.
        positive: bool ``[N]``: which of them have it; two or more on each side.

    Returns:
        The share on its side, the mean over both sides, however rare one is; 0.5 is chance.
    """
    points = points.to(torch.float64)
    held = torch.zeros(len(points), dtype=torch.bool)
    for side in (positive, ~positive):
        held[side.nonzero().flatten()[::HELD_OUT]] = True
    normal, offset = part(points[~held], positive[~held])
    right = (points[held] @ normal + offset > 0) == positive[held]
    return float(sum(right[side].double().mean() for side in (positive[held], ~positive[held])) / 2)


def part(points: Tensor, positive: Tensor) -> tuple[Tensor, Tensor]:
    """A linear support vector machine with squared hinge loss, both sides counting alike.

    Newton's method in the primal (Chapelle 2007, "Training a support vector machine in the primal"): a few systems of
    the latent's width, without a random number.

    Args:
        points: float64 ``[N, dim]``.
        positive: bool ``[N]``, both sides occur.

    Returns:
        The unit normal float64 ``[dim]`` and the offset: ``points @ normal + offset`` is positive on the side with it.
    """
    middle = points.mean(dim=0)
    spread = (points - middle).square().mean().sqrt().clamp_min(1e-12)
    # One scale for all numbers of the latent: its angles stay what they are.
    x = torch.cat([(points - middle) / spread, torch.ones(len(points), 1, dtype=torch.float64)], dim=1)
    y = torch.where(positive, 1.0, -1.0).to(torch.float64)
    weight = torch.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum()).to(torch.float64)
    stiffness = torch.full((x.shape[1],), STIFFNESS, dtype=torch.float64)
    stiffness[-1] = 0  # the offset is free

    def loss(w: Tensor) -> Tensor:
        return (weight * (1 - y * (x @ w)).clamp_min(0).square()).sum() + (stiffness * w.square()).sum()

    w = torch.zeros(x.shape[1], dtype=torch.float64)
    now = loss(w)
    for _ in range(ROUNDS):
        slack = (1 - y * (x @ w)).clamp_min(0)
        gradient = stiffness * w - x.T @ (weight * slack * y)
        curved = x[slack > 0]
        curvature = curved.T @ (curved * weight[slack > 0, None]) + torch.diag(stiffness.clamp_min(1e-10))
        step, size = torch.linalg.solve(curvature, gradient), 1.0
        while size > 1e-6 and loss(w - size * step) > now:
            size /= 2
        before, w = now, w - size * step
        now = loss(w)
        if before - now <= 1e-12 * before:
            break
    normal = w[:-1]
    length = normal.norm().clamp_min(1e-300)
    offset = (w[-1] - (normal @ middle) / spread) * spread / length
    return normal / length, offset


def basis(normals: Tensor) -> Tensor:
    """Orthonormal rows ``[K', dim]`` of the space that normals ``[K, dim]`` span, K' ≤ K; float64.

    Values of one attribute leave one out: their normals hold each other, and what is hardly there is left out.
    """
    _, lengths, rows = torch.linalg.svd(normals.to(torch.float64), full_matrices=False)
    independent: Tensor = rows[lengths > 1e-6 * lengths[:1]]
    return independent


def without(vector: Tensor, kept: Tensor) -> Tensor:
    """What of a vector ``[dim]`` is at right angles to orthonormal rows ``[K, dim]``."""
    once = vector - kept.T @ (kept @ vector)
    return once - kept.T @ (kept @ once)  # again: what rounding left of them
