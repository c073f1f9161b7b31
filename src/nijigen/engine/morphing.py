"""From one avatar to the next and the next: the frames of an animation.

The way between two latents is straight: in the latent space of a mapping network pictures change evenly along lines
(1812.04948, §4.1). Easing slows down where an avatar of its own is shown.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

import torch

from nijigen.edit.point import Space
from nijigen.edit.steps import follow
from nijigen.engine.editing import Editable, check_related
from nijigen.engine.look import Look
from nijigen.errors import NijigenError
from nijigen.images.convert import to_pixels
from nijigen.images.sheet import Pixels

Easing = Literal["smooth", "linear", "sine", "hold"]
MOST_FRAMES = 10_000

EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "sine": lambda t: (1 - math.cos(math.pi * t)) / 2,
    "smooth": lambda t: t * t * (3 - 2 * t),
    "hold": lambda t: min(max((t - 0.25) * 2, 0.0), 1.0) ** 2 * (3 - 2 * min(max((t - 0.25) * 2, 0.0), 1.0)),
}


def count_frames(stops: int, frames: int, loop: bool) -> int:
    """How many frames a morph through so many avatars has, ``frames`` from each to the next."""
    return (stops if loop else stops - 1) * frames + (0 if loop else 1)


@torch.no_grad()
def morph(stops: Sequence[Editable], frames: int = 24, loop: bool = True, easing: str = "smooth") -> Iterator[Pixels]:
    """The frames ``[H, W, C]`` from each avatar to the next; with ``loop`` also from the last to the first again.

    A loop has no frame twice: played again and again it has no seam.

    Raises:
        NijigenError: fewer than two avatars, of two models, or too many frames.
    """
    if len(stops) < 2:
        raise NijigenError("a morph needs two avatars or more")
    if easing not in get_args(Easing):
        raise NijigenError(f"--easing {easing}: use one of {', '.join(get_args(Easing))}")
    total = count_frames(len(stops), frames, loop)
    if frames < 1 or total > MOST_FRAMES:
        raise NijigenError(
            f"--frames {frames} makes {total:,} frames: use 1 or more, and {MOST_FRAMES:,} in all at most"
        )
    for stop in stops[1:]:
        check_related(stops[0], stop)
    generator = stops[0].model.engines.of_certificate(stops[0].avatar.certificate).generator
    resolution = generator.shape.resolution
    looks = [Look.from_facts(stop.avatar.certificate) for stop in stops]
    for look in looks:
        look.check(generator)
    places = [Space(generator, stop.model.schema, look.truncation) for stop, look in zip(stops, looks, strict=True)]
    points = [follow(stop.facts, space) for space, stop in zip(places, stops, strict=True)]
    latents = [space.place(point) for space, point in zip(places, points, strict=True)]
    for number in range(total):
        leg, step = divmod(number, frames)
        share = EASINGS[easing](step / frames)
        here, there = latents[leg % len(latents)], latents[(leg + 1) % len(latents)]
        maps = points[(leg + round(share)) % len(points)].maps  # noise has no way between: the nearer one's
        images = looks[leg % len(looks)].synthesize(generator, here.lerp(there, share)[None], maps)
        pixels: Pixels = to_pixels(images, resolution)[0]
        yield pixels
