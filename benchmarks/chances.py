"""What a model that learned drawings has understood of them: each chance and each word changed alone.

    python benchmarks/chances.py chibi                             # chances that calm drawings follow
    python benchmarks/chances.py chibi --chance fringe             # any other one
    python benchmarks/chances.py chibi --words                     # words

The same person is drawn twice, with another value of one number of chance, or of one attribute, and so does the model.
``changed`` is how much of the drawing that changes: squared differences of premultiplied colours in [0, 1], summed over
a picture, the mean over people. ``explained`` is the model's change along the drawing's, 1 where it is the same and 0
where the model does nothing of it; ``left`` is the squared difference of the two changes, again the mean over people.
What is much changed and little explained is drawn as the mean of what it may be.
"""

import argparse
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from nijigen import Model, load
from nijigen.data.stored import premultiply
from nijigen.illustrator import Character, compose
from nijigen.illustrator.chances import calm, chance_names, chances
from nijigen.illustrator.figure import draw_figure
from nijigen.illustrator.render import FINE_FROM, pixels, png
from nijigen.illustrator.subject import Subject
from nijigen.illustrator.traits import Traits
from nijigen.seeds import derive
from nijigen.training.lesson import beside

BATCH = 25
Case = tuple[Character, dict[str, float]]  # somebody, and chances that are not this person's own


def drawn(cases: Iterable[Case], size: int) -> Tensor:
    """Calm drawings, premultiplied in [0, 1], ``[N, 4, size, size]``."""
    rows = []
    for person, other in cases:
        traits = Traits(person.seed, {**calm(), **other})
        subject = Subject(person.attributes, traits, fine=size >= FINE_FROM)
        picture = premultiply(pixels(png(draw_figure(subject, transparent=True).svg(size)), 4))
        rows.append(torch.from_numpy(picture.copy()).permute(2, 0, 1) / 255)
    return torch.stack(rows)


@torch.no_grad()
def made(model: Model, cases: list[Case]) -> Tensor:
    """What the model makes of the same words and chances; the noise that is left is the same for all."""
    generator = model.generator
    rows, words = [], []
    for person, other in cases:
        rows.append(torch.from_numpy(chances(person.seed, held=other)))
        visible = {name: value for name, value in person.visible.items() if name in model.schema.names}
        words.append(torch.from_numpy(np.asarray(model.schema.encode(visible), np.float32)))
    free = torch.randn(1, generator.z_dim - len(rows[0]), generator=torch.Generator().manual_seed(0))
    found = []
    for start in range(0, len(cases), BATCH):
        known = torch.stack(rows[start : start + BATCH])
        noise = beside(known, free.expand(len(known), -1))
        found.append(generator.synthesize(generator.map(noise, torch.stack(words[start : start + BATCH]))))
    return (torch.cat(found).clamp(-1, 1) + 1) / 2


def report(model: Model, name: str, before: list[Case], after: list[Case]) -> None:
    """One line of the table."""
    if not before:
        return
    size = model.generator.shape.resolution
    wanted = drawn(after, size) - drawn(before, size)
    got = made(model, after) - made(model, before)
    energy = wanted.square().sum().item()
    explained = (wanted * got).sum().item() / energy if energy else 0.0
    left = (wanted - got).square().sum().item() / len(before)
    print(f"| {name} | {energy / len(before):.1f} | {explained:.2f} | {left:.1f} |", flush=True)


def by_chance(people: list[Character], names: list[str]) -> Iterator[tuple[str, list[Case], list[Case]]]:
    """Each number of chance: the same people at two places of its range."""
    places = np.random.default_rng(0)
    for name in names:
        units = places.uniform(size=(len(people), 2))
        first = [(person, {name: unit}) for person, unit in zip(people, units[:, 0].tolist(), strict=True)]
        second = [(person, {name: unit}) for person, unit in zip(people, units[:, 1].tolist(), strict=True)]
        yield name, first, second


def by_word(people: list[Character], model: Model) -> Iterator[tuple[str, list[Case], list[Case]]]:
    """Each attribute: people as they are, and with another value of it."""
    places = np.random.default_rng(0)
    for attribute in model.schema.attributes:
        first: list[Case] = []
        second: list[Case] = []
        for person in people:
            value = places.uniform(*attribute.range) if attribute.range else str(places.choice(attribute.values))
            other = person.with_(**{attribute.name: value})
            if other.visible != person.visible:
                first.append((person, {}))
                second.append((other, {}))
        yield attribute.name, first, second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--people", type=int, default=140, help="how many are drawn for each line")
    free = [name for name in chance_names(4) if name not in calm()]
    parser.add_argument(
        "--chance", action="append", choices=chance_names(4), metavar="NAME", help="one that calm drawings hold, too"
    )
    parser.add_argument("--words", action="store_true", help="words instead of chances")
    arguments = parser.parse_args()
    model = load(arguments.model, device="cpu")
    people = [compose(derive("understood", 0, index)) for index in range(arguments.people)]
    own: list[Case] = [(person, {}) for person in people]
    apart = (drawn(own, model.generator.shape.resolution) - made(model, own)).square().sum().item() / len(people)
    print(f"{arguments.model}: {len(people)} people, {apart:.1f} from their drawings\n")
    print("| | changed | explained | left |\n|---|---|---|---|")
    lines = by_word(people, model) if arguments.words else by_chance(people, arguments.chance or free)
    for name, before, after in lines:
        report(model, name, before, after)


if __name__ == "__main__":
    main()
