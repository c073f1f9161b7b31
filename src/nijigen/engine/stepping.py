"""From what a person asks of one avatar to steps: words, numbers and directions, truncation."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nijigen.edit.directions import Direction, Directions
from nijigen.edit.steps import MIDDLES, Move, SetWords, Step, Truncate
from nijigen.engine.directions import is_number, open_directions
from nijigen.engine.model import Model
from nijigen.errors import NijigenError, did_you_mean
from nijigen.models.contract import check_strength
from nijigen.schema import SchemaError
from nijigen.vocabulary import fold

MOST_STEPS = 100


def open_moves(
    model: Model, moves: Mapping[str, float], directions: str | Path | None = None
) -> dict[str | Direction, float]:
    """What ``--move`` names: numbers of the model's own words stay names, others become directions.

    Args:
        directions: a file of them; None: the model's own.

    Raises:
        NijigenError: a name that is neither, or too many steps.
    """
    found: dict[str | Direction, float] = {}
    known: Directions | None = None
    for name, by in moves.items():
        if not -MOST_STEPS <= by <= MOST_STEPS:  # also what is no number
            raise NijigenError(f"--move {name}={by:g}: use -{MOST_STEPS} to {MOST_STEPS} steps")
        if is_number(model, name):
            found[name] = by
            continue
        if known is None:  # the file is read once, and not where only numbers are moved
            known = open_directions(model, directions)
        if name not in known and not len(known):
            raise NijigenError(f"--move {name}: {_no_way(model, name)}")
        found[known[name]] = by
    return found


def _no_way(model: Model, name: str) -> str:
    """Why a name is no number of a model that has no directions either, and what to do."""
    with suppress(SchemaError):
        return (
            f"it is a word, no number; use --set {model.schema[name].name}=…, or find a direction with nijigen"
            " directions find"
        )
    numbers = [attribute.name for attribute in model.schema.attributes if attribute.continuous]
    there = f"; its numbers are {', '.join(numbers)}" if numbers else ""
    hint = did_you_mean(fold(name), model.schema.names)
    return f"this model has no number of that name{hint}, and no directions yet (nijigen directions find){there}"


def check_used(
    moves: Mapping[str | Direction, float], truncation: float | None, layers: str | None, toward: str
) -> None:
    """See that what a person said of layers and of a middle is said of something.

    Raises:
        NijigenError: it would do nothing.
    """
    if truncation is None and toward != MIDDLES[0]:
        raise NijigenError(f"--toward {toward}: it is the middle of --truncation, which is not given")
    if layers is not None and truncation is None and all(isinstance(way, str) for way in moves):
        raise NijigenError(
            f"--layers {layers}: words and numbers have no layers; it is for --truncation and directions"
        )


def steps_of(
    attributes: Mapping[str, Any] | None = None,
    moves: Mapping[str | Direction, float] | None = None,
    truncation: float | None = None,
    layers: str | None = None,
    toward: str = "own",
) -> list[Step]:
    """Steps for what a person asks of one avatar, in this order: words, numbers and directions, truncation.

    Args:
        moves: names of the model's numbers, or directions, and how many steps along each.
        layers: of directions and of truncation; None: where the direction is meant to be, and all.
        toward: the middle of truncation: ``own``, of avatars with the same words, or ``all``.

    Raises:
        NijigenError: a strength or a middle that there is not.
    """
    if truncation is not None:
        check_strength(truncation)
    if toward not in MIDDLES:
        raise NijigenError(f"--toward {toward}: use {' or '.join(MIDDLES)}")
    steps: list[Step] = [SetWords(attributes=dict(attributes))] if attributes else []
    for way, by in (moves or {}).items():
        steps.append(way.step(by, layers) if isinstance(way, Direction) else Move(attribute=way, by=by))
    if truncation is not None:
        steps.append(Truncate.model_validate({"strength": truncation, "layers": layers or "all", "toward": toward}))
    return steps
