"""The avatar of a model that is nearest to a picture, found and written down so that it can be made again.

>>> from nijigen.engine.picture import open_picture
>>> from nijigen.engine.projecting import project
>>> model = nijigen.load()                                                  # doctest: +SKIP
>>> found = project(open_picture("face.png", model).image, model)           # doctest: +SKIP
>>> found.avatar.save("projected.png")                                      # doctest: +SKIP
>>> found.likeness                                                          # doctest: +SKIP
31.4
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nijigen.avatar import Avatar
from nijigen.edit.projection import Projection, check_space, check_steps, spaces_of
from nijigen.edit.searching import HINT, begun, check_name, open_search, save_search
from nijigen.edit.source import pack_numbers
from nijigen.edit.steps import Place
from nijigen.edit.target import Target
from nijigen.engine.beginning import Beginning, find_beginning
from nijigen.engine.look import Look
from nijigen.engine.model import Model
from nijigen.engine.rows import Row
from nijigen.errors import NijigenError
from nijigen.features.labeler import load_labeler
from nijigen.features.reading import read_pictures
from nijigen.images.convert import to_pixels
from nijigen.images.resize import on_white
from nijigen.images.sheet import Pixels
from nijigen.progress import track
from nijigen.schema import AttributeSchema, Labels
from nijigen.seeds import seed_number

STEPS = 300
KEPT_EVERY = 25  # steps between two states of a search that is kept
REST = 12  # frames that the last picture of a moving one stays
AS_TRAINED = Look()


@dataclass(frozen=True)
class Projected:
    """What a projection found.

    Attributes:
        avatar: with its birth certificate.
        likeness: peak signal-to-noise ratio of its pixels in dB, over all channels compared; 100: not a level differs.
        space: where it was looked for.
        notes: what a person should know, a line each.
        maps: of per-pixel noise that were found, ``[numbers]``; ``[0]``: the model's.
        trail: latents ``[frames, …]`` on the way, for :func:`frames_of`.
    """

    avatar: Avatar
    likeness: float
    space: str
    maps: Tensor
    notes: list[str] = field(default_factory=list)
    trail: Tensor = field(default_factory=lambda: torch.zeros(0))


@torch.no_grad()
def project(
    picture: Image.Image,
    model: Model,
    *,
    space: str | None = None,
    steps: int = STEPS,
    seed: int | str = 0,
    attributes: Mapping[str, Any] | None = None,
    noise: bool = True,
    state: str | Path | None = None,
    quiet: bool = True,
) -> Projected:
    """The latent whose picture is nearest to a given one.

    Args:
        picture: RGB or RGBA of the model's size, as :func:`nijigen.engine.picture.open_picture` gives it.
        space: ``w+``, a row for every layer; ``w``, one for all; ``z``, noise. None: the widest that the model has.
        attributes: words that are known; the labeler reads the others from the picture, and the rest is tried.
        noise: in w and w+ also look for per-pixel noise, where the model has some (up to 128 px).
        state: a ``.safetensors`` where the search is kept; run again with it, an interrupted one goes on.

    Raises:
        NijigenError: a space that the family does not have, numbers out of range, a word that the model does not know,
            a state of another search, or too little memory.
    """
    model = model.on("torch")  # the search follows slopes, and what it found is to be seen as it was found
    generator, schema = model.generator, model.schema
    check_search(model, space, steps, state)
    space = spaces_of(generator)[0] if space is None else space
    number = seed_number(seed)
    device = next(generator.parameters()).device
    target = Target(picture, generator.shape.channels, device)
    given = schema.normalize(attributes or {})
    try:
        nothing = target.wanted.new_zeros(1, generator.shape.label_width)
        # Per-pixel noise as the avatar will have it, whatever was drawn before.
        AS_TRAINED.synthesize(generator, generator.map(generator.noise([0]).to(nothing), nothing))
        read, notes = read_words(picture, model, given)
        facts = {"model": model.digest, "picture": target.digest, "space": space, "steps": steps, "seed": number}
        facts |= {"given": given, "noise": noise}
        begin = _again(Path(state), facts) if state is not None else None
        begin = begin or find_beginning(model, space, target, read, given, number)
        words = schema.normalize({**begin.words, **read, **given})
        labels = torch.from_numpy(schema.encode(begin.words))[None].to(device)
        search = Projection(generator, target, labels, space, begin.start, begin.spread, steps, number, noise)
        facts |= {"words": words, "begin": {"words": begin.words, "spread": begin.spread}}
        _run(search, Path(state) if state is not None else None, facts, quiet)
        avatar = _born(model, search, words, number)
        return Projected(avatar, target.likeness(avatar.pixels), space, search.search.maps, notes, _latents(search))
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "memory" in str(error):
            raise NijigenError(
                f"not enough memory to project into {model.name} at {generator.shape.resolution} px: close other"
                " programs, or use --device cpu"
            ) from None
        raise


def check_search(model: Model, space: str | None, steps: int, state: str | Path | None = None) -> None:
    """See that a model can be searched so, before anything is done.

    Raises:
        NijigenError: a space that it does not have, steps out of range, or a name under which no state can be kept.
    """
    if space is not None:
        check_space(model.generator, space)
    check_steps(steps)
    if state is not None:
        check_name(Path(state))


@torch.no_grad()
def frames_of(found: Projected, model: Model) -> Iterator[Pixels]:
    """Pictures ``[R, R, C]`` on the way to what was found, the last one a little longer."""
    for latent in found.trail:
        images = AS_TRAINED.synthesize(model.generator, latent[None], found.maps)
        pixels: Pixels = to_pixels(images, model.generator.shape.resolution)[0]
        yield pixels
    for _ in range(REST):
        yield found.avatar.pixels


def read_words(picture: Image.Image, model: Model, given: Labels) -> tuple[Labels, list[str]]:
    """What the labeler reads in a picture of the model's words, however sure it is, and what is to be said of it."""
    if not model.schema.names:
        return {}, []
    labeler = load_labeler().to(model.device)
    pixels = torch.from_numpy(np.asarray(on_white(picture)).transpose(2, 0, 1).copy())[None].to(model.device)
    (reading,) = read_pictures(labeler, pixels, least=0.0, farthest=float("inf"))
    read: Labels = {name: value for name, value in reading.labels.items() if _has(model.schema, name, value)}
    if reading.strangeness <= 1 or not set(read) - set(given):
        return read, []
    return read, ["the picture is unlike those that the labeler knows: its words are guesses, give some with --set"]


