"""What a classifier of labels is asked: the words of a picture, attribute by attribute."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor

TINY = 1e-12


def label_cross_entropy(logits: Tensor, labels: Tensor, blocks: Sequence[int], weights: Tensor | None = None) -> Tensor:
    """Cross entropy between label blocks and the softmax over the same columns of logits: a scalar.

    The mean over the known attributes of a row, then over the rows that have any; a block of zeros is unknown and asks
    for nothing, and a continuous block ``(1 − t, t)`` is a distribution over its two ends. As AC-GAN's log-likelihood
    of the class (1610.09585, §3), for several attributes at a time.

    Args:
        logits, labels: ``[N, label_width]``.
        blocks: columns of each attribute, in order; they add up to the width.
        weights: ``[N]``, how much each row counts; None: all alike.

    Returns:
        0 where nothing is known.
    """
    losses = known = logits.new_zeros(len(logits))
    for said, wanted in zip(_split(logits, blocks), _split(labels, blocks), strict=True):
        losses = losses - (wanted * said.log_softmax(dim=1)).sum(dim=1)
        known = known + wanted.any(dim=1)
    counted = (known > 0) * (1.0 if weights is None else weights)
    return (counted * losses / known.clamp(min=1)).sum() / counted.sum().clamp(min=TINY)


def label_accuracy(logits: Tensor, labels: Tensor, blocks: Sequence[int]) -> Tensor:
    """The share of known attributes whose likeliest column is that of the label: a scalar."""
    right = known = logits.new_zeros(())
    for said, wanted in zip(_split(logits, blocks), _split(labels, blocks), strict=True):
        is_known = wanted.any(dim=1)
        right = right + (is_known & (said.argmax(dim=1) == wanted.argmax(dim=1))).sum()
        known = known + is_known.sum()
    return right / known.clamp(min=1)


def unheard(made: Tensor, real: float) -> Tensor:
    """How much of the labels is still to be followed, 0 to 1, by the classifier's losses on made and on real pictures.

    0 where made pictures are read as well as real ones: because they follow their labels, or because nobody could read
    these labels (a classifier that has learned nothing yet, numbers that are never certain).
    """
    loss = made.detach()
    return ((loss - real) / loss.clamp(min=TINY)).clamp(0, 1)


def pull(made: Tensor, seen: Tensor, judged: Tensor, unread: Tensor, strength: Tensor) -> Tensor:
    """A discriminator's and a classifier's loss in one, of which the classifier pulls ``strength`` times as hard.

    The slopes of the two at the pictures differ by orders of magnitude between objectives and over a run, so a fixed
    weight would drown one of them. The classifier's is brought to the length of the discriminator's times the strength
    (as 2012.09841, §3.2, weighs an adversarial loss; there by the last layer).

    Args:
        made: pictures with their history.
        seen: the same pictures without it, which both losses were computed from; leaves that ask for gradients.
        judged, unread: the two losses; scalars.
        strength: a scalar, 0 or more.

    Returns:
        A scalar whose value is ``judged`` and whose slope at the pictures is the sum of both pulls.
    """
    (by_judge,) = torch.autograd.grad(judged, seen)
    (by_reader,) = torch.autograd.grad(unread, seen)
    scale = strength * by_judge.norm() / by_reader.norm().clamp(min=TINY)
    slope = torch.addcmul(by_judge, by_reader, scale)
    along = (made * slope).sum()
    return judged.detach() + along - along.detach()


def _split(rows: Tensor, blocks: Sequence[int]) -> Iterator[Tensor]:
    """The columns of each attribute."""
    return (rows[:, start:stop] for start, stop in pairwise(accumulate(blocks, initial=0)))
