"""How a painter is trained: AdaAttN and SANet, as phases (2108.03647, §3.3; 1812.02342, §3.3). There is no judge.

A photo and a drawing at a time: what is painted is to show the one, to look on the whole like the other, and at each
place like what AdaAttN's own rule finds there. A picture painted like itself is to stay as it is, which is what a
decoder learns most from, and may have its turn more seldom.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.features.seeing import Seer, in_order
from nijigen.models.adaattn import joint_of
from nijigen.models.contract import Networks
from nijigen.models.painter import Painter
from nijigen.nn.attended import thinned
from nijigen.objectives.painting import local_target, seen_difference, statistics_difference, structure_difference
from nijigen.objectives.translation import squared_variation
from nijigen.training.phases import Logged, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.sources import DRAWINGS, PHOTOS

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1")  # by which style is judged unless a recipe says otherwise
STREAMS = {PHOTOS: True, DRAWINGS: True}


def painter_of(networks: Networks) -> Painter:
    """The network that paints, of the type it must have."""
    network = networks["generator"]
    if not isinstance(network, Painter):
        raise TypeError(f"the network called generator is a {type(network).__name__}, not a Painter")
    return network


def looked_at(recipe: Recipe) -> list[str]:
    """Every layer of VGG19 that a run looks at, in order."""
    return in_order((*judging(recipe), *recipe.network["layers"]))


def judging(recipe: Recipe) -> tuple[str, ...]:
    """The layers by which style is judged."""
    return recipe.painting.layers or STYLE_LAYERS


@dataclass(frozen=True)
class PaintingGame:
    """The losses of one recipe. Each takes the networks and a turn and gives a scalar and what to log."""

    recipe: Recipe
    seer: Seer

    def painting_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Show the photo, look like the drawing."""
        painter, wanted, layers = painter_of(networks), self.recipe.painting, looked_at(self.recipe)
        with torch.no_grad():
            content, style = (self.seer.see(turn.batches[name].pictures(), layers) for name in (PHOTOS, DRAWINGS))
        made = painter(content, style)
        seen = self.seer.see(made, layers)
        logged: Logged = {}
        if wanted.content:
            deepest = painter.layers[-1]
            logged["content"] = structure_difference(seen[deepest], content[deepest])
        if wanted.style:
            judged = [statistics_difference(seen[name], style[name]) for name in judging(self.recipe)]
            logged["style"] = torch.stack(judged).mean()
        if wanted.local:
            logged["local"] = self._local(painter, seen, content, style)
        if wanted.variation:
            logged["variation"] = squared_variation(made)
        return torch.stack([getattr(wanted, name) * value for name, value in logged.items()]).sum(), logged

    def identity_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """A picture painted like itself is itself (SANet, eq. 11)."""
        painter, wanted = painter_of(networks), self.recipe.painting
        pictures = torch.cat([turn.batches[name].pictures() for name in (PHOTOS, DRAWINGS)])
        with torch.no_grad():
            seen = self.seer.see(pictures, painter.layers)
        again = painter(seen, seen)
        logged = {"identity": (again - pictures).square().mean()}
        loss = wanted.identity * logged["identity"]
        if wanted.identity_seen:
            later = self.seer.see(again, painter.layers)
            away = [seen_difference(later[name], seen[name]) for name in painter.layers]
            logged["identity_seen"] = torch.stack(away).mean()
            loss = loss + wanted.identity_seen * logged["identity_seen"]
        return loss, logged

    def _local(
        self, painter: Painter, seen: dict[str, Tensor], content: dict[str, Tensor], style: dict[str, Tensor]
    ) -> Tensor:
        """AdaAttN, eq. 10, over the layers that the painter is shown."""
        most, away = self.recipe.network["keys"], []
        for name in painter.layers:
            there = thinned(joint_of(style, painter.layers, name), most)
            target = local_target(
                joint_of(content, painter.layers, name), there, content[name], thinned(style[name], most)
            )
            away.append(seen_difference(seen[name], target))
        return torch.stack(away).mean()


def painting_phases(recipe: Recipe, seer: Seer) -> list[Phase]:
    """The phases of a painter."""
    game, wanted = PaintingGame(recipe, seer), recipe.painting
    phases = [Phase("painting", ("generator",), STREAMS, 1, game.painting_loss)]
    if wanted.identity or wanted.identity_seen:
        phases.append(Phase("identity", ("generator",), STREAMS, wanted.identity_every, game.identity_loss))
    return phases
