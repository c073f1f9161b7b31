"""Training a model further from where it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def train_further(
    dataset: str | Path, start: Path, out: str | Path, options: Mapping[str, Any]
) -> tuple[Path, str, int | None]:
    """Train a model on a data set with its own recipe, one epoch unless ``options`` say how long.

    Returns:
        The new model's place, and the device and the threads to use it with.

    Raises:
        NijigenError: as :func:`nijigen.training.start.train`, which takes the options.
    """
    from nijigen.training.start import train

    asked = {**options, "start": start}
    if asked.get("epochs") is None and asked.get("images") is None:
        asked["epochs"] = 1
    trained = train(dataset, out=Path(out), **asked)
    return trained.model, str(asked["device"]), asked["threads"]
