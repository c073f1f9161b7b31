"""Generators out of the pickles of NVlabs' stylegan2-ada-pytorch and stylegan3 repositories (StyleGAN2 networks).

Such a pickle holds modules with the source text of their classes: each is the record of a call of
``torch_utils.persistence._reconstruct_persistent_obj`` with type, source text, name of the class and attributes. Of
these only the attributes are looked at. Names, shapes and numerics: ``docs/interop.md``.
"""

from typing import Any

from torch import Tensor

from nijigen.interop.inert import Call, RefusedError, Value
from nijigen.interop.published import Foreign, Published, at_least_three, colours, fit_widths
from nijigen.interop.tensors import Find

REBUILD = "_reconstruct_persistent_obj"
IGNORED = r"(.*\.)?(resample_filter|num_batches_tracked)"
MOST_DEPTH, MOST_NAMES = 8, 20_000
LARGEST = 2_048  # pixels

Attributes = dict[str, dict[Any, Value]]


def is_module(value: Value) -> bool:
    """Whether a record is that of a module with its source text."""
    return isinstance(value, Call) and value.what.name == REBUILD


def read_nvlabs(network: Value, find: Find) -> Foreign:
    """The generator that a module's record describes.

    Raises:
        RefusedError: it is another network, or has been changed so that it makes other pictures.
    """
    records, attributes = _flat(network)
    if any(name.startswith("synthesis.input.") for name in records):
        raise RefusedError("its generator is a StyleGAN3 (alias-free), which nijigen does not have: give a StyleGAN2")
    if "synthesis.b4.const" not in records:
        raise RefusedError("it holds no StyleGAN2 generator (no synthesis.b4.const)")
    return _Translation(Published(records, find), attributes).done()


