"""The adversarial game as phases: a discriminator and a generator, and the penalties that keep them in balance."""

from dataclasses import replace

from nijigen.training.adapting import Guide
from nijigen.training.game import game_of
from nijigen.training.networks import CLASSIFIER
from nijigen.training.phases import Phase
from nijigen.training.recipe import Recipe
from nijigen.training.style import Style, style_phase


def adversarial_phases(
    recipe: Recipe, label_width: int = 0, guide: Guide | None = None, style: Style | None = None
) -> list[Phase]:
    """A discriminator and a generator that play the recipe's objective against each other.

    Args:
        label_width: 0 leaves out what is about labels.
        guide: the model that is adapted, where the recipe adapts one.
        style: what pictures are to look like, where the recipe says so.
    """
    game = game_of(recipe, guide)
    penalty, steps, begins = recipe.penalty, recipe.discriminator_steps, recipe.lesson.alone
    lazy = game.smooths and penalty.every > 1
    phases = [
        Phase(
            "discriminator",
            ("discriminator",),
            {"images": True},
            1,
            game.discriminator_loss,
            second_order=game.smooths and not lazy,
            remember=game.remember_sign if recipe.augment.control == "adaptive" else None,
            finish=game.clip if penalty.clip else None,
            begins=begins,
        )
    ]
    if lazy:
        smoothness = Phase("smoothness", ("discriminator",), {"images": True}, penalty.every, game.lazy_loss, True)
        phases.append(replace(smoothness, begins=begins))
    if recipe.conditioning.classifier and label_width:
        reading = Phase(CLASSIFIER, (CLASSIFIER,), {"images": True}, steps, game.classifier_loss)
        phases.append(replace(reading, all_labels=True, remember=game.remember_reading, begins=begins))
    needs_real = game.objective.paired or recipe.lesson.weight > 0
    phases.append(
        Phase(
            "generator",
            ("generator",),
            {"images": needs_real},
            steps,
            game.generator_loss,
            begins=recipe.adapt.first,
        )
    )
    if penalty.path_length:
        phases.append(
            Phase(
                "path length",
                ("generator",),
                {"images": False},
                steps * penalty.path_every,
                game.path_loss,
                second_order=True,
                shrink=2,  # as 1912.04958, appendix B: half the batch is enough
                remember=game.remember_length,
                begins=max(begins, recipe.adapt.first),
            )
        )
    if style is not None:
        phases.append(style_phase(game, style))
    return phases


GAMES = {"adversarial": adversarial_phases}
