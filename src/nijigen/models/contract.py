"""What every family keeps: the two interfaces and the shape of a model.

A generator turns noise and labels into a latent (``map``) and a latent into pictures (``synthesize``). The latent
already carries the label, so that everything that edits latents needs no second input. A discriminator judges pictures.
Pictures are ``[N, C, R, R]`` in [-1, 1]; with C = 4 they are premultiplied RGBA.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nijigen.errors import NijigenError
from nijigen.seeds import derive

LATENT = 0  # the side of what makes the latent: there are no features yet
MIDDLE_OF = 256  # draws of noise: their mean is off by a sixteenth of the spread of one latent


@dataclass(frozen=True)
class Shape:
    """The outside of a model: picture size in pixels, channels (3 or 4), label vector width (0: unconditional)."""

    resolution: int
    channels: int
    label_width: int


class Entrance(NamedTuple):
    """A place where a latent meets its first weights.

    Attributes:
        layer: the row of the latent that enters here; 0 where the latent is one vector.
        weight: as it is used, ``[outputs, dim]``; where the latent is one vector, of its noise: ``[outputs, z_dim]``.
    """

    layer: int
    weight: Tensor


class Part(NamedTuple):
    """Some weights of a generator, and where on the way from coarse to fine they work.

    Attributes:
        side: of the features they make, in pixels; :data:`LATENT` where they make the latent. What turns the finest
            features into pixels has the side of the picture.
        inside: a module with all in it, or one tensor.
    """

    side: int
    inside: nn.Module | Tensor


def embedding(layer: nn.Module | None) -> list[Part]:
    """The part that embeds labels, where there are any: it is of the latent."""
    return [] if layer is None else [Part(LATENT, layer)]


def check_strength(strength: float) -> None:
    """Raises NijigenError where nothing is truncated with such a strength."""
    if not -2 <= strength <= 2:
        raise NijigenError(f"--truncation {strength:g} is out of range: use 0 to 1, or -2 to 2 at most")


class Generator(nn.Module, ABC):
    """Noise and labels → latent → pictures.

    Attributes:
        shape: resolution, channels and label width.
        z_dim: width of the normal noise ``z``.
        layers: rows of a layer-wise latent ``[N, layers, dim]``; 0 where the latent is one vector ``[N, dim]``.
        decided: which numbers of the noise decide in steps, a side or a kind: truncation keeps what they decided.
    """

    shape: Shape
    z_dim: int
    layers: int = 0
    decided: tuple[int, ...] = ()

    @abstractmethod
    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """Noise ``[N, z_dim]`` and labels ``[N, label_width]`` → latent ``[N, dim]`` or ``[N, layers, dim]``."""

    @abstractmethod
    def synthesize(self, latent: Tensor) -> Tensor:
        """Latent, as :meth:`map` returns it → pictures ``[N, C, R, R]``; what lies outside [-1, 1] is cut on writing.

        A growing generator makes pictures of its working resolution.
        """

    def entrances(self) -> list[Entrance]:
        """Every weight through which a latent enters, coarse ones first: what closed-form factorisation takes apart.

        A latent of one vector is the noise with the label beside it, and the weights are those of the noise.

        Raises:
            NijigenError: the family does not say.
        """
        raise NijigenError(
            "this model's family does not say by which weights its latent enters: dcgan, lucidrains, pggan, r3gan,"
            " sagan, stylegan, stylegan2, stylegan2-ada, wgan and wgan-gp do; use --method boundary"
        )

    def parts(self) -> list[Part]:
        """All its weights and whatever else is saved with them, coarse ones first; of a tensor in two, the last counts.

        Raises:
            NijigenError: the family does not say.
        """
        raise NijigenError(
            "this model's family does not say at which resolution its weights work: dcgan, lucidrains, pggan, r3gan,"
            " sagan, stylegan, stylegan2, stylegan2-ada, wgan and wgan-gp do"
        )

    def sides(self) -> dict[str, int]:
        """The side (see :class:`Part`) of every tensor of ``state_dict``, by its name.

        Raises:
            NijigenError: the family does not say.
        """
        known: dict[int, int] = {}
        for part in self.parts():
            held = part.inside.state_dict(keep_vars=True).values() if isinstance(part.inside, nn.Module) else ()
            known |= dict.fromkeys(map(id, held or (part.inside,)), part.side)
        return {name: known[id(value)] for name, value in self.state_dict(keep_vars=True).items()}

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Pictures for noise and labels in one call."""
        return self.synthesize(self.map(z, labels))

    def truncate(self, latent: Tensor, strength: float, labels: Tensor, z: Tensor | None = None) -> Tensor:
        """Latents drawn toward the middle of those of their labels: 1 leaves them, 0 gives the middle.

        Without labels the middle is the mean latent tracked in training (1812.04948, appendix B). With labels that
        mean is of all labels together, and a picture drawn toward it loses what was asked for: so it is the mean over a
        fixed sample of noise with the picture's own labels (conditional truncation, 2202.11777). What noise decides in
        steps is kept likewise: in the middle of a clip on the left and one on the right there are two halves.

        Args:
            latent: as :meth:`map` returned it for ``labels`` ``[N, label_width]``.
            z: the noise that it was made of, ``[N, z_dim]``; without it nothing that noise decided is kept.

        Raises:
            NijigenError: the family tracks no mean latent.
        """
        middle = self.mean_latent()
        if self.shape.label_width or (self.decided and z is not None):
            noise = z if z is not None and self.decided else [None] * len(labels)
            middle = torch.stack([self._middle(*row) for row in zip(labels, noise, strict=True)])
        return middle.lerp(latent, strength)

    def mean_latent(self) -> Tensor:
        """The mean of all latents of the training, ``[dim]`` or ``[layers, dim]``.

        Raises:
            NijigenError: the family tracks none.
        """
        if not self.has_mean_latent:
            raise NijigenError("truncation needs a model with a mean latent (stylegan, stylegan2): leave it out")
        return self.get_buffer("latent_mean")

    @property
    def has_mean_latent(self) -> bool:
        """Whether latents can be drawn toward a mean: the families that have a ``w``."""
        return isinstance(getattr(self, "latent_mean", None), Tensor)

    def check_truncation(self, strength: float) -> None:
        """See that latents can be truncated so.

        Raises:
            NijigenError: the strength is out of range, or the family tracks no mean latent.
        """
        check_strength(strength)
        self.mean_latent()

    def noise(self, seeds: Iterable[int]) -> Tensor:
        """The noise that seeds stand for, ``[N, z_dim]``; each row depends on its seed alone."""
        rows = [torch.randn(self.z_dim, generator=torch.Generator().manual_seed(derive(seed, "z"))) for seed in seeds]
        return torch.stack(rows) if rows else torch.zeros(0, self.z_dim)

    def _middle(self, label: Tensor, noise: Tensor | None) -> Tensor:
        # One label at a time: the last digits of a row must not depend on the other rows of a batch.
        random = torch.Generator().manual_seed(0)
        z = torch.randn(MIDDLE_OF, self.z_dim, generator=random).to(label)
        if noise is not None:
            numbers = list(self.decided)
            z[:, numbers] = noise[numbers].to(z)
        return self.map(z, label.expand(MIDDLE_OF, -1)).mean(dim=0)


class Discriminator(nn.Module, ABC):
    """Pictures and labels → one logit a picture: the higher, the more real."""

    shape: Shape

    @abstractmethod
    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Pictures ``[N, C, R, R]`` and labels ``[N, label_width]`` → logits ``[N]``."""

    @abstractmethod
    def stages(self) -> list[nn.Module]:
        """Its parts from the picture's side to the logit, each parameter in one (``freeze_d`` counts them)."""


Networks = dict[str, nn.Module]