class _Translation:
    """One generator on its way: names of NVlabs in ``given``, attributes of its modules in ``told``."""

    def __init__(self, given: Published, told: Attributes) -> None:
        self.given, self.told = given, told
        self.tensors: dict[str, Tensor] = {}
        self.clamps: set[float] = set()
        self.noises: set[bool] = set()

    def done(self) -> Foreign:
        """All of it."""
        sides = [4]
        while f"synthesis.b{2 * sides[-1]}.conv0.weight" in self.given and sides[-1] < LARGEST:
            sides.append(2 * sides[-1])
        if len(sides) < 2:
            raise RefusedError("its pictures have 4 px: nijigen imports 8 px and more")
        features = {side: self.given.side(f"synthesis.b{side}.conv1.weight", 0, 4) for side in sides}
        width = self.given.side("synthesis.b4.conv1.affine.weight", 1, 2)
        channels = self.given.side(f"synthesis.b{sides[-1]}.torgb.weight", 0, 4)
        options = {"latent_width": width, "demodulation": "plain", **self._mapping(width)}
        self._blocks(features, width, channels)
        base, most = fit_widths(features)
        self.given.check_rest(IGNORED)
        if len(self.clamps) > 1 or len(self.noises) > 1:
            raise RefusedError("its layers differ in their clamp or in whether they take noise, which nijigen's do not")
        noisy = self.noises.pop()
        options |= {"channel_base": base, "max_width": most, "clamp": self.clamps.pop(), "noise": noisy}
        options["noise_maps"] = "kept" if noisy else "drawn"
        classes = self.given.side("mapping.embed.weight", 1, 2) if "mapping.embed.weight" in self.given else 0
        notes = ["a single channel of grey was made three equal ones"] if channels == 1 else []
        return Foreign("nvlabs", "stylegan2", options, sides[-1], colours(channels), classes, self.tensors, notes)

    def _mapping(self, width: int) -> dict[str, Any]:
        """Its tensors, and the options that they tell."""
        depth = 0
        while f"mapping.fc{depth}.weight" in self.given and depth < 64:
            depth += 1
        if not depth:
            raise RefusedError("its network has no mapping.fc0.weight")
        inputs, embedding, rates = self.given.side("mapping.fc0.weight", 1, 2), 0, set()
        if "mapping.embed.weight" in self.given:
            embedding, classes = self.given.shape("mapping.embed.weight")
            self._copy("mapping.embed.weight", "mapping.embed.weight", embedding, classes)
            self._copy("mapping.embed.bias", "mapping.embed.bias", embedding)
        for number in range(depth):
            name = f"mapping.fc{number}"
            self._copy(f"mapping.layers.{number}.weight", f"{name}.weight", width, width if number else inputs)
            self._copy(f"mapping.layers.{number}.bias", f"{name}.bias", width)
            self._expect(name, "activation", "lrelu")
            rates.add(self._number(name, "bias_gain", 0.01))
        if "mapping.w_avg" in self.given:
            self._copy("latent_mean", "mapping.w_avg", width)
        if len(rates) > 1 or inputs <= embedding:
            raise RefusedError("its mapping network is none of StyleGAN2")
        found: dict[str, Any] = {"latent": inputs - embedding, "mapping_layers": depth, "mapping_rate": rates.pop()}
        return found | ({"embedding": embedding} if embedding else {})

    def _blocks(self, features: dict[int, int], width: int, channels: int) -> None:
        before = features[4]
        self.tensors["first.constant"] = self.given.take("synthesis.b4.const", before, 4, 4)[None]
        for side, count in features.items():
            theirs, ours = f"synthesis.b{side}", f"blocks.b{side}" if side > 4 else "first"
            self._expect(theirs, "architecture", "skip")
            for name in (theirs, f"{theirs}.conv0", f"{theirs}.conv1"):
                self.given.check_filter(f"{name}.resample_filter", 1)
            if side > 4:
                self._layer(f"{ours}.up", f"{theirs}.conv0", before, count, side, width)
            self._layer(f"{ours}.conv", f"{theirs}.conv1", count, count, side, width)
            self._colours(f"{ours}.to_image", f"{theirs}.torgb", count, channels, width)
            before = count

    def _layer(self, ours: str, theirs: str, inputs: int, outputs: int, side: int, width: int) -> None:
        self._copy(f"{ours}.conv.weight", f"{theirs}.weight", outputs, inputs, 3, 3)
        self._copy(f"{ours}.conv.to_style.weight", f"{theirs}.affine.weight", inputs, width)
        self._copy(f"{ours}.conv.to_style.bias", f"{theirs}.affine.bias", inputs)
        self._copy(f"{ours}.bias", f"{theirs}.bias", outputs)
        self.noises.add(f"{theirs}.noise_strength" in self.given)
        if f"{theirs}.noise_strength" in self.given:
            self.tensors[f"{ours}.noise.strength"] = self.given.take(f"{theirs}.noise_strength")[None]
            self._copy(f"{ours}.noise.kept", f"{theirs}.noise_const", side, side)
        self._expect(theirs, "activation", "lrelu")
        self.clamps.add(self._number(theirs, "conv_clamp", 0.0))

    def _colours(self, ours: str, theirs: str, inputs: int, channels: int, width: int) -> None:
        weight = self.given.take(f"{theirs}.weight", channels, inputs, 1, 1)
        self.tensors[f"{ours}.weight"] = at_least_three(weight[:, :, 0, 0])
        self.tensors[f"{ours}.bias"] = at_least_three(self.given.take(f"{theirs}.bias", channels))
        self._copy(f"{ours}.to_style.weight", f"{theirs}.affine.weight", inputs, width)
        self._copy(f"{ours}.to_style.bias", f"{theirs}.affine.bias", inputs)
        self.clamps.add(self._number(theirs, "conv_clamp", 0.0))

    def _copy(self, ours: str, theirs: str, *shape: int) -> None:
        self.tensors[ours] = self.given.take(theirs, *shape)

    def _expect(self, module: str, attribute: str, value: str) -> None:
        """See that an attribute is the one that nijigen computes; where a file does not say, it is taken for it."""
        found = self.told.get(module, {}).get(attribute, value)
        if found != value:
            raise RefusedError(f"its {module} has {attribute} {str(found)[:40]!r}, and nijigen has {value!r} alone")

    def _number(self, module: str, attribute: str, missing: float) -> float:
        found = self.told.get(module, {}).get(attribute)
        if found is None:
            return missing
        if not isinstance(found, int | float) or not 0 < found < 1e6:
            raise RefusedError(f"its {module} has an {attribute} that is no number")
        return float(found)


def _flat(network: Value) -> tuple[dict[str, Value], Attributes]:
    """All parameters and buffers by their names, ``synthesis.b4.const``, and the attributes of each module."""
    records: dict[str, Value] = {}
    attributes: Attributes = {}
    waiting = [("", network, 0)]
    while waiting:
        name, module, depth = waiting.pop()
        state = _state(module)
        if len(attributes) >= MOST_NAMES or len(records) >= MOST_NAMES or depth > MOST_DEPTH:
            raise RefusedError("its network has more modules than any that is known")
        attributes[name] = state
        start = f"{name}." if name else ""
        for kind in ("_parameters", "_buffers"):
            held = state.get(kind)
            records |= {f"{start}{key}": value for key, value in held.items()} if isinstance(held, dict) else {}
        inside = state.get("_modules")
        if isinstance(inside, dict):
            if len(waiting) + len(inside) > MOST_NAMES:
                raise RefusedError("its network has more modules than any that is known")
            waiting += [(f"{start}{key}", one, depth + 1) for key, one in inside.items() if one is not None]
    return records, attributes


def _state(module: Value) -> dict[Any, Value]:
    """The attributes of a module, with or without its source text."""
    state = module.state if isinstance(module, Call) else None
    if is_module(module) and len(module.arguments) == 1 and isinstance(module.arguments[0], dict):
        state = module.arguments[0].get("state")
    if isinstance(state, Call):  # a dictionary of a class of its own
        state = state.entries
    return state if isinstance(state, dict) else {}
