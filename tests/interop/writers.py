"""Small networks with random weights, written as each project writes them: real pickles, real files of torch.save.

Pickles of NVlabs hold the source text of their classes and have it run by whoever unpickles them. Here that text leaves
a sentinel behind, so that a test can tell.
"""

import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]
KERNEL = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8] * 2)


def features(resolution: int, base: int = 128, most: int = 12) -> dict[int, int]:
    return {side: min(base // side, most) for side in (4, 8, 16, 32, 64, 128) if side <= resolution}


def nvlabs_weights(
    resolution: int = 32,
    width: int = 10,
    z: int = 7,
    classes: int = 0,
    channels: int = 3,
    depth: int = 3,
    seed: int = 0,
) -> Weights:
    """Parameters and buffers of a Generator of training/networks_stylegan2.py, by their names."""
    random = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random)

    found: Weights = {"mapping.w_avg": draw(width)}
    if classes:
        found |= {"mapping.embed.weight": draw(6, classes), "mapping.embed.bias": draw(6)}
    for number in range(depth):
        inputs = width if number else z + (6 if classes else 0)
        found[f"mapping.fc{number}.weight"] = draw(width, inputs) * 100
        found[f"mapping.fc{number}.bias"] = draw(width) * 10
    before = 0
    for side, count in features(resolution).items():
        block = f"synthesis.b{side}"
        found[f"{block}.resample_filter"] = KERNEL.clone()
        if side == 4:
            found[f"{block}.const"] = draw(count, 4, 4)
        for layer, inputs in (("conv0", before), ("conv1", count)):
            if inputs:
                name = f"{block}.{layer}"
                found |= {f"{name}.weight": draw(count, inputs, 3, 3), f"{name}.bias": draw(count)}
                found |= {f"{name}.affine.weight": draw(inputs, width), f"{name}.affine.bias": 1 + draw(inputs)}
                found |= {f"{name}.noise_const": draw(side, side), f"{name}.noise_strength": draw(1)[0]}
                found |= {f"{name}.resample_filter": KERNEL.clone()}
        name = f"{block}.torgb"
        found |= {f"{name}.weight": draw(channels, count, 1, 1), f"{name}.bias": draw(channels)}
        found |= {f"{name}.affine.weight": draw(count, width), f"{name}.affine.bias": 1 + draw(count)}
        before = count
    return found


def rosinality_weights(resolution: int = 32, width: int = 9, depth: int = 2, seed: int = 0) -> Weights:
    """The state of a Generator of rosinality's model.py, by its names, with its filters."""
    random = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random)

    def styled(name: str, inputs: int, outputs: int, up: bool) -> Weights:
        made = {f"{name}.conv.weight": draw(1, outputs, inputs, 3, 3), f"{name}.noise.weight": draw(1)}
        made |= {f"{name}.conv.blur.kernel": KERNEL * 4} if up else {}
        made |= {f"{name}.conv.modulation.weight": draw(inputs, width), f"{name}.activate.bias": draw(outputs)}
        return made | {f"{name}.conv.modulation.bias": 1 + draw(inputs)}

    def coloured(name: str, inputs: int, up: bool) -> Weights:
        made = {f"{name}.conv.weight": draw(1, 3, inputs, 1, 1), f"{name}.bias": draw(1, 3, 1, 1)}
        made |= {f"{name}.upsample.kernel": KERNEL * 4} if up else {}
        made |= {f"{name}.conv.modulation.weight": draw(inputs, width)}
        return made | {f"{name}.conv.modulation.bias": 1 + draw(inputs)}

    sides = features(resolution)
    found: Weights = {}
    for number in range(1, depth + 1):
        found |= {f"style.{number}.weight": draw(width, width) * 100, f"style.{number}.bias": draw(width) * 10}
    found["input.input"] = draw(1, sides[4], 4, 4)
    found |= styled("conv1", sides[4], sides[4], False) | coloured("to_rgb1", sides[4], False)
    before = sides[4]
    for step, count in enumerate(list(sides.values())[1:]):
        found |= styled(f"convs.{2 * step}", before, count, True) | styled(f"convs.{2 * step + 1}", count, count, False)
        found |= coloured(f"to_rgbs.{step}", count, True)
        before = count
    for number in range(2 * len(sides) - 1):
        side = 2 ** ((number + 5) // 2)
        found[f"noises.noise_{number}"] = draw(1, 1, side, side)
    return found


def torch_file(value: Any, path: Path, legacy: bool = False) -> Path:
    """As torch.save writes it, in either of its two ways."""
    torch.save(value, path, _use_new_zipfile_serialization=not legacy)
    return path


class EasyDict(dict[str, Any]):
    """As dnnlib.util has it: a dictionary of a class of its own."""

    __module__, __qualname__ = "dnnlib.util", "EasyDict"


class Persistent(nn.Module):
    """A module that is pickled as torch_utils.persistence has it: by name of class, source text and attributes."""

    def __init__(self, kind: str, source: str, **attributes: Any) -> None:
        super().__init__()
        self.__dict__.update(attributes)
        self.__dict__["kind"], self.__dict__["source"] = kind, source

    def __reduce__(self) -> tuple[Any, ...]:
        state = {key: value for key, value in self.__dict__.items() if key not in ("kind", "source")}
        meta = {"type": "class", "version": 6, "module_src": self.source, "class_name": self.kind, "state": state}
        return _reconstruct_persistent_obj, (meta,), None


def _reconstruct_persistent_obj(meta: dict[str, Any]) -> Any:
    """What an ordinary unpickler would call: it runs the source text, as the original does."""
    space: dict[str, Any] = {}
    exec(meta["module_src"], space)
    return space[meta["class_name"]]


_reconstruct_persistent_obj.__module__ = "torch_utils.persistence"


@contextmanager
def their_modules() -> Iterator[None]:
    """Names that the pickler looks up: those of NVlabs' repositories."""
    persistence, util = types.ModuleType("torch_utils.persistence"), types.ModuleType("dnnlib.util")
    vars(persistence)["_reconstruct_persistent_obj"] = _reconstruct_persistent_obj
    vars(util)["EasyDict"] = EasyDict
    made = {"torch_utils": types.ModuleType("torch_utils"), "torch_utils.persistence": persistence}
    made |= {"dnnlib": types.ModuleType("dnnlib"), "dnnlib.util": util}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


def nvlabs_module(weights: Weights, source: str = "", clamp: float | None = None, **changed: Any) -> Persistent:
    """A Generator with these weights. ``changed`` are other values of attributes, of every module that has them."""

    def tell(**attributes: Any) -> dict[str, Any]:
        return {key: changed.get(key, value) for key, value in attributes.items()}

    root = Persistent("Generator", source, _init_args=(), _init_kwargs=EasyDict(z_dim=7))
    kinds = {"mapping": "MappingNetwork", "synthesis": "SynthesisNetwork", "affine": "FullyConnectedLayer",
             "torgb": "ToRGBLayer", "conv0": "SynthesisLayer", "conv1": "SynthesisLayer"}  # fmt: skip
    for name, value in weights.items():
        *path, last = name.split(".")
        module: nn.Module = root
        for part in path:
            if part not in module._modules:
                attributes: dict[str, Any] = {}
                if part.startswith("fc"):
                    attributes = tell(activation="lrelu", bias_gain=0.01, weight_gain=torch.tensor(0.01).numpy()[()])
                elif part.startswith("conv"):
                    attributes = tell(activation="lrelu", conv_clamp=clamp, use_noise=True)
                elif part == "torgb":
                    attributes = tell(conv_clamp=clamp)
                elif part.startswith("b") and part[1:].isdigit():
                    attributes = tell(architecture="skip", conv_clamp=clamp, use_fp16=False)
                module._modules[part] = Persistent(kinds.get(part, "SynthesisBlock"), source, **attributes)
            inner = module._modules[part]
            assert inner is not None
            module = inner
        if last in ("resample_filter", "noise_const", "w_avg"):
            module.register_buffer(last, value.clone())
        else:
            module._parameters[last] = nn.Parameter(value.clone(), requires_grad=False)
    return root


def nvlabs_pickle(path: Path, module: Persistent, protocol: int = 4, **networks: Any) -> Path:
    """A snapshot of a training: G, D, G_ema, the augmentation and the data set's arguments."""
    data = {"training_set_kwargs": EasyDict(class_name="training.dataset.ImageFolderDataset", use_labels=False)}
    with their_modules(), open(path, "wb") as file:
        pickle.dump({"G": module, "D": None, "G_ema": module, "augment_pipe": None, **data, **networks}, file, protocol)
    return path


def ordered(weights: Weights, prefix: str = "") -> OrderedDict[str, Tensor]:
    """A state as PyTorch has it."""
    return OrderedDict((prefix + name, value) for name, value in weights.items())


def lucidrains_weights(
    resolution: int = 32, width: int = 9, channels: int = 3, depth: int = 3, seed: int = 0
) -> Weights:
    """S, G, SE and GE of a StyleGAN2 of stylegan2_pytorch.py, version 1.8, by their names."""
    random = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random) * 0.6

    def dense(name: str, inputs: int, outputs: int) -> Weights:
        return {f"{name}.weight": draw(outputs, inputs), f"{name}.bias": draw(outputs)}

    found: Weights = {}
    sides = [side for side in (4, 8, 16, 32, 64) if side <= resolution]
    counts = [min(4 * resolution // side, 12) for side in sides]
    for mapping, network in (("S", "G"), ("SE", "GE")):
        for number in range(depth):
            found |= dense(f"{mapping}.net.{2 * number}", width, width)
        found[f"{network}.initial_block"] = draw(1, counts[0], 4, 4)
        found[f"{network}.initial_conv.weight"] = draw(counts[0], counts[0], 3, 3)
        found[f"{network}.initial_conv.bias"] = draw(counts[0])
        before = counts[0]
        for number, count in enumerate(counts):
            name = f"{network}.blocks.{number}"
            for layer, inputs in ((1, before), (2, count)):
                found |= dense(f"{name}.to_style{layer}", width, inputs) | dense(f"{name}.to_noise{layer}", 1, count)
                found[f"{name}.conv{layer}.weight"] = draw(count, inputs, 3, 3)
            found |= dense(f"{name}.to_rgb.to_style", width, count)
            found[f"{name}.to_rgb.conv.weight"] = draw(channels, count, 1, 1)
            if number < len(counts) - 1:
                found[f"{name}.to_rgb.upsample.1.f"] = torch.tensor([1.0, 2.0, 1.0])
            before = count
    found["D.to_logit.weight"] = draw(1, 8)
    return found
