"""What a probe counts about labels: what they change in pictures, and what noise changes under the same ones."""

import torch
from torch import Tensor

from nijigen.schema import AttributeSchema
from nijigen.training.probe_statistics import TINY, distances, followed, mean_apart

ENOUGH = 24  # pictures of a value, made and real, to speak of their diversity


def other_rows(labels: Tensor) -> Tensor:
    """For each row the place ``[N]`` of a row with another label, a fixed step away where that one differs."""
    count = len(labels)
    places = torch.arange(count)
    found = places.clone()
    for step in range(count // 2, 0, -1):
        same = (labels[found] == labels).all(dim=1).cpu()
        if not same.any():
            break
        found[same] = ((places + step) % count)[same]
    return found


def by_labels(
    pictures: tuple[Tensor, Tensor, Tensor],
    labels: tuple[Tensor, Tensor],
    real: Tensor,
    real_labels: Tensor,
    schema: AttributeSchema,
) -> dict[str, float | str]:
    """Numbers about labels, of shrunken pictures ``[N, D]`` and ``[M, D]``.

    Args:
        pictures: of noise z and labels y, of z and other labels y', of z' and y.
        labels: y and y', ``[N, width]``.
        real, real_labels: real pictures and theirs.

    Returns:
        ``change.label`` and ``change.noise``: how far a picture moves with its labels, with its noise, in the mean
        distance between two real pictures. ``labels.followed``: see :func:`followed`. ``diversity.label``:
        ``change.noise`` in the distance between real pictures whose labels are most alike. ``diversity.value``: the
        lowest diversity within a value of an attribute, in that of real pictures of the value, and which one it is.
    """
    plain, relabelled, renoised = pictures
    own, other = labels
    among = distances(real, real)
    apart = max(mean_apart(among), TINY)
    differs = (own != other).any(dim=1)
    by_noise = _paired(plain, renoised)
    found: dict[str, float | str] = {"change.noise": float(by_noise.mean()) / apart}
    if differs.any():
        found["change.label"] = float(_paired(plain, relabelled)[differs].mean()) / apart
    made, made_labels = torch.cat([plain, relabelled, renoised]), torch.cat([own, other, own])
    share = followed(made, made_labels, real, real_labels)
    if share is not None:
        found["labels.followed"] = share
    alike = (real_labels @ real_labels.T).fill_diagonal_(-torch.inf)
    # Of several that are as alike the mean: the first one would always be the same picture.
    most = (alike == alike.max(dim=1, keepdim=True).values).double()
    twins = float(((among * most).sum(dim=1) / most.sum(dim=1)).mean())
    found["diversity.label"] = float(by_noise.mean()) / max(twins, TINY)
    values = _by_value(distances(made, made), made_labels, among, real_labels, schema)
    if values:
        found["diversity.value"], found["diversity.value.of"] = min(values)
    return found


def _by_value(
    made: Tensor, made_labels: Tensor, real: Tensor, real_labels: Tensor, schema: AttributeSchema
) -> list[tuple[float, str]]:
    """Diversity within each value that has enough pictures, from all distances among made and among real ones."""
    found = []
    for attribute in schema.attributes:
        for column, value in enumerate(attribute.values):
            at = schema.block(attribute.name).start + column
            some, others = made_labels[:, at].nonzero()[:, 0], real_labels[:, at].nonzero()[:, 0]
            if min(len(some), len(others)) >= ENOUGH:
                apart = max(mean_apart(real[others][:, others]), TINY)
                found.append((mean_apart(made[some][:, some]) / apart, f"{attribute.name}={value}"))
    return found


def _paired(some: Tensor, others: Tensor) -> Tensor:
    return (some - others).square().mean(dim=1).sqrt()
