"""A picture painted like others: from small to large, its pixels moved until a network sees both in it.

>>> from nijigen.features.vgg import open_vgg
>>> from nijigen.style.painting import paint
>>> made = paint(open_vgg(), content, [style], Settings(size=256))          # doctest: +SKIP
>>> made.image.save("painted.png")                                          # doctest: +SKIP
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from nijigen.features.vgg_network import Vgg
from nijigen.seeds import derive, seed_number
from nijigen.style.colours import lightness, matched_lightness, recoloured, with_lightness
from nijigen.style.masks import mask_plane
from nijigen.style.optimise import descend
from nijigen.style.pictures import Planes, fit, fitted, planes_of
from nijigen.style.scales import check_room, plan
from nijigen.style.settings import LARGEST, Settings
from nijigen.style.targets import Target, choose_layers

GROUND, NOISE = 0.5, 0.15  # of a start from noise: mean and spread of its colours

Watch = Callable[[int, Callable[[], Image.Image]], object]
"""Called after every step with its number and a function that gives the picture so far at the size of its scale."""


@dataclass(frozen=True)
class Painted:
    """What came out.

    Attributes:
        image: RGB, or RGBA with the alpha of the content.
        scales: (width, height, steps) of each scale.
        before, after: distance of content, of style and total variation, of the content itself and of what came out, at
            the last scale; see :meth:`nijigen.style.targets.Target.parts`.
    """

    image: Image.Image
    scales: list[tuple[int, int, int]]
    before: dict[str, float]
    after: dict[str, float]


@dataclass(frozen=True)
class _Scene:
    """One scale: the content, the masks, and where anything may change (None: everywhere)."""

    content: Planes
    masks: list[Tensor | None]
    free: Tensor | None

    def kept(self, picture: Tensor) -> Tensor:
        """A picture in which what must not change is the content's."""
        return picture if self.free is None else torch.lerp(self.content.colours, picture, self.free)


def total_steps(content: Image.Image, settings: Settings) -> int:
    """How many steps :func:`paint` takes at most."""
    return sum(steps for _, steps in plan(longest_of(content, settings), settings.scales, settings.steps))


def longest_of(content: Image.Image, settings: Settings) -> int:
    """Pixels of the longer side of what comes out."""
    return settings.size or min(LARGEST, max(content.size))


def paint(
    network: Vgg,
    content: Image.Image,
    styles: Sequence[Image.Image],
    settings: Settings | None = None,
    masks: Sequence[Image.Image] = (),
    watch: Watch | None = None,
) -> Painted:
    """Paint ``content`` like ``styles`` (1508.06576), coarse to fine.

    The same pictures, settings, weights, device and number of threads give the same pixels.

    Args:
        network: where it is, is where this is computed.
        content, styles: RGB or RGBA, as :func:`nijigen.images.decode.decode` returns them. What is hidden neither
            counts as style nor is painted.
        masks: grey pictures: none, one, or one for each style. White is painted, black stays.

    Raises:
        NijigenError: settings that do not fit each other, or a picture that does not fit into memory.
    """
    settings = settings or Settings()
    settings.check(len(styles), len(masks))
    device, layers = network.means.device, choose_layers(network, settings)
    longest = longest_of(content, settings)
    deepest = layers.deepest(network)
    check_room(network, deepest, fitted(content.size, longest), device)
    if settings.style_size is not None:
        for style in styles:
            check_room(network, deepest, fitted(style.size, settings.style_size), device, "--style-size")
    sources = _palette(planes_of(fit(content, longest), device), styles, settings, device)
    made: Tensor | None = None
    former: _Scene | None = None
    rows, done = [], 0
    for side, steps in plan(longest, settings.scales, settings.steps):
        scene = _scene(fit(content, side), masks, len(styles), settings, device)
        looked_at = [_at(style, round((settings.style_size or longest) * side / longest)) for style in sources]
        target = Target(network, layers, scene.content, looked_at, settings, scene.masks)
        start = _start(scene, looked_at, settings) if made is None else _larger(made, former, scene, settings)

        def seen(picture: Tensor, scene: _Scene = scene) -> None:
            nonlocal done
            done += 1
            if watch:
                watch(done, lambda: _pixels(scene, picture, content, settings))

        def loss(picture: Tensor, scene: _Scene = scene, target: Target = target) -> Tensor:
            return target.loss(target.parts(scene.kept(picture)))

        made = descend(start, loss, steps, settings.optimizer, seen)
        former = scene
        width, height = scene.content.colours.shape[-1], scene.content.colours.shape[-2]
        rows.append((width, height, steps))
    assert made is not None
    with torch.no_grad():
        before, after = (
            {name: round(float(value), 6) for name, value in target.parts(picture).items()}
            for picture in (scene.content.colours, scene.kept(made))
        )
    return Painted(_pixels(scene, made, content, settings), rows, before, after)


