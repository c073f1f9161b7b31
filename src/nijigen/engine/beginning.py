"""Where a projection begins: at the words and the noise whose avatar is nearest to the picture among many.

The paper begins at the mean latent (1912.04958, §5). Where a model decides things in steps (which side a clip is on,
whether there is a tuft), the mean of its words shows half of each, and a search that begins there may settle between
two of them. So many draws are looked at first, and, but in z, words and numbers once more with the nearest draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.edit.target import Target
from nijigen.engine.model import Model
from nijigen.schema import Labels
from nijigen.seeds import derive

SAMPLES = 512  # latents whose spread is taken
TRIED = 64  # noises whose mean latent stands for words, and in z of which the nearest is begun at
DRAWN = 128  # noises that are looked at with words that may be those of the picture
AT_ONCE = 16  # pictures
COARSE = (0.5, 0.25, 0.75)  # shares of a number's range
FINE = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)


@dataclass(frozen=True)
class Beginning:
    """Words of the search's labels, a value of its space, and how far latents are from each other."""

    words: Labels
    start: Tensor
    spread: float


def find_beginning(model: Model, space: str, target: Target, read: Labels, given: Labels, seed: int) -> Beginning:
    """The beginning of a search in a space; words that are given stay.

    Args:
        read: words that the labeler saw in the picture.
    """
    generator, schema = model.generator, model.schema
    near = nearest_words(model, target, {**read, **given}, given)
    told = schema.normalize({**near, **read, **given})
    noise = generator.noise([derive(seed, "begin", number) for number in range(SAMPLES)]).to(target.wanted)
    if space == "z":  # noise has no mean that looks like anything
        return Beginning(told, _nearest(model, target, told, noise[:TRIED]), 1.0)
    rows = [schema.encode(model.draw_labels(derive(seed, "words", number), {})) for number in range(SAMPLES)]
    latents = generator.map(noise, torch.stack([torch.from_numpy(row) for row in rows]).to(noise))[:, 0]
    spread = float((latents - latents.mean(dim=0)).square().mean().sqrt())
    # A reader may be wrong, and what is nearest in the mean may be, too: both are tried with many noises.
    wordings = [near] if told == near else [near, told]
    found = min((_fitted(model, target, words, given, noise[:DRAWN]) for words in wordings), key=_away)
    more = torch.cat([found[1][None], noise[DRAWN : 2 * DRAWN]])
    _, one, words = min(found, _fitted(model, target, found[2], given, more), key=_away)
    drawn, middle = (_latent(model, words, some) for some in (one[None], noise))
    ends = [float(target.distance(generator.synthesize(latent[None]))) for latent in (drawn, middle)]
    start = drawn if ends[0] <= ends[1] else middle
    return Beginning(words, start if space == "w+" else start[0], spread)


def nearest_words(
    model: Model,
    target: Target,
    read: Labels,
    given: Labels,
    noise: Tensor | None = None,
    shares: Sequence[float] = COARSE,
) -> Labels:
    """All words of the model, of each attribute the value with which an avatar is nearest to the picture.

    A reader that takes one art style for another, say, would have the search begin in a valley that it does not leave.
    Values are tried one attribute after the other, beginning at those that were read; of a number some shares of its
    range. What is given stays.

    Args:
        noise: ``[n, z]``, the avatar is that of the mean latent of these; None: of some, so about the words' own mean.
    """
    generator, schema = model.generator, model.schema
    if noise is None:
        noise = generator.noise([derive("nearest words", number) for number in range(TRIED)]).to(target.wanted)

    def away(words: Mapping[str, str | float]) -> float:
        return float(target.distance(generator.synthesize(_latent(model, words, noise)[None])))

    choices: dict[str, tuple[str | float, ...]] = {}
    for one in schema.attributes:
        low, high = one.range or (0.0, 0.0)
        choices[one.name] = one.values or tuple(low + share * (high - low) for share in shares)
    words: Labels = schema.normalize({**{name: values[0] for name, values in choices.items()}, **read})
    for name, values in choices.items():
        if name not in given:
            values = values if words[name] in values else (words[name], *values)
            words[name] = min(values, key=lambda value, name=name: away({**words, name: value}))  # type: ignore[misc]
    return words


def _fitted(model: Model, target: Target, words: Labels, given: Labels, noise: Tensor) -> tuple[float, Tensor, Labels]:
    """Of some noises the nearest with these words, then the words that are nearest with it: (how far, noise, words)."""
    one = _nearest(model, target, words, noise)
    words = nearest_words(model, target, words, given, one[None], FINE)
    away = target.distance(model.generator.synthesize(_latent(model, words, one[None])[None]))
    return float(away), one, words


def _away(found: tuple[float, Tensor, Labels]) -> float:
    return found[0]


def _latent(model: Model, words: Mapping[str, str | float], noise: Tensor) -> Tensor:
    """The mean latent ``[layers, dim]`` of words and noises."""
    labels = torch.from_numpy(model.schema.encode(words)).to(noise)
    mean: Tensor = model.generator.map(noise, labels.expand(len(noise), -1)).mean(dim=0)
    return mean


def _nearest(model: Model, target: Target, words: Mapping[str, str | float], noise: Tensor) -> Tensor:
    """The noise whose picture with these words is nearest."""
    labels = torch.from_numpy(model.schema.encode(words)).to(noise)
    parts = [model.generator(some, labels.expand(len(some), -1)) for some in torch.split(noise, AT_ONCE)]
    nearest: Tensor = noise[int(torch.cat([target.distance(part) for part in parts]).argmin())]
    return nearest
