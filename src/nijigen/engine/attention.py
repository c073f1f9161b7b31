"""What a generator's self-attention looks at, drawn over the avatars it makes.

A map answers for one place of the features: from where does it gather? A coloured dot marks the place on the avatar; in
the picture with the frame of that colour, light is what it looks at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from nijigen.engine.model import Model
from nijigen.errors import NijigenError
from nijigen.images.sheet import Pixels
from nijigen.models.registry import find_family
from nijigen.nn.attention import SelfAttention

# Where the dots are, as (x, y) shares of the picture: on an avatar about eye, hair, mouth, background, clothes, …
POINTS = ((0.36, 0.5), (0.5, 0.18), (0.5, 0.66), (0.06, 0.08), (0.5, 0.92), (0.64, 0.5), (0.14, 0.55), (0.94, 0.92))
COLOURS = ("#e6194b", "#2ca02c", "#1f77ff", "#ff8c00", "#c020d0", "#00b8c8", "#8b5a2b", "#ff69b4")
MAX_COUNT = 64
LEAST_SIDE = 160  # pixels of one picture: smaller ones are enlarged
MARGIN, CAPTION = 6, 26  # pixels between pictures, and for the words above a layer
CONTRAST = 4.0  # the lightest place is at least so many times the mean: an even map stays dark
HEAT = np.array([(8, 6, 40), (110, 24, 110), (225, 70, 50), (255, 190, 60), (255, 255, 235)], np.float32)


@dataclass(frozen=True)
class AttentionLayer:
    """The maps of one layer.

    Attributes:
        resolution: pixels a side of its features.
        gamma: how strongly what it gathers is added; 0 at the start of training.
        maps: ``[N, P, H, W]`` for N avatars and P places, each of sum 1.
    """

    resolution: int
    gamma: float
    maps: Tensor

    @property
    def breadth(self) -> float:
        """The share of the picture that a place looks at: exp(entropy) of its map over the number of places."""
        flat = self.maps.flatten(2).double()
        entropy = -(flat * flat.clamp(min=1e-30).log()).sum(dim=2)
        return float(entropy.exp().mean()) / flat.shape[2]


@torch.no_grad()
def attention_layers(
    model: Model,
    count: int = 4,
    seed: int | str = 0,
    *,
    at: int | None = None,
    points: int = 5,
    attributes: Mapping[str, Any] | None = None,
) -> tuple[Pixels, list[AttentionLayer]]:
    """Avatars ``[N, R, R, C]`` of a model, and the attention maps of ``points`` places while it makes them.

    Args:
        at: only the layers whose features have this resolution.
        attributes: words of the schema; the others are drawn from the seed.

    Raises:
        NijigenError: the model has no attention, or none there; a number out of range.
    """
    if not 1 <= count <= MAX_COUNT:
        raise NijigenError(f"count {count} is out of range: use 1 to {MAX_COUNT}")
    if not 1 <= points <= len(POINTS):
        raise NijigenError(f"--points {points} is out of range: use 1 to {len(POINTS)}")
    layers = [module for module in model.generator.modules() if isinstance(module, SelfAttention)]
    if not layers:
        fix = f": train with --set network.attention=[{place}]" if (place := _possible_place(model)) else ""
        raise NijigenError(f"this model has no attention{fix}")
    seen: dict[SelfAttention, list[Tensor]] = {layer: [] for layer in layers}

    def remember(layer: SelfAttention, inputs: tuple[Tensor]) -> None:
        (x,) = inputs
        height, width = x.shape[2:]
        places = [int(y * height) * width + int(x * width) for x, y in POINTS[:points]]
        rows = layer.weights(x, torch.tensor(places, device=x.device))
        seen[layer].append(rows.reshape(len(x), points, height, width).float().cpu())

    hooks = [layer.register_forward_pre_hook(remember) for layer in layers]
    try:
        avatars = model.on("torch").generate(count, seed, attributes=attributes)
    finally:
        for hook in hooks:
            hook.remove()
    found = [
        AttentionLayer(maps[0].shape[2], float(layer.gamma), torch.cat(maps)) for layer, maps in seen.items() if maps
    ]
    chosen = [layer for layer in found if at in (None, layer.resolution)]
    if not chosen:
        places = ", ".join(str(layer.resolution) for layer in found) or "none of the resolutions it has grown to"
        raise NijigenError(f"--at {at}: the attention of this model is at {places}")
    return np.stack([avatar.pixels for avatar in avatars]), chosen


def _possible_place(model: Model) -> int | None:
    """A resolution at which networks like the model's could have attention: 32 px, as in SAGAN, or below."""
    family = find_family(model.card["family"])
    for place in (32, 16, 8, 4):
        options = family.options.model_validate({**model.card["network"], "attention": (place,)})
        try:
            family.check(model.generator.shape, options)
        except NijigenError:
            continue
        return place
    return None


