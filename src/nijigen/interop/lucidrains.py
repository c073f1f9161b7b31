"""Generators out of the checkpoints of lucidrains' stylegan2-pytorch: ``GAN``, weights by name, ``GE.`` and ``SE.``.

Its weights are used as they are, nijigen's are scaled when they are used: so each is divided by its scale here. The 1
that it adds to every style goes into the bias of that style; its pictures are in [0, 1], which goes into the weights of
colours, for all that happens to colours afterwards keeps sums and constants. Names and shapes: ``docs/interop.md``.
"""

import math
from typing import Any

from torch import Tensor

from nijigen.interop.inert import RefusedError, Value
from nijigen.interop.published import Foreign, Published
from nijigen.interop.tensors import Find

RATE = 0.1
LARGEST = 2_048  # pixels


def read_lucidrains(state: dict[Any, Value], average: bool, find: Find) -> Foreign:
    """The generator whose weights have these names.

    Args:
        state: records of tensors by name.
        average: take ``SE`` and ``GE``, the averages over training, rather than ``S`` and ``G``.
        find: what finds their numbers.

    Raises:
        RefusedError: it is another network, or one with what nijigen does not have.
    """
    mapping, network = ("SE.", "GE.") if average else ("S.", "G.")
    kept = {
        name: value for name, value in state.items() if isinstance(name, str) and name.startswith((mapping, network))
    }
    given = Published(kept, find)
    if f"{network}to_initial_block.weight" in given:
        raise RefusedError(
            "its network begins with the latent and not with a constant (no_const), which is not imported"
        )
    if any(name.startswith(f"{network}attns.") for name in kept):
        raise RefusedError("its network has attention layers, which nijigen does not have for this layout")
    if f"{network}initial_conv.weight" not in given:
        raise RefusedError(f"it has no {network}initial_conv.weight: older versions of that project are not imported")
    return _Translation(given, mapping, network).done()


class _Translation:
    """One generator on its way."""

    def __init__(self, given: Published, mapping: str, network: str) -> None:
        self.given, self.mapping, self.network = given, mapping, network
        self.tensors: dict[str, Tensor] = {}

    def done(self) -> Foreign:
        """All of it."""
        given, network = self.given, self.network
        width, depth = given.side(f"{self.mapping}net.0.weight", 0, 2), 0
        while f"{self.mapping}net.{2 * depth}.weight" in given and depth < 64:
            theirs, ours = f"{self.mapping}net.{2 * depth}", f"mapping.{depth}"
            self.tensors[f"{ours}.weight"] = given.take(f"{theirs}.weight", width, width) * math.sqrt(width)
            self.tensors[f"{ours}.bias"] = given.take(f"{theirs}.bias", width)
            depth += 1
        start = given.side(f"{network}initial_block", 1, 4)
        self.tensors["constant"] = given.take(f"{network}initial_block", 1, start, 4, 4)
        scale = math.sqrt(start * 9)
        self.tensors["conv.weight"] = given.take(f"{network}initial_conv.weight", start, start, 3, 3) * scale
        self.tensors["conv.bias"] = given.take(f"{network}initial_conv.bias", start)
        features = self._features()
        channels = given.side(f"{network}blocks.0.to_rgb.conv.weight", 0, 4)
        if channels not in (3, 4):
            raise RefusedError(f"its pictures have {channels} channels: nijigen imports 3, or 4 with transparency")
        before = start
        for number, (side, count) in enumerate(features.items()):
            self._block(f"blocks.b{side}", f"{network}blocks.{number}", before, count, channels, width)
            before = count
        last = f"blocks.b{max(features)}.to_image.bias"
        self.tensors[last] = self.tensors[last] - 1
        options = {"latent": width, "mapping_layers": depth, "mapping_rate": RATE, "straight": channels == 4}
        options |= self._capacity(features)
        given.check_rest(r".*\.to_rgb\.upsample\.\d+\.f")
        notes = [
            f"the mapping network's learning rate is not in the file and was taken to be {RATE:g}",
            "noise is drawn by nijigen: the checkpoint has none, and its own code draws another for every picture",
        ]
        size = max(features)
        return Foreign("lucidrains", "lucidrains", options, size, channels, 0, self.tensors, notes)

    def _features(self) -> dict[int, int]:
        features: dict[int, int] = {}
        while f"{self.network}blocks.{len(features)}.conv2.weight" in self.given and 4 << len(features) <= LARGEST:
            name = f"{self.network}blocks.{len(features)}"
            features[4 << len(features)] = self.given.side(f"{name}.conv2.weight", 0, 4)
        if len(features) < 2:
            raise RefusedError("its pictures have 4 px: nijigen imports 8 px and more")
        for number in range(len(features) - 1):
            name = f"{self.network}blocks.{number}.to_rgb.upsample.1.f"
            if name not in self.given or self.given.take(name, 3).tolist() != [1.0, 2.0, 1.0]:
                raise RefusedError("its colours are not blurred when they are doubled: its version is not imported")
        return features

    def _capacity(self, features: dict[int, int]) -> dict[str, int]:
        """The two numbers that make its features."""
        most, finest = max(features.values()), features[max(features)]
        capacity = max(finest // 2, 1)
        base = 2 * capacity * max(features)
        if any(count != min(base // side, most) for side, count in features.items()):
            raise RefusedError(f"its features, {list(features.values())}, are not as that project makes them")
        return {"capacity": capacity, "max_width": most}

    def _block(self, ours: str, theirs: str, inputs: int, outputs: int, channels: int, width: int) -> None:
        for number, (part, count) in enumerate((("first", inputs), ("second", outputs)), 1):
            name, scale = f"{ours}.{part}", math.sqrt(count * 9)
            self.tensors[f"{name}.conv.weight"] = (
                self.given.take(f"{theirs}.conv{number}.weight", outputs, count, 3, 3) * scale
            )
            self._style(f"{name}.conv.to_style", f"{theirs}.to_style{number}", count, width)
            noise = self.given.take(f"{theirs}.to_noise{number}.weight", outputs, 1)
            self.tensors[f"{name}.noise.strength"] = noise[:, 0]
            self.tensors[f"{name}.noise.offset"] = self.given.take(f"{theirs}.to_noise{number}.bias", outputs)
        weight = self.given.take(f"{theirs}.to_rgb.conv.weight", channels, outputs, 1, 1)[:, :, 0, 0]
        self.tensors[f"{ours}.to_image.weight"] = weight * (2 * math.sqrt(outputs))
        self.tensors[f"{ours}.to_image.bias"] = weight.new_zeros(channels)
        self._style(f"{ours}.to_image.to_style", f"{theirs}.to_rgb.to_style", outputs, width)

    def _style(self, ours: str, theirs: str, outputs: int, width: int) -> None:
        self.tensors[f"{ours}.weight"] = self.given.take(f"{theirs}.weight", outputs, width) * math.sqrt(width)
        self.tensors[f"{ours}.bias"] = self.given.take(f"{theirs}.bias", outputs) + 1
