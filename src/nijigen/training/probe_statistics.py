"""What a probe counts on pictures: small numbers without any network, in float64, each checked by hand in the tests.

Pictures are compared at 16 × 16 px: colours, shapes and places, and no grain. Distances are root mean squares over the
values of a picture, in the units of [-1, 1].
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

SIDE, LEAK_SIDE = 16, 8
EDGE = 0.98  # of the range: beyond it a value is as good as cut off
TINY = 1e-12


def shrunk(pictures: Tensor, side: int = SIDE) -> Tensor:
    """Pictures ``[N, C, R, R]`` in [-1, 1] → float64 ``[N, C · s · s]`` on the CPU, s = min(side, R), by averaging."""
    pictures = pictures.detach().clamp(-1, 1)
    if pictures.shape[-1] > side:
        pictures = avg_pool2d(pictures, pictures.shape[-1] // side)
    return pictures.flatten(1).cpu().double()


def distances(some: Tensor, others: Tensor) -> Tensor:
    """Root mean square differences ``[N, M]`` between rows ``[N, D]`` and ``[M, D]``."""
    # In float64 what this way of writing it loses is a ten-millionth of the range; it is a product of matrices.
    squares = some.square().sum(dim=1)[:, None] + others.square().sum(dim=1)[None, :] - 2 * some @ others.T
    return (squares.clamp(min=0) / max(1, some.shape[1])).sqrt()


def mean_apart(within: Tensor) -> float:
    """Mean of a square matrix of distances without its diagonal; 0 for fewer than two pictures."""
    count = len(within)
    return float(within.sum() / (count * (count - 1))) if count > 1 else 0.0


def nearest(within: Tensor) -> float:
    """Mean distance of each picture to its nearest other one."""
    others = within.clone().fill_diagonal_(torch.inf)
    return float(others.min(dim=1).values.mean()) if len(within) > 1 else 0.0


def spread(made: Tensor, real: Tensor) -> dict[str, float]:
    """How far made pictures ``[N, D]`` lie apart and from real ones ``[M, D]``.

    ``diversity``: mean distance between two made pictures, in that between two real ones. ``diversity.nearest``: the
    same of each one's nearest neighbour among as many: low where a few pictures come again and again. ``gap``: twice
    the energy distance (Székely & Rizzo 2013), ``2 E|m − r| − E|m − m'| − E|r − r'|``, in ``E|r − r'|``; 0 where
    both are alike, unbiased.
    """
    count = min(len(made), len(real))
    among_made, among_real = distances(made, made), distances(real, real)
    apart = max(mean_apart(among_real), TINY)
    near = max(nearest(among_real[:count, :count]), TINY)
    between = float(distances(made, real).mean())
    return {
        "diversity": mean_apart(among_made) / apart,
        "diversity.nearest": nearest(among_made[:count, :count]) / near,
        "gap": (2 * between - mean_apart(among_made) - apart) / apart,
    }


def detail(pictures: Tensor) -> float:
    """Mean absolute difference between neighbouring pixels: grain raises it, blur lowers it."""
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean()
    return float((across + (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean()) / 2)


def saturated(pictures: Tensor) -> float:
    """Share of values at the ends of the range or beyond."""
    return float((pictures.abs() >= EDGE).float().mean())


def right(real: Tensor, made: Tensor) -> float:
    """How often a real picture gets a higher logit than a made one: 0.5 is guessing, 1 is never wrong; ties half."""
    order = real[:, None] - made[None, :]
    return float(((order > 0).double() + (order == 0).double() / 2).mean())


def leaking(made: Tensor, real: Tensor, moved: Tensor) -> dict[str, float]:
    """How far made pictures went the way from real ones to augmented ones: 0 not at all, 1 the whole way.

    With means m of small statistics (values and their squares), ``<m_made − m_real, m_moved − m_real> /
    |m_moved − m_real|²``. Each mean of a product comes from two halves of the real pictures, so that the chance in one
    does not count as a way; where both halves do not agree on the way there is none.

    Args:
        made: shrunken made pictures ``[N, D]``.
        real, moved: shrunken real pictures ``[M, D]``, and the same ones augmented.

    Returns:
        ``leak``, the share, and ``leak.spread``, its standard error; ``leak.explained``, how much of ``|m_made −
        m_real|²`` lies on the way. Nothing where augmentation changes next to nothing.
    """
    made, plain, changed = (torch.cat([part, part.square()], dim=1) for part in (made, real, moved))
    halves = [
        (part.mean(dim=0), way.mean(dim=0))
        for part, way in zip(plain.chunk(2), (changed - plain).chunk(2), strict=True)
    ]
    (middle, way), (other_middle, other_way) = halves
    length = float(way @ other_way)
    noise = float((way - other_way).square().sum()) / 2
    if length <= max(noise, TINY):
        return {}
    # Where a made picture lies along one half's way, seen from the other half's middle; both ways about.
    places = ((made - other_middle) @ way + (made - middle) @ other_way) / (2 * length)
    share, middle_made = float(places.mean()), made.mean(dim=0)
    apart = float((middle_made - middle) @ (middle_made - other_middle))
    explained = min(1.0, share**2 * length / apart) if apart > 0 else 0.0
    return {"leak": share, "leak.spread": float(places.std() / len(places) ** 0.5), "leak.explained": explained}


def followed(made: Tensor, made_labels: Tensor, real: Tensor, real_labels: Tensor) -> float | None:
    """How much of what labels do to real pictures they do to made ones: 0 nothing, 1 all of it.

    With C the covariances ``[width, D]`` of labels and shrunken pictures, ``<C_made, C_real> / |C_real|²``; the squared
    length from two halves of the real pictures, so that chance does not count.

    Returns:
        None where labels do not show in real pictures beyond chance.
    """
    halves = zip(real_labels.chunk(2), real.chunk(2), strict=True)
    first, second = (_covariance(labels, pictures) for labels, pictures in halves)
    length, noise = float((first * second).sum()), float((first - second).square().sum()) / 2
    if length <= max(0.3 * noise, TINY):
        return None
    return float((_covariance(made_labels, made) * (first + second) / 2).sum()) / length


def _covariance(labels: Tensor, pictures: Tensor) -> Tensor:
    return (labels - labels.mean(dim=0)).T @ (pictures - pictures.mean(dim=0)) / max(1, len(labels) - 1)
