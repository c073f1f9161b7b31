"""Pictures of any origin → a data set on disk → batches in memory.

    from nijigen.data import prepare, Dataset, Sampler

Names are loaded on first use: preparing needs no torch, and its worker processes must start in a moment.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nijigen.data.dataset import Dataset
    from nijigen.data.preparation import prepare
    from nijigen.data.resident import Resident
    from nijigen.data.sampler import Sampler, balance_weights
    from nijigen.data.summary import Summary

__all__ = ["Dataset", "Resident", "Sampler", "Summary", "balance_weights", "prepare"]

_HOMES = {
    "Dataset": "dataset",
    "Resident": "resident",
    "Sampler": "sampler",
    "Summary": "summary",
    "balance_weights": "sampler",
    "prepare": "preparation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
