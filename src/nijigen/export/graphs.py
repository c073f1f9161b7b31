"""A generator as two networks whose inputs are all that a caller may decide: what an ONNX file is traced from.

``Mapping`` turns noise and labels into latents and draws them toward the middle; ``Synthesis`` turns latents into
pictures, with the per-pixel noise as an input. Both work on a copy: the generator itself stays as it is.
"""

import copy
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.edit.maps import injections
from nijigen.models.contract import MIDDLE_OF, Generator
from nijigen.models.translator import Translator
from nijigen.nn.noise import NoiseInjection


class Input(NamedTuple):
    """An input of a graph.

    Attributes:
        example: any tensor of its shape; ``[2, …]`` where the number of pictures is free.
        free: the names of its free dimensions.
        shared: one row of it may stand for all pictures.
    """

    example: Tensor
    free: dict[int, str]
    shared: bool = False


class Mapping(nn.Module):
    """Noise ``z``, ``labels`` and ``truncation`` → latent; see :meth:`Generator.map` and :meth:`Generator.truncate`.

    The middle of a label is the mean over fixed draws of noise, which are constants here. It is computed only where
    truncation is not 1: it costs 256 times what the mapping of one latent does.
    """

    draws: Tensor

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = copy.deepcopy(generator).eval().requires_grad_(False).float().cpu()
        random = torch.Generator().manual_seed(0)
        draws = torch.randn(MIDDLE_OF, generator.z_dim, generator=random)
        self.own_middle = generator.has_mean_latent and bool(generator.shape.label_width or generator.decided)
        self.register_buffer("draws", draws if self.own_middle else draws[:0], persistent=False)
        kept = torch.zeros(generator.z_dim, dtype=torch.bool)
        kept[list(generator.decided)] = True
        self.register_buffer("kept", kept, persistent=False)
        self.eval()

    def inputs(self) -> dict[str, Input]:
        """What it takes, by name, in order."""
        generator = self.generator
        found = {"z": Input(torch.randn(2, generator.z_dim), {0: "n"})}
        if generator.shape.label_width:
            found["labels"] = Input(torch.zeros(2, generator.shape.label_width), {0: "n"})
        if generator.has_mean_latent:
            found["truncation"] = Input(torch.tensor(0.7), {})
        return found

    def forward(self, z: Tensor, *others: Tensor) -> Tensor:
        """``[n, z_dim]``, ``[n, label_width]`` where there are labels, a scalar → ``[n, dim]`` or ``[n, layers, dim]``.

        The scalar is there where the family tracks a mean latent; 1 leaves latents.
        """
        rest = list(others)
        labels = rest.pop(0) if self.generator.shape.label_width else z[:, :0]
        latent = self.generator.map(z, labels)
        if not rest:
            return latent.clone()  # the noise itself, where there are no labels: an output needs a node of its own
        (strength,) = rest
        if not self.own_middle:
            return _toward(self.generator.mean_latent(), latent, strength)
        found = torch.cond(strength == 1, self._left, self._drawn, (latent, strength, z, labels))
        return cast(Tensor, found)

    def _left(self, latent: Tensor, strength: Tensor, z: Tensor, labels: Tensor) -> Tensor:
        return latent.clone()

    def _drawn(self, latent: Tensor, strength: Tensor, z: Tensor, labels: Tensor) -> Tensor:
        noise = self.draws[None]  # [1, draws, z_dim]
        kept = self.get_buffer("kept")
        noise = torch.where(kept, z[:, None], noise) if self.generator.decided else noise.expand(z.shape[0], -1, -1)
        each = labels[:, None].expand(-1, MIDDLE_OF, -1)
        made = self.generator.map(noise.flatten(0, 1), each.flatten(0, 1))
        if made.ndim == 3:  # all rows of the latent are alike here
            made = made[:, 0]
        middle = made.reshape(-1, MIDDLE_OF, made.shape[-1]).mean(dim=1)
        return _toward(middle[:, None] if latent.ndim == 3 else middle, latent, strength)


class Synthesis(nn.Module):
    """Latent → ``image`` ``[n, C, R, R]``; where the generator has per-pixel noise, its strength and maps are inputs.

    A network that has not grown up has its pixels repeated up to R.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.sides = [injection.resolution for injection in injections(generator)]
        self.generator = copy.deepcopy(generator).eval().requires_grad_(False).float().cpu()
        self._given = _Given()
        _replace(self.generator, self._given)
        self.eval()

    def inputs(self, latent: Tensor) -> dict[str, Input]:
        """What it takes, by name, in order; ``latent`` is one of two pictures, as the mapping gave it."""
        found = {"latent": Input(latent, {0: "n"})}
        if self.sides:
            maps = torch.randn(2, sum(side * side for side in self.sides))
            found |= {"noise": Input(torch.tensor(1.0), {}), "maps": Input(maps, {0: "n"}, shared=True)}
        return found

    def forward(self, latent: Tensor, noise: Tensor | None = None, maps: Tensor | None = None) -> Tensor:
        """Latents, a scalar and ``[n, numbers]`` → pictures ``[n, C, R, R]``."""
        if maps is not None and noise is not None:
            parts = torch.split(maps, [side * side for side in self.sides], dim=1)
            planes = [part.reshape(-1, 1, side, side) for part, side in zip(parts, self.sides, strict=True)]
            self._given.planes = [plane * noise for plane in planes]
        images = self.generator.synthesize(latent)
        self._given.planes = []
        missing = self.generator.shape.resolution // images.shape[-1]
        return images if missing == 1 else functional.interpolate(images, scale_factor=float(missing))


class Translation(nn.Module):
    """Pictures ``[n, 3, h, w]`` → pictures of the same size, by a translator."""

    def __init__(self, translator: Translator) -> None:
        super().__init__()
        self.translator = copy.deepcopy(translator).eval().requires_grad_(False).float().cpu()
        self.eval()

    def inputs(self) -> dict[str, Input]:
        """What it takes. Sides have to be multiples of what the card's export says, and so many pixels at least."""
        side = max(self.translator.least, 16 * self.translator.multiple)
        example = torch.rand(2, 3, side, side + 4 * self.translator.multiple) * 2 - 1
        return {"picture": Input(example, {0: "n", 2: "h", 3: "w"})}

    def forward(self, picture: Tensor) -> Tensor:
        """See the class."""
        return self.translator.translate(picture)


def packed_maps(generator: Generator) -> Tensor:
    """The maps that a generator makes pictures with now, as ``maps`` takes them: ``[1, numbers]``."""
    return torch.cat([injection.fixed.flatten() for injection in injections(generator)]).detach().cpu()[None]


class _Given:
    """The noise of one call, ``[n, 1, R, R]`` a layer; no module, so that a trace does not take it for state."""

    planes: list[Tensor]

    def __init__(self) -> None:
        self.planes = []


class _GivenNoise(nn.Module):
    """Takes the place of a :class:`NoiseInjection`: adds the noise it is given."""

    def __init__(self, former: NoiseInjection, number: int, given: _Given) -> None:
        super().__init__()
        self.strength, self._number, self._given = former.strength, number, given

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        return x + self._given.planes[self._number] * (self.strength * gain)[:, None, None]


def _replace(network: nn.Module, given: _Given) -> None:
    named = [(name, module) for name, module in network.named_modules() if isinstance(module, NoiseInjection)]
    for number, (name, module) in enumerate(named):
        network.set_submodule(name, _GivenNoise(module, number, given))


def _toward(middle: Tensor, latent: Tensor, strength: Tensor) -> Tensor:
    return middle + strength * (latent - middle)