def _again(state: Path, facts: Mapping[str, Any]) -> Beginning | None:
    """Where the search that is kept in a file began, which takes hundreds of pictures to find; None: there is none."""
    kept = begun(state, facts)
    if kept is None:
        return None
    was, value = kept
    try:
        return Beginning(dict(was["begin"]["words"]), value, float(was["begin"]["spread"]))
    except (KeyError, TypeError, ValueError):
        raise NijigenError(f"--state {state} is damaged: {HINT}") from None


def _has(schema: AttributeSchema, name: str, value: str) -> bool:
    return name in schema and value in schema[name].values


def _run(search: Projection, state: Path | None, facts: Mapping[str, Any], quiet: bool) -> None:
    """Take the steps that are left; the state is written now and then, and when somebody stops it."""
    if state is not None:
        search.search = open_search(state, search.search, facts)
    kept = search.search.step
    with track(search.steps, "projecting", unit="steps", quiet=quiet, done=kept) as bar:
        try:
            while search.search.step < search.steps:
                search.step()
                bar.advance()
                if state is not None and search.search.step % KEPT_EVERY == 0:
                    save_search(state, search.search, facts)
                    kept = search.search.step
        finally:
            if state is not None and kept < search.search.step:
                save_search(state, search.search, facts)


def _born(model: Model, search: Projection, words: Labels, seed: int) -> Avatar:
    """The avatar that was found: noise in its certificate, or a step to a place."""
    value = search.search.value
    if search.space == "z":
        made: Avatar = model.generate(1, seed, z=value[None].cpu(), attributes=words)[0]
        return made
    certificate = model.certificate(1, 0, Row(seed, words), AS_TRAINED, model.engines.pick())
    avatar = Avatar(np.zeros((1, 1, 3), np.uint8), certificate)
    maps = pack_numbers(search.search.maps) if len(search.search.maps) else None
    return model.edit(avatar.certificate, [Place(latent=pack_numbers(search.latent(value)[0]), maps=maps)])


def _latents(search: Projection) -> Tensor:
    return torch.cat([search.latent(value) for value in search.search.trail])