def _palette(content: Planes, styles: Sequence[Image.Image], settings: Settings, device: torch.device) -> list[Planes]:
    """The styles at the largest size they are looked at, in the colours that were asked for."""
    longest = settings.style_size or max(content.colours.shape[-2:])
    planes = [planes_of(fit(style, longest), device) for style in styles]
    if settings.colours == "style":
        return planes
    change = recoloured if settings.colours == "content" else matched_lightness
    return [change(style, content) for style in planes]


def _scene(
    image: Image.Image, masks: Sequence[Image.Image], styles: int, settings: Settings, device: torch.device
) -> _Scene:
    content = planes_of(image, device)
    if settings.colours == "luminance":
        content = Planes(lightness(content.colours).contiguous(), content.alpha)
    drawn: list[Tensor | None] = [mask_plane(mask, image.size, device) for mask in masks]
    if len(drawn) == 1:
        drawn *= styles
    free = torch.stack([mask for mask in drawn if mask is not None]).amax(0) if drawn else None
    return _Scene(content, drawn or [None] * styles, free)


def _at(style: Planes, longest: int) -> Planes:
    """A style with a longer side of so many pixels."""
    height, width = style.colours.shape[-2:]
    columns, rows = fitted((width, height), max(1, longest))
    if (rows, columns) == (height, width):
        return style
    colours = _resized(style.colours, rows, columns)
    return Planes(colours, None if style.alpha is None else _resized(style.alpha, rows, columns))


def _start(scene: _Scene, styles: Sequence[Planes], settings: Settings) -> Tensor:
    height, width = scene.content.colours.shape[-2:]
    if settings.start == "style":
        return _resized(styles[0].colours, height, width)
    if settings.start == "noise":
        random = torch.Generator().manual_seed(derive(seed_number(settings.seed), "style", "noise"))
        noise = torch.randn(1, 3, height, width, generator=random).mul_(NOISE).add_(GROUND).clamp_(0, 1)
        return noise.to(scene.content.colours.device)
    return scene.content.colours


def _larger(made: Tensor, former: _Scene | None, scene: _Scene, settings: Settings) -> Tensor:
    """What was made at half the size, as the start of the next scale.

    What a smaller picture cannot hold of the content, thin lines above all, is added again unless the start was to know
    nothing of the content.
    """
    height, width = scene.content.colours.shape[-2:]
    start = _resized(made, height, width)
    if settings.start == "content" and former is not None:
        start = start + scene.content.colours - _resized(former.content.colours, height, width)
    return start.clamp(0, 1)


def _resized(values: Tensor, height: int, width: int) -> Tensor:
    smaller = height < values.shape[-2]
    mode = "bilinear" if smaller else "bicubic"
    made = functional.interpolate(values, (height, width), mode=mode, align_corners=False, antialias=smaller)
    return made.clamp(0, 1)


@torch.no_grad()
def _pixels(scene: _Scene, made: Tensor, content: Image.Image, settings: Settings) -> Image.Image:
    """A picture people can look at: its own alpha, and the content's very pixels where nothing was to change."""
    height, width = made.shape[-2:]
    own = fit(content, max(height, width))
    colours = scene.kept(made.clamp(0, 1))
    if settings.colours == "luminance":
        colours = with_lightness(planes_of(own, made.device).colours, colours)
    levels = colours[0].mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
    before = np.array(own)
    stays = np.zeros((height, width), bool) if scene.free is None else (scene.free[0, 0] == 0).cpu().numpy()
    if own.mode == "RGBA":
        stays |= before[..., 3] == 0
    after = before.copy()
    after[..., :3] = np.where(stays[..., None], before[..., :3], levels)
    return Image.fromarray(after)
