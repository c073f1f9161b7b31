"""Which project a checkpoint is from, and where in it the generator is."""

from collections.abc import Mapping
from typing import Any, Literal

from nijigen.interop.checkpoint import Checkpoint
from nijigen.interop.inert import Call, RefusedError, Value
from nijigen.interop.lucidrains import read_lucidrains
from nijigen.interop.nvlabs import is_module, read_nvlabs
from nijigen.interop.published import Foreign, listed
from nijigen.interop.rosinality import read_rosinality

Layout = Literal["auto", "nvlabs", "rosinality", "lucidrains"]
Network = Literal["G_ema", "G"]

LUCIDRAINS = ("GE.blocks.", "G.blocks.")
TENSORFLOW = "dnnlib.tflib.network"
CONVERT = (
    "it is a TensorFlow pickle of NVIDIA's older repositories: make a PyTorch one of it with legacy.py of "
    "NVlabs/stylegan3 (python legacy.py --source OLD.pkl --dest NEW.pkl) and import that"
)


def read_foreign(checkpoint: Checkpoint, layout: Layout, network: Network) -> Foreign:
    """The generator of a checkpoint.

    Args:
        layout: whose checkpoint it is; ``auto`` finds out.
        network: the average over training (``G_ema``), or the generator as training left it (``G``).

    Raises:
        RefusedError: none is found, or one that nijigen does not have.
    """
    if any(name.module.startswith(TENSORFLOW) for name in checkpoint.names):
        raise RefusedError(CONVERT)
    found = layout if layout != "auto" else _recognised(checkpoint.value)
    if found == "nvlabs":
        return read_nvlabs(_module(checkpoint.value, network), checkpoint.find)
    if found == "rosinality":
        state = _state(checkpoint.value, {"G_ema": "g_ema", "G": "g"}[network], "input.input")
        return read_rosinality(state, _beside(checkpoint.value, "latent_avg"), checkpoint.find)
    if found == "lucidrains":
        known = {"G_ema": "GE.initial_block", "G": "G.initial_block"}[network]
        return read_lucidrains(_state(checkpoint.value, "GAN", known), network == "G_ema", checkpoint.find)
    raise RefusedError(_unknown(checkpoint))


def _recognised(value: Value) -> str:
    """The layout; empty where none is recognised."""
    if is_module(value) or (isinstance(value, dict) and any(is_module(value.get(name)) for name in ("G_ema", "G"))):
        return "nvlabs"
    if isinstance(value, dict):
        for held in (value, value.get("g_ema"), value.get("g")):
            if isinstance(held, dict) and "input.input" in _plain(held):
                return "rosinality"
        for held in (value, value.get("GAN")):
            if isinstance(held, dict) and any(str(name).startswith(LUCIDRAINS) for name in held):
                return "lucidrains"
    return ""


def _module(value: Value, network: Network) -> Value:
    """The record of the generator in what a pickle of NVlabs holds: a dictionary of networks, or one alone."""
    if is_module(value):
        return value
    if not isinstance(value, dict) or not is_module(value.get(network)):
        raise RefusedError(f"it has no network {network}{_others(value)}")
    return value[network]


def _state(value: Value, key: str, known: str) -> dict[Any, Value]:
    """The weights by name under a key, or those of a file that holds nothing else."""
    if not isinstance(value, dict):
        raise RefusedError(f"it has no {key}")
    held = value.get(key)
    if isinstance(held, dict):
        return _plain(held)
    if known in (plain := _plain(value)):
        return plain
    raise RefusedError(f"it has no {key}{_others(value)}")


def _plain(state: Mapping[Any, Value]) -> dict[Any, Value]:
    """Names without the ``module.`` that training on several devices puts before all of them."""
    if state and all(isinstance(name, str) and name.startswith("module.") for name in state):
        return {name.removeprefix("module."): value for name, value in state.items()}
    return dict(state)


def _beside(value: Value, key: str) -> Value:
    return value.get(key) if isinstance(value, dict) else None


def _others(value: Value) -> str:
    return f"; it has {listed(value)}" if isinstance(value, dict) and value else ""


def _unknown(checkpoint: Checkpoint) -> str:
    """What a file holds that is none of ours, for the person who gave it."""
    value = checkpoint.value
    parts = []
    if isinstance(value, dict):
        parts.append(f"a dictionary of {listed(value) or 'nothing'}")
    elif isinstance(value, Call):
        parts.append(f"an object of {str(value.what)[:80]}")
    else:
        parts.append(f"a {type(value).__name__}")
    if checkpoint.names:
        parts.append(f"it names {listed(checkpoint.names)}")
    return f"it is no checkpoint of a StyleGAN2 that is known: {'; '.join(parts)}; --layout says whose it is"
