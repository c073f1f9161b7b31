"""How a translator is trained both ways at once: AttentionGAN (1911.11897), as phases.

Photos become drawings and drawings photos, each way with a discriminator of its own. What went there and back should be
what it was (cycle consistency: 1703.10593, §3.2), and what is drawn already should stay as it is (§5.2): so no other
network has to judge what a picture shows. The buffer of fifty earlier translations that the authors show their
discriminators is left out: it would have to be a part of every checkpoint, for little.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.models.contract import Networks
from nijigen.models.registry import BACK
from nijigen.objectives.adversarial import OBJECTIVES, Objective
from nijigen.training.eyes import Eyes
from nijigen.training.phases import Logged, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.sources import DRAWINGS, PHOTOS
from nijigen.training.translation import said_of, translator_of

STREAMS = {PHOTOS: True, DRAWINGS: True}
WAYS = (("", PHOTOS, DRAWINGS), (BACK, DRAWINGS, PHOTOS))  # of which networks, from what, to what


@dataclass(frozen=True)
class TwoWay:
    """The losses of one recipe. Each takes the networks and a turn and gives a scalar and what to log."""

    recipe: Recipe
    objective: Objective

    def discriminator_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Tell drawings from translated photos, and photos from translated drawings."""
        losses: list[Tensor] = []
        logged: Logged = {}
        for way, source, target in WAYS:
            with torch.no_grad():
                made = translator_of(networks, f"generator{way}")(turn.batches[source].pictures())
            real, fake = (
                said_of(networks, pictures, f"discriminator{way}")
                for pictures in (turn.batches[target].pictures(), made)
            )
            losses.append(self.objective.discriminator(real, fake, self.recipe.softening.labels).mean())
            end = way.replace("_", ".")
            logged |= {f"real{end}": real.mean(), f"fake{end}": fake.mean()}
        return torch.stack(losses).sum(), logged

    def generator_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Pass for what is on the other side, come back as what it was, and leave alone what is there already."""
        wanted = self.recipe.translation
        ways = [way for way, _, _ in WAYS]
        there = {way: translator_of(networks, f"generator{way}") for way in ways}
        fooled, cycle, identity = [], [], []
        for (way, source, target), back in zip(WAYS, reversed(ways), strict=True):
            pictures = turn.batches[source].pictures()
            made = there[way](pictures)
            fooled.append(self.objective.generator(said_of(networks, made, f"discriminator{way}")).mean())
            if wanted.cycle:
                cycle.append((there[back](made) - pictures).abs().mean())
            if wanted.identity:
                already = turn.batches[target].pictures()
                identity.append((there[way](already) - already).abs().mean())
        logged = {"adversarial": torch.stack(fooled).sum()}
        loss = wanted.adversarial * logged["adversarial"]
        for name, weight, terms in (("cycle", wanted.cycle, cycle), ("identity", wanted.identity, identity)):
            if weight:
                logged[name] = torch.stack(terms).sum()
                loss = loss + weight * logged[name]
        return loss, logged


def two_way(recipe: Recipe, eyes: Eyes | None) -> list[Phase]:
    """The phases of a translator that learns both ways; it needs nobody's eyes."""
    game = TwoWay(recipe, OBJECTIVES[recipe.objective])
    steps = recipe.discriminator_steps
    return [
        Phase("discriminator", ("discriminator", f"discriminator{BACK}"), STREAMS, 1, game.discriminator_loss),
        Phase("generator", ("generator", f"generator{BACK}"), STREAMS, steps, game.generator_loss),
    ]
