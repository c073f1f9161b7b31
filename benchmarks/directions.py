"""How far does what is read in avatars follow a direction, and what else changes?

    python benchmarks/directions.py [--model chibi] [--by words] [--attributes gender expression] [--avatars 32]

For each value a boundary is found, and the same avatars go along it, as it is and with all other attributes kept. A
row says of how many avatars the value is read before, after the word itself is set, and after so many steps of each;
and in brackets how many of the other attributes are read otherwise than before. What the labeler cannot tell apart is
no change here.
"""

import argparse
import time

import torch
from torch import Tensor

from nijigen import load
from nijigen.edit.directions import Direction
from nijigen.engine.directions import find_boundaries, find_sefa
from nijigen.engine.model import Model
from nijigen.engine.sampling import Samples
from nijigen.errors import NijigenError
from nijigen.features.labeler import load_labeler
from nijigen.features.showing import on_white

Read = dict[str, Tensor]


class Row:
    """The same avatars, seen before and after."""

    def __init__(self, model: Model, count: int, seed: int) -> None:
        self.model, self.labeler = model, load_labeler()
        seeds = range(seed, seed + count)
        self.noise = model.generator.noise(seeds)
        self.labels = [model.draw_labels(number, {}) for number in seeds]
        self.latents = self._mapped(self.labels)
        self.before = self.read(self.latents)

    def read(self, latents: Tensor) -> Read:
        """The likeliest value of each attribute, ``[N]`` each."""
        with torch.no_grad():
            found = self.labeler.probabilities(on_white(self.model.generator.synthesize(latents)))
        return {name: rows.argmax(dim=1) for name, rows in found.items() if name in self.model.schema}

    def along(self, direction: Direction, by: float) -> Read:
        """What is read so many steps along a direction."""
        return self.read(self.latents + by * direction.vector)

    def with_word(self, attribute: str, value: str) -> Read:
        """What is read when the word is set instead."""
        return self.read(self._mapped([{**words, attribute: value} for words in self.labels]))

    def told(self, after: Read, attribute: str, value: str) -> str:
        """Share read as the value, and share of the other attributes that are read otherwise."""
        wanted = self.labeler.schema[attribute].values.index(value)
        others = [(after[name] != self.before[name]).double().mean() for name in after if name != attribute]
        return f"{(after[attribute] == wanted).double().mean():6.0%} ({float(sum(others)) / len(others):4.0%})"

    def _mapped(self, words: list[dict[str, str | float]]) -> Tensor:
        encoded = torch.stack([torch.from_numpy(self.model.schema.encode(one)) for one in words])
        with torch.no_grad():
            return self.model.generator.map(self.noise, encoded)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="chibi")
    parser.add_argument("--by", choices=("words", "labeler"), default="words")
    parser.add_argument("--attributes", nargs="+", default=["gender", "expression"])
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--avatars", type=int, default=32)
    parser.add_argument("--steps", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument("--sefa", type=int, default=0, help="also so many factorised directions")
    arguments = parser.parse_args()
    model = load(arguments.model, "cpu", 1)
    row = Row(model, arguments.avatars, arguments.seed)
    samples = Samples(model, arguments.samples, by=arguments.by)
    print(
        f"{model.name} {model.digest[:12]}, by {arguments.by}, {arguments.steps:g} steps, {arguments.avatars} avatars"
    )
    print(f"{'':24} held out  before   word set       steps          kept       what is left", flush=True)
    for attribute in arguments.attributes:
        others = [name for name in row.before if name != attribute]
        for value in model.schema[attribute].values:
            asked, start = [f"{attribute}={value}"], time.process_time()
            before = row.told(row.before, attribute, value).split("%")[0] + "%"
            word = row.told(row.with_word(attribute, value), attribute, value)
            try:
                plain, kept = find_boundaries(samples, asked)[0], find_boundaries(samples, asked, keep=others)[0]
            except NijigenError as error:
                print(f"{attribute + ' ' + value:24} {'':8} {before} {word}   {error}", flush=True)
                continue
            ways = [row.told(row.along(one, arguments.steps), attribute, value) for one in (plain, kept)]
            print(
                f"{plain.name:24} {plain.facts['accuracy']:8.0%} {before} {word}  {'  '.join(ways)}"
                f" {kept.facts['left']:6.2f}   {time.process_time() - start:.1f} s of a core",
                flush=True,
            )
    for direction in find_sefa(samples, arguments.sefa) if arguments.sefa else []:
        after = row.along(direction, arguments.steps)
        changed = {name: float((after[name] != row.before[name]).double().mean()) for name in after}
        most = sorted(changed.items(), key=lambda pair: -pair[1])
        words = ", ".join(f"{name} {share:.0%}" for name, share in most)
        print(f"{direction.name} ({direction.facts['share']:.1%} of all): read otherwise: {words}", flush=True)


if __name__ == "__main__":
    main()
