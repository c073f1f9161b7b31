"""Teaching a labeler: minutes on a laptop, from any data set with labels.

taught = teach(pictures, labels, dataset.schema)
taught.labeler, taught.heads  # the network, and how well each head does on pictures it did not learn from
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.features.calibration import calibration_error, fit_temperature
from nijigen.features.degrading import degrade
from nijigen.features.familiar import measure_familiar
from nijigen.features.labeler_network import Labeler
from nijigen.progress import track
from nijigen.schema import Attribute, AttributeSchema
from nijigen.seeds import derive

BATCH = 64
RATE, DECAY = 2e-3, 0.02
WARM = 0.2  # of the length: the rate rises, then falls to nothing
HIDDEN_WEIGHT = 0.3  # of a continuous attribute's loss against a categorical one's
ROUNDS, SHORTEST, LONGEST = 12, 60_000, 240_000  # by default: rounds through the pictures, within these numbers of them
HELD_SHARE, HELD_MOST = 0.1, 4_000
FEWEST = 10  # pictures a value needs to be learned
BALANCE = 0.5  # rare values count (mean count / count) to this power


@dataclass(frozen=True)
class Head:
    """How well one attribute is read from held-out pictures.

    Attributes:
        right: share of right answers, in [0, 1]; ``count`` is of how many.
        chance: what always saying the most frequent value would score.
        temperature: see :func:`nijigen.features.calibration.fit_temperature`.
        error: expected calibration error with it, in [0, 1].
    """

    name: str
    right: float
    count: int
    chance: float
    temperature: float
    error: float


@dataclass(frozen=True)
class Taught:
    """What :func:`teach` returns.

    Attributes:
        heads: one an attribute.
        left_out: attributes and values that too few pictures show, as lines for people.
        seen: pictures seen, each as often as it was.
        seconds: spent.
    """

    labeler: Labeler
    heads: list[Head]
    left_out: list[str]
    seen: int
    seconds: float


def teach(
    pictures: Tensor,
    labels: Tensor,
    schema: AttributeSchema,
    *,
    seen: int | None = None,
    seed: int = 0,
    quiet: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Taught:
    """Train a labeler; the same arguments on the same machine and threads give the same weights.

    Args:
        pictures: uint8 ``[N, 3, H, W]``.
        labels: float32 ``[N, schema.width]``; blocks of zeros are unknown and teach nothing.
        seen: length in pictures seen; by default 12 rounds, but 60,000 at least and 240,000 at most.
        tell: called with a line now and then.

    Raises:
        NijigenError: nothing can be learned from these labels.
    """
    started = time.perf_counter()
    learned, left_out = learnable(labels, schema)
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(derive(seed, "labeler", "split")))
    held = min(HELD_MOST, max(1, round(HELD_SHARE * len(pictures))))
    rows, asked = order[held:], order[:held]
    hidden = tuple(a for a in schema.attributes if a.continuous and labels[:, schema.block(a.name)].any())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(seed, "labeler", "weights"))
        labeler = Labeler(learned, hidden).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen = min(LONGEST, max(SHORTEST, ROUNDS * len(rows))) if seen is None else seen
    steps = max(1, seen // BATCH)
    _train(labeler, pictures, _targets(labels, schema, learned, hidden), rows, steps, seed, quiet, tell)
    labeler.eval().requires_grad_(False)
    heads = _examine(labeler, pictures[asked], answers(labels[asked], schema, learned))
    measure_familiar(labeler, pictures[rows], seed)
    labeler.forget_hidden()
    return Taught(labeler, heads, left_out, steps * BATCH, time.perf_counter() - started)


def learnable(labels: Tensor, schema: AttributeSchema) -> tuple[AttributeSchema, list[str]]:
    """The categorical part of a schema that enough pictures show, and lines about what is left out.

    Raises:
        NijigenError: no attribute has two values that can be learned.
    """
    kept, left_out = [], []
    for attribute in schema.attributes:
        if attribute.continuous:
            continue
        counts = labels[:, schema.block(attribute.name)].sum(dim=0).tolist()
        values = tuple(value for value, count in zip(attribute.values, counts, strict=True) if count >= FEWEST)
        if len(values) < 2:
            left_out.append(f"{attribute.name}: fewer than two of its values are on {FEWEST} pictures or more")
            continue
        kept.append(Attribute(attribute.name, values))
        if rare := [value for value in attribute.values if value not in values]:
            left_out.append(f"{attribute.name}: {', '.join(rare)} on fewer than {FEWEST} pictures")
    if not kept:
        raise NijigenError(
            f"nothing to learn: no attribute has two values on {FEWEST} pictures each; give a data set with labels"
        )
    return AttributeSchema(kept), left_out


def answers(labels: Tensor, schema: AttributeSchema, learned: AttributeSchema) -> dict[str, Tensor]:
    """For each learned attribute the place of its value, int64 ``[N]``; −1 where it is unknown or was left out."""
    found = {}
    for attribute in learned.attributes:
        given = schema[attribute.name].values
        block = labels[:, schema.block(attribute.name)]
        places = torch.tensor([attribute.values.index(v) if v in attribute.values else -1 for v in given])
        found[attribute.name] = torch.where(block.any(dim=1), places[block.argmax(dim=1)], -1)
    return found


Targets = dict[
    str, tuple[Tensor, Tensor]
]  # of each head: what is right [N] or [N, 2], and what a value counts [values]


def _targets(
    labels: Tensor, schema: AttributeSchema, learned: AttributeSchema, hidden: tuple[Attribute, ...]
) -> Targets:
    found: Targets = {}
    for name, places in answers(labels, schema, learned).items():
        counts = torch.bincount(places[places >= 0], minlength=learned[name].width).float()
        found[name] = (places, (counts.mean() / counts).pow(BALANCE))
    for attribute in hidden:
        found[attribute.name] = (labels[:, schema.block(attribute.name)], torch.ones(2))
    return found


def _train(
    labeler: Labeler,
    pictures: Tensor,
    targets: Targets,
    rows: Tensor,
    steps: int,
    seed: int,
    quiet: bool,
    tell: Callable[[str], None] | None,
) -> None:
    decayed = [p for p in labeler.parameters() if p.ndim > 1]
    plain = [p for p in labeler.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps, pct_start=WARM)
    labeler.train()
    with track(steps * BATCH, "learning", quiet=quiet) as bar, torch.random.fork_rng(devices=[]):
        for step in range(steps):
            torch.manual_seed(derive(seed, "labeler", "dropout", step))
            generator = torch.Generator().manual_seed(derive(seed, "labeler", "step", step))
            chosen = rows[_places(len(rows), step, seed)]
            values = pictures[chosen].float().div_(127.5).sub_(1)
            values, mirrored = degrade(values, labeler.size, generator)
            loss = _loss(labeler, labeler.look(values).logits, targets, chosen, mirrored)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            bar.advance(BATCH)
            if tell and (step + 1) % 200 == 0:
                tell(f"{(step + 1) * BATCH:,} of {steps * BATCH:,} pictures seen, loss {loss.item():.3f}")


def _places(count: int, step: int, seed: int) -> Tensor:
    """Which rows a step takes: round after round, each in an order of its own."""
    first = step * BATCH
    wanted = torch.arange(first, first + BATCH)
    found = torch.empty(BATCH, dtype=torch.int64)
    for turn in sorted(set((wanted // count).tolist())):
        order = torch.randperm(count, generator=torch.Generator().manual_seed(derive(seed, "labeler", "round", turn)))
        here = wanted // count == turn
        found[here] = order[wanted[here] % count]
    return found


def _loss(labeler: Labeler, logits: dict[str, Tensor], targets: Targets, chosen: Tensor, mirrored: Tensor) -> Tensor:
    losses = []
    for name in labeler.schema.names:
        right, weights = targets[name]
        if (right[chosen] >= 0).any():
            losses.append(functional.cross_entropy(logits[name], right[chosen], weights, ignore_index=-1))
    for attribute in labeler.hidden:  # a mirrored face leans the other way: what a mirror may change is not asked
        shares = targets[attribute.name][0][chosen]
        asked = shares.any(dim=1) & ~mirrored
        if asked.any():
            losses.append(HIDDEN_WEIGHT * functional.cross_entropy(logits[attribute.name][asked], shares[asked]))
    return torch.stack(losses).sum()


def _examine(labeler: Labeler, pictures: Tensor, right: dict[str, Tensor]) -> list[Head]:
    """Fit the temperatures on held-out pictures, and say how well each head does there."""
    seen = [labeler(part).logits for part in torch.split(pictures, BATCH)]
    logits = {name: torch.cat([part[name] for part in seen]) for name in labeler.schema.names}
    for place, name in enumerate(labeler.schema.names):
        labeler.temperatures[place] = fit_temperature(logits[name], right[name])
    return judge(labeler, labeler.calibrated(logits), right)


def judge(labeler: Labeler, probabilities: dict[str, Tensor], right: dict[str, Tensor]) -> list[Head]:
    """How well each head does: probabilities against what is right (−1: unknown)."""
    heads = []
    for name, temperature in zip(labeler.schema.names, labeler.temperatures.tolist(), strict=True):
        known = right[name] >= 0
        said = probabilities[name].argmax(dim=1)[known]
        count = int(known.sum())
        share = (said == right[name][known]).double().mean().item() if count else 0.0
        chance = torch.bincount(right[name][known]).max().item() / count if count else 0.0
        heads.append(Head(name, share, count, chance, temperature, calibration_error(probabilities[name], right[name])))
    return heads
