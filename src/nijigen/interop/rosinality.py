"""Generators out of the checkpoints of rosinality's stylegan2-pytorch: ``g_ema`` and ``g``, weights by name.

Its numerics are those of the paper, as nijigen's: so its weights are taken as they are. Two things are not in such a
file: the mapping network's learning rate, which is a factor of its weights too, and is 0.01 in that project unless its
code was changed; and, in checkpoints of training, the mean latent. Names and shapes: ``docs/interop.md``.
"""

from typing import Any

from torch import Tensor

from nijigen.interop.inert import RefusedError, Value
from nijigen.interop.published import Foreign, Published, fit_widths
from nijigen.interop.tensors import Find, is_tensor, shape_of

RATE = 0.01
LARGEST = 2_048  # pixels
IGNORED = r"noises\.noise_\d+"  # those beyond the network's size, which some forks keep


def read_rosinality(state: dict[Any, Value], mean: Value, find: Find) -> Foreign:
    """The generator whose weights have these names.

    Args:
        state: records of tensors by name.
        mean: the record of the mean latent, where the checkpoint has one.
        find: what finds their numbers.

    Raises:
        RefusedError: it is another network, or has been changed so that it makes other pictures.
    """
    given = Published(state, find)
    tensors: dict[str, Tensor] = {}
    width = given.side("style.1.weight", 0, 2)
    depth = _depth(given)
    for number in range(depth):
        theirs, ours = f"style.{number + 1}", f"mapping.layers.{number}"
        tensors[f"{ours}.weight"] = given.take(f"{theirs}.weight", width, width)
        tensors[f"{ours}.bias"] = given.take(f"{theirs}.bias", width)
    features = _features(given)
    before = features[4]
    tensors["first.constant"] = given.take("input.input", 1, before, 4, 4)
    kept = "noises.noise_0" in given
    for step, (side, count) in enumerate(features.items()):
        first = side == 4
        ours = "first" if first else f"blocks.b{side}"
        pairs = [("conv", "conv1", count)]
        if not first:
            pairs = [("up", f"convs.{2 * step - 2}", before), ("conv", f"convs.{2 * step - 1}", count)]
        for number, (part, theirs, inputs) in enumerate(pairs):
            noise = f"noises.noise_{number if first else 2 * step - 1 + number}" if kept else ""
            tensors |= _layer(given, f"{ours}.{part}", theirs, (inputs, count, width), side, noise)
        tensors |= _colours(given, f"{ours}.to_image", "to_rgb1" if first else f"to_rgbs.{step - 1}", count, width)
        before = count
    base, most = fit_widths(features)
    given.check_rest(IGNORED)
    notes = [f"the mapping network's learning rate is not in the file and was taken to be {RATE:g}"]
    if is_tensor(mean) and shape_of(mean) in ((width,), (1, width)):
        tensors["latent_mean"] = (
            Published({"latent_avg": mean}, find).take("latent_avg", *shape_of(mean)).reshape(width)
        )
    options = {
        "latent": width,
        "latent_width": width,
        "mapping_layers": depth,
        "mapping_rate": RATE,
        "channel_base": base,
        "max_width": most,
        "noise_maps": "kept" if kept else "drawn",
    }
    return Foreign("rosinality", "stylegan2", options, max(features), 3, 0, tensors, notes)


def _depth(given: Published) -> int:
    depth = 0
    while f"style.{depth + 1}.weight" in given and depth < 64:
        depth += 1
    return depth


def _features(given: Published) -> dict[int, int]:
    """Features by resolution."""
    features, step = {4: given.side("conv1.conv.weight", 1, 5)}, 0
    while f"convs.{2 * step + 1}.conv.weight" in given and max(features) < LARGEST:
        features[2 * max(features)] = given.side(f"convs.{2 * step + 1}.conv.weight", 1, 5)
        step += 1
    if not step:
        raise RefusedError("its pictures have 4 px: nijigen imports 8 px and more")
    return features


def _layer(
    given: Published, ours: str, theirs: str, sizes: tuple[int, int, int], side: int, noise: str
) -> dict[str, Tensor]:
    """A convolution with its style, noise and bias; ``sizes`` are inputs, outputs and the width of the latent."""
    inputs, outputs, width = sizes
    given.check_filter(f"{theirs}.conv.blur.kernel", 4)
    found = {
        f"{ours}.conv.weight": given.take(f"{theirs}.conv.weight", 1, outputs, inputs, 3, 3)[0],
        f"{ours}.conv.to_style.weight": given.take(f"{theirs}.conv.modulation.weight", inputs, width),
        f"{ours}.conv.to_style.bias": given.take(f"{theirs}.conv.modulation.bias", inputs),
        f"{ours}.noise.strength": given.take(f"{theirs}.noise.weight", 1),
        f"{ours}.bias": given.take(f"{theirs}.activate.bias", outputs),
    }
    if noise:
        found[f"{ours}.noise.kept"] = given.take(noise, 1, 1, side, side)[0, 0]
    return found


def _colours(given: Published, ours: str, theirs: str, inputs: int, width: int) -> dict[str, Tensor]:
    given.check_filter(f"{theirs}.upsample.kernel", 4)
    return {
        f"{ours}.weight": given.take(f"{theirs}.conv.weight", 1, 3, inputs, 1, 1)[0, :, :, 0, 0],
        f"{ours}.bias": given.take(f"{theirs}.bias", 1, 3, 1, 1).flatten(),
        f"{ours}.to_style.weight": given.take(f"{theirs}.conv.modulation.weight", inputs, width),
        f"{ours}.to_style.bias": given.take(f"{theirs}.conv.modulation.bias", inputs),
    }
