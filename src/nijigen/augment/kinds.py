"""The kinds of augmentation by name, and the groups of transforms each one has."""

from collections.abc import Callable

import torch
from torch import Tensor

from nijigen.augment import ada, diffaugment
from nijigen.augment.strength import check_strength
from nijigen.errors import NijigenError, did_you_mean

Augment = Callable[[Tensor, float | Tensor, torch.Generator], Tensor]
"""Pictures ``[N, C, R, R]`` in [-1, 1], strength p in [0, 1], generator on the pictures' device → pictures like them.

C is 3 (RGB) or 4 (premultiplied RGBA, −1 is nothing). Each picture gets transforms of its own. Twice differentiable
with respect to the pictures. The same state of the generator gives the same result (on an accelerator up to the order
in which a gradient's summands are added), and the same number of draws is made whatever p. At p = 0 the pictures come
back as they are. Values can leave [-1, 1], as in the papers: clipping would lose what an inverse needs.

Raises:
    NijigenError: p out of range, or pictures that are not square or have neither 3 nor 4 channels.
"""

# name → (groups applied unless others are asked for, groups to ask for), each in the order they are applied.
_GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "none": ((), ()),
    "ada": (ada.DEFAULT_GROUPS, ada.OPTIONAL_GROUPS),
    "diffaugment": (diffaugment.GROUPS, ()),
}
KINDS = tuple(_GROUPS)


def default_groups(kind: str) -> tuple[str, ...]:
    """The groups of transforms that a kind applies where none are named.

    Raises:
        NijigenError: an unknown kind.
    """
    return _groups(kind)[0]


def groups_of(kind: str) -> tuple[str, ...]:
    """All groups of transforms of a kind, in the order they are applied: the default ones, then those to ask for.

    Raises:
        NijigenError: an unknown kind.
    """
    default, optional = _groups(kind)
    return default + optional


def make_augment(kind: str, groups: tuple[str, ...] = ()) -> Augment:
    """The augmentation of that name.

    Args:
        kind: ``none``, ``ada`` (2006.06676) or ``diffaugment`` (2006.10738).
        groups: which transforms, of :func:`groups_of`; none named: the kind's :func:`default_groups`. They are applied
            in the order of the paper, however they are listed.

    Raises:
        NijigenError: an unknown kind or group; the known ones are named.
    """
    known = groups_of(kind)
    for group in groups:
        if group not in known:
            named = f"use some of {', '.join(known)}" if known else "it has none"
            raise NijigenError(f"augmentation {kind!r} has no group {group!r}{did_you_mean(group, known)}: {named}")
    chosen = frozenset(groups or default_groups(kind))

    def augment(images: Tensor, p: float | Tensor, random: torch.Generator) -> Tensor:
        strength = check_strength(p)
        if images.ndim != 4 or images.shape[1] not in (3, 4) or images.shape[2] != images.shape[3]:
            raise NijigenError(f"augmentation needs square pictures [N, 3 or 4, R, R], not {list(images.shape)}")
        if kind == "none":
            return images
        apply = ada.augment if kind == "ada" else diffaugment.augment
        # Places between pixels and sums of colours need more digits than half precision has.
        wide = images.float() if images.dtype in (torch.float16, torch.bfloat16) else images
        with torch.autocast(images.device.type, enabled=False):
            return apply(wide, strength, random, chosen).to(images.dtype)

    return augment


def _groups(kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if kind not in _GROUPS:
        raise NijigenError(f"augmentation {kind!r} is not known{did_you_mean(kind, KINDS)}: use {', '.join(KINDS)}")
    return _GROUPS[kind]
