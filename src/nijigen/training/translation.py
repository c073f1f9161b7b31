"""How a translator of photos is trained one way: CartoonGAN and AnimeGAN, as phases.

First the generator learns to leave the content alone (CartoonGAN, CVPR 2018, §3.3). Then a discriminator of patches
tells drawings from translations, and from drawings that lack what makes them drawings: clear edges (§3.2.1), or colours
(AnimeGAN, §3.2). The generator is to pass for drawn, and to show in VGG19's eyes what the photo shows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.models.contract import Networks
from nijigen.models.patches import PatchDiscriminator
from nijigen.models.translator import Translator
from nijigen.objectives.adversarial import OBJECTIVES, Objective
from nijigen.objectives.translation import (
    colour_difference,
    content_difference,
    greyscale,
    squared_variation,
    style_difference,
)
from nijigen.training.eyes import Eyes
from nijigen.training.phases import Logged, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.sources import DRAWINGS, PHOTOS

SMOOTHED = "smoothed"  # the stream of the drawings' edge-smoothed twins


def needs_eyes(recipe: Recipe) -> bool:
    """Whether VGG19 is looked through."""
    return recipe.translation.content > 0 or recipe.translation.style > 0


def translator_of(networks: Networks, name: str = "generator") -> Translator:
    """The network of a name, of the type it must have."""
    network = networks[name]
    if not isinstance(network, Translator):
        raise TypeError(f"the network called {name} is a {type(network).__name__}, not a Translator")
    return network


def said_of(networks: Networks, pictures: Tensor, name: str = "discriminator") -> Tensor:
    """A discriminator's logits for pictures ``[N, 3, H, W]``: of every patch, ``[N · h · w]``."""
    network = networks[name]
    if not isinstance(network, PatchDiscriminator):
        raise TypeError(f"the network called {name} is a {type(network).__name__}, not a PatchDiscriminator")
    logits: Tensor = network(pictures)
    return logits.flatten()


@dataclass(frozen=True)
class OneWay:
    """The losses of one recipe. Each takes the networks and a turn and gives a scalar and what to log.

    Attributes:
        eyes: VGG19, where content or style count.
    """

    recipe: Recipe
    objective: Objective
    eyes: Eyes | None

    def initial_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Show the same as the photo (CartoonGAN, §3.3)."""
        photos = turn.batches[PHOTOS].pictures()
        content = self._content(translator_of(networks)(photos), photos)
        return self.recipe.translation.content * content, {"content": content}

    def discriminator_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Tell drawings from translations, and from drawings without clear edges or colours."""
        wanted, drawings = self.recipe.translation, turn.batches[DRAWINGS].pictures()
        with torch.no_grad():
            made = translator_of(networks)(turn.batches[PHOTOS].pictures())
        real, fake = said_of(networks, drawings), said_of(networks, made)
        loss = self.objective.discriminator(real, fake, self.recipe.softening.labels).mean()
        logged = {"real": real.mean(), "fake": fake.mean()}
        if wanted.grey:
            logits = said_of(networks, greyscale(drawings))
            loss, logged = loss + wanted.grey * self.objective.negative(logits).mean(), logged | {"grey": logits.mean()}
        if wanted.smooth:
            smoothed = turn.batches[SMOOTHED].pictures()
            # AnimeGAN smooths drawings without colours (§3.2): edges alone are to tell them from the others.
            logits = said_of(networks, greyscale(smoothed) if wanted.grey else smoothed)
            negative = self.objective.negative(logits).mean()
            loss, logged = loss + wanted.smooth * negative, logged | {SMOOTHED: logits.mean()}
        return loss, logged

    def generator_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Pass for drawn, and keep what the photo shows."""
        wanted, photos = self.recipe.translation, turn.batches[PHOTOS].pictures()
        made = translator_of(networks)(photos)
        fooled = self.objective.generator(said_of(networks, made)).mean()
        loss, logged = wanted.adversarial * fooled, {"adversarial": fooled}
        terms: dict[str, tuple[float, Callable[[], Tensor]]] = {
            "content": (wanted.content, lambda: self._content(made, photos)),
            "style": (wanted.style, lambda: self._style(made, turn.batches[DRAWINGS].pictures())),
            "colour": (wanted.colour, lambda: colour_difference(made, photos)),
            "variation": (wanted.variation, lambda: squared_variation(made)),
        }
        for name, (weight, term) in terms.items():
            if weight:
                logged[name] = term()
                loss = loss + weight * logged[name]
        return loss, logged

    def _content(self, made: Tensor, photos: Tensor) -> Tensor:
        eyes = self._opened()
        with torch.no_grad():
            seen = eyes.see(photos)
        return content_difference(eyes.see(made), seen)

    def _style(self, made: Tensor, drawings: Tensor) -> Tensor:
        """Textures as in drawings, whatever their colours (AnimeGAN, eq. 4)."""
        eyes = self._opened()
        with torch.no_grad():
            drawn = eyes.see(greyscale(drawings))
        return style_difference(eyes.see(made), drawn)

    def _opened(self) -> Eyes:
        if self.eyes is None:
            raise ValueError("content and style need eyes, and none were opened")
        return self.eyes


def one_way(recipe: Recipe, eyes: Eyes | None) -> list[Phase]:
    """The phases of a translator that learns one way, photos to drawings."""
    game, wanted = OneWay(recipe, OBJECTIVES[recipe.objective], eyes), recipe.translation
    begins = wanted.initial
    negatives = {SMOOTHED: True} if wanted.smooth else {}
    drawn = {DRAWINGS: True} if wanted.style else {}
    initial = Phase("content", ("generator",), {PHOTOS: True}, 1, game.initial_loss, ends=begins)
    return [
        *([initial] if begins else []),
        Phase(
            "discriminator",
            ("discriminator",),
            {PHOTOS: True, DRAWINGS: True, **negatives},
            1,
            game.discriminator_loss,
            begins=begins,
        ),
        Phase(
            "generator",
            ("generator",),
            {PHOTOS: True, **drawn},
            recipe.discriminator_steps,
            game.generator_loss,
            begins=begins,
        ),
    ]
