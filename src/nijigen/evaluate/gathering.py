"""Samples of a model as the metrics see them: one pass, whatever is asked for, in bounded memory."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from nijigen.evaluate.attributes import Tally
from nijigen.evaluate.diversity import Spreads
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.moments import Moments
from nijigen.evaluate.sampling import Asked, Subject
from nijigen.evaluate.sliced import Patches
from nijigen.schema import AttributeSchema

BATCH = 64
HELD = 10_000  # feature rows that neighbours and kernels look at; their time goes with the square
SHOWN = 40  # pictures on the sheet
COMPARED = 1_000  # pictures looked for among the training pictures


@dataclass
class Made:
    """Attributes:
    count: samples made.
    rows: features of the first ``HELD``, float32 ``[n, width]``.
    shown: the first few pictures, uint8 ``[n, 3, R, R]``.
    compared: the first ``COMPARED`` pictures.
    patches: of the pictures, where they are wanted.
    """

    count: int
    rows: Tensor
    moments: Moments
    spreads: Spreads
    tally: Tally | None
    shown: Tensor
    compared: Tensor
    patches: Patches | None = field(default=None)


def gather(
    subject: Subject,
    asked: Asked,
    schema: AttributeSchema,
    looker: Looker,
    *,
    patches: Patches | None = None,
    advance: Callable[[int], None] = lambda n: None,
) -> Made:
    """Make as many samples as ``asked`` has rows, and look at each once.

    Args:
        schema: the model's, of ``asked.rows``.
        patches: takes patches of the pictures.
        advance: told of samples that are done.
    """
    count, width = len(asked.rows), looker.extractor.width
    rows = torch.empty(min(count, HELD), width)
    moments, spreads = Moments(width), Spreads(width, asked.groups.shape[1])
    tally = None if looker.labeler is None else Tally(schema, looker.labeler.schema)
    kept: list[Tensor] = []
    for start in range(0, count, BATCH):
        labels = asked.rows[start : start + BATCH]
        pictures = subject.pictures(start, labels)
        seen = looker(pictures)
        moments.add(seen.features)
        spreads.add(seen.features, asked.groups[start : start + BATCH])
        if tally is not None and seen.readings is not None:
            tally.add(labels, seen.readings)
        if patches is not None:
            patches.add(pictures)
        if start < HELD:
            rows[start : start + BATCH] = seen.features[: HELD - start]
        if start < COMPARED:
            kept.append(pictures[: COMPARED - start])
        advance(len(pictures))
    compared = torch.cat(kept)
    return Made(count, rows, moments, spreads, tally, compared[:SHOWN], compared, patches)
