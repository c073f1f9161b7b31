"""What a classifier of labels is asked: the words of a picture, attribute by attribute."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from torch import Tensor


def label_cross_entropy(logits: Tensor, labels: Tensor, blocks: Sequence[int]) -> Tensor:
    """Cross entropy between label blocks and the softmax over the same columns of logits, one number a sample.

    The mean over the attributes that are known; a block of zeros is unknown and asks for nothing, and a continuous
    block ``(1 − t, t)`` is a distribution over its two ends. As AC-GAN's log-likelihood of the class (1610.09585, §3),
    for several attributes at a time.

    Args:
        logits, labels: ``[N, label_width]``.
        blocks: columns of each attribute, in order; they add up to the width.

    Returns:
        ``[N]``; 0 where nothing is known.
    """
    losses = known = logits.new_zeros(len(logits))
    for said, wanted in zip(_split(logits, blocks), _split(labels, blocks), strict=True):
        losses = losses - (wanted * said.log_softmax(dim=1)).sum(dim=1)
        known = known + wanted.any(dim=1)
    return losses / known.clamp(min=1)


def label_accuracy(logits: Tensor, labels: Tensor, blocks: Sequence[int]) -> Tensor:
    """The share of known attributes whose likeliest column is that of the label: a scalar."""
    right = known = logits.new_zeros(())
    for said, wanted in zip(_split(logits, blocks), _split(labels, blocks), strict=True):
        is_known = wanted.any(dim=1)
        right = right + (is_known & (said.argmax(dim=1) == wanted.argmax(dim=1))).sum()
        known = known + is_known.sum()
    return right / known.clamp(min=1)


def _split(rows: Tensor, blocks: Sequence[int]) -> Iterator[Tensor]:
    """The columns of each attribute."""
    return (rows[:, start:stop] for start, stop in pairwise(accumulate(blocks, initial=0)))