def draw_attention(pixels: Pixels, layers: list[AttentionLayer]) -> Image.Image:
    """One picture: for each layer a caption, and for each avatar a row — itself with dots, then a map for each dot.

    Args:
        pixels: ``[N, R, R, 3|4]``, as :func:`attention_layers` gives them.
    """
    side = pixels.shape[1] * -(-LEAST_SIDE // pixels.shape[1])
    rows, points = layers[0].maps.shape[:2]
    step = side + MARGIN
    height = len(layers) * (CAPTION + rows * step) + MARGIN
    canvas = Image.new("RGB", (MARGIN + (points + 1) * step, height), "white")
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(15)
    samples = [_on_white(picture, side) for picture in pixels]
    top = 0
    for layer in layers:
        words = f"{layer.resolution} px, strength {layer.gamma:+.3f}: a dot looks at {layer.breadth:.0%} of the picture"
        pen.text((MARGIN, top + 5), words, fill="black", font=font)
        top += CAPTION
        for sample, maps in zip(samples, layer.maps.numpy(), strict=True):
            canvas.paste(_dotted(sample, points), (MARGIN, top))
            for number, place in enumerate(maps):
                canvas.paste(_heated(sample, place, number), (MARGIN + (number + 1) * step, top))
            top += step
    return canvas


def _on_white(picture: Pixels, side: int) -> Image.Image:
    """A picture ``[R, R, 3|4]`` at the size it is drawn in, on white where it is transparent."""
    image = Image.fromarray(picture).convert("RGBA").resize((side, side), Image.Resampling.BICUBIC)
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _dotted(sample: Image.Image, points: int) -> Image.Image:
    made = sample.copy()
    for number in range(points):
        _dot(made, number)
    return made


def _heated(sample: Image.Image, attention: np.ndarray[Any, np.dtype[np.float32]], number: int) -> Image.Image:
    """The sample in grey, under light where the map ``[H, W]`` is high; with the dot and a frame of its colour."""
    top = max(float(attention.max()), CONTRAST / attention.size)
    heat = Image.fromarray((attention / top).astype(np.float32)).resize(sample.size, Image.Resampling.BILINEAR)
    level = np.asarray(heat)[..., None]  # [side, side, 1] in [0, 1]
    place = level * (len(HEAT) - 1)
    below = np.minimum(place.astype(int), len(HEAT) - 2)[..., 0]
    colour = HEAT[below] + (HEAT[below + 1] - HEAT[below]) * (place - below[..., None])
    grey = np.asarray(sample.convert("L"), np.float32)[..., None]
    share = 0.25 + 0.6 * level
    made = Image.fromarray(((1 - share) * grey + share * colour).round().astype(np.uint8))
    _dot(made, number)
    ImageDraw.Draw(made).rectangle((0, 0, made.width - 1, made.height - 1), outline=COLOURS[number], width=3)
    return made


def _dot(image: Image.Image, number: int) -> None:
    x, y = (share * image.width for share in POINTS[number])
    radius = image.width / 32
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(image).ellipse(box, fill=COLOURS[number], outline="white", width=2)
