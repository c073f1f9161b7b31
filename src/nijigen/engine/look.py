"""How a generator is asked to show what it knows: truncation, and the fine noise of the StyleGAN families."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from nijigen.edit.maps import injections, wearing
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator

MAX_COUNT = 1_000_000
MAX_BATCH = 4_096


@dataclass(frozen=True)
class Look:
    """What does not come from seed and labels.

    Attributes:
        truncation: 1 or None leaves latents, 0 makes all of one label the same (see ``Generator.truncate``).
        noise: strength of the per-pixel noise, 1 as trained, 0 none.
        noise_seed: another number, other noise.
    """

    truncation: float | None = None
    noise: float = 1.0
    noise_seed: int = 0

    def check(self, generator: Generator) -> None:
        """See that the generator can be asked for it.

        Raises:
            NijigenError: a value out of range, or a model without a mean latent or without noise.
        """
        if self.truncation is not None:
            generator.check_truncation(self.truncation)
        if not 0 <= self.noise <= 10:
            raise NijigenError(f"--noise {self.noise:g} is out of range: use 0 (none) to 10")
        if not 0 <= self.noise_seed < 2**31:
            raise NijigenError(f"--noise-seed {self.noise_seed} is out of range: use 0 to {2**31 - 1}")
        if (self.noise, self.noise_seed) != (1.0, 0) and not injections(generator):
            which = "stylegan and stylegan2 trained with network.noise=true have"
            raise NijigenError(f"this model has no noise to change ({which}): leave --noise out")

    def apply(self, generator: Generator, z: Tensor, labels: Tensor) -> Tensor:
        """Pictures ``[N, C, R, R]`` for noise ``[N, z_dim]`` and labels ``[N, label_width]``."""
        latent = generator.map(z, labels)
        if self.truncation is not None:
            latent = generator.truncate(latent, self.truncation, labels, z)
        return self.synthesize(generator, latent)

    def synthesize(self, generator: Generator, latent: Tensor, maps: Tensor | None = None) -> Tensor:
        """Pictures ``[N, C, R, R]`` of latents that are truncated already, with noise maps of their own if any."""
        for injection in injections(generator):
            injection.scale = self.noise
            if injection.seed != self.noise_seed:  # at 1024 px a map is a million numbers
                injection.redraw(self.noise_seed)
        with wearing(generator, maps):
            return generator.synthesize(latent)

    def facts(self) -> dict[str, Any]:
        """For the birth certificate."""
        facts: dict[str, Any] = {"truncation": self.truncation}
        if (self.noise, self.noise_seed) != (1.0, 0):
            facts |= {"noise": self.noise, "noise_seed": self.noise_seed}
        return facts

    @classmethod
    def from_facts(cls, certificate: Mapping[str, Any]) -> "Look":
        """As :meth:`facts` wrote it; certificates of older models have none of it.

        Raises:
            NijigenError: the values are no numbers.
        """
        truncation = certificate.get("truncation")
        try:
            return cls(
                None if truncation is None else float(truncation),
                float(certificate.get("noise", 1.0)),
                int(certificate.get("noise_seed", 0)),
            )
        except (TypeError, ValueError, OverflowError) as error:
            raise NijigenError(f"the birth certificate is damaged: {error}") from None


def check_count(count: int, batch: int) -> None:
    """See that so many avatars can be asked for.

    Raises:
        NijigenError: a number out of range.
    """
    if not 1 <= count <= MAX_COUNT:
        raise NijigenError(f"count {count} is out of range: use 1 to {MAX_COUNT:,}")
    if not 1 <= batch <= MAX_BATCH:
        raise NijigenError(f"batch {batch} is out of range: use 1 to {MAX_BATCH}")
