"""Is a changed attribute seen, and do the others stay?

    python benchmarks/editing.py [--count 500] [--seed 0] [--model chibi] [--batch 25] [--by words]

Avatars with seeds and words of their own are read by the labeler, one attribute is changed to another word drawn from
the seed, and they are read again. A row says in how many the wanted word is read then, and of each other attribute in
how many the same word is read as before. What the labeler reads right of drawings it has not seen is the ceiling, and
what it reads right of these avatars before any change is the model's. Numbers are not read and are left out, and so is
what an avatar cannot show, as its words say: the colour of closed eyes, the hair beneath a hat.

``--by words`` changes words, as ``nijigen edit --set`` does; ``--by directions`` goes ``--steps`` along the boundary of
the wanted word, which also does for models without words (who has a word is then what the labeler sees).
"""

import argparse
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from nijigen import NijigenError, load
from nijigen.edit.directions import Direction
from nijigen.edit.point import Point, Space
from nijigen.edit.steps import SetWords
from nijigen.engine.directions import find_boundaries
from nijigen.engine.model import Model
from nijigen.engine.sampling import Samples
from nijigen.features.labeler import read_labeler
from nijigen.features.showing import on_white
from nijigen.progress import track
from nijigen.schema import Labels
from nijigen.seeds import derive, seed_number

GOAL = 0.9
Words = dict[str, str]  # attribute → what is read


@dataclass
class Tally:
    """Of one attribute that was changed: asked for, reached, read instead, by word; shown and kept, by other one."""

    asked: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    instead: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    shown: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return sum(self.asked.values())

    def add(self, attribute: str, wanted: str, before: Words, after: Words, shown: set[str]) -> None:
        """One avatar, and the attributes that it shows."""
        self.asked[wanted] += 1
        if after[attribute] == wanted:
            self.reached[wanted] += 1
        else:
            self.instead[wanted][after[attribute]] += 1
        others = [name for name in before if name != attribute and name in shown]
        self.shown.update(others)
        self.kept.update(name for name in others if before[name] == after[name])


class Editor:
    """A model whose avatars are changed and read.

    Args:
        by: words or directions.
        samples: avatars that directions are found with.
        steps: along a direction.
    """

    def __init__(self, model: Model, by: str, samples: int, steps: float) -> None:
        self.model, self.by, self.steps = model, by, steps
        self.labeler, card, self.digest = read_labeler()
        self.real = {head["name"]: float(head["right"]) for head in card["held_out"]}
        known = model.schema.names or self.labeler.schema.names
        self.read_names = [name for name in self.labeler.schema.names if name in known]
        self.names = [name for name in self.read_names if len(self._words(name)) > 1]
        self._space = Space(model.generator, model.schema)
        self._samples = Samples(model, samples, by="auto" if model.schema.names else "labeler", quiet=False)
        self._ways: dict[tuple[str, str], Direction | None] = {}

    def _words(self, name: str) -> list[str]:
        """The words of an attribute that can be asked for and read."""
        readable = self.labeler.schema[name].values
        asked = self.model.schema[name].values if name in self.model.schema else readable
        return [word for word in asked if word in readable]

    def other_word(self, name: str, now: str, seed: int) -> str:
        """Another word of the attribute, each as likely."""
        words = [word for word in self._words(name) if word != now]
        return words[derive(seed, "benchmark", "edit", name) % len(words)]

    @torch.no_grad()
    def latents(self, noise: Tensor, labels: list[Labels]) -> Tensor:
        """Latents of noise ``[N, z_dim]`` and words."""
        encoded = torch.from_numpy(np.stack([self.model.schema.encode(row) for row in labels]))
        device = self.model.device
        return self.model.generator.map(noise.to(device), encoded.to(device))

    @torch.no_grad()
    def read(self, latents: Tensor) -> list[Words]:
        """What is seen in the pictures of latents."""
        found = self.labeler.probabilities(on_white(self.model.generator.synthesize(latents)).cpu())
        best = {name: found[name].argmax(dim=1).tolist() for name in self.read_names}
        return [
            {name: self.labeler.schema[name].values[best[name][row]] for name in self.read_names}
            for row in range(len(latents))
        ]

    def changed(self, name: str, wanted: list[str], noise: Tensor, labels: list[Labels], latents: Tensor) -> Tensor:
        """Latents after each avatar's attribute became the wanted word, by whatever way was chosen."""
        if self.by == "words":
            points = [Point(z, row) for z, row in zip(noise, labels, strict=True)]
            steps = [SetWords(attributes={name: word}) for word in wanted]
            after = [step.take(point, self._space, 0).labels for step, point in zip(steps, points, strict=True)]
            return self.latents(noise, after)
        ways = [self.way(name, word) for word in wanted]
        moved = [
            row if way is None else row + self.steps * way.vector.to(row)
            for row, way in zip(latents, ways, strict=True)
        ]
        return torch.stack(moved)

    def way(self, name: str, word: str) -> Direction | None:
        """The direction to a word; None where too few avatars have it: those stay as they are, and count as misses."""
        if (name, word) not in self._ways:
            try:
                self._ways[name, word] = find_boundaries(self._samples, [f"{name}={word}"])[0]
            except NijigenError as error:
                print(f"no direction: {error}", file=sys.stderr, flush=True)
                self._ways[name, word] = None
        return self._ways[name, word]


def measure(editor: Editor, count: int, seed: int, batch: int) -> tuple[dict[str, Tally], dict[str, tuple[int, int]]]:
    """Change every attribute of every avatar, one at a time; and what was read right before (right, asked)."""
    tallies = {name: Tally() for name in editor.names}
    right, asked = Counter[str](), Counter[str]()
    with track(count * (1 + len(tallies)), "avatars", unit="avatars") as bar:
        for start in range(0, count, batch):
            seeds = list(range(seed + start, seed + min(start + batch, count)))
            labels = [editor.model.draw_labels(number, {}) for number in seeds]
            noise = editor.model.generator.noise(seeds)
            latents = editor.latents(noise, labels)
            before = editor.read(latents)
            bar.advance(len(seeds))
            for row, seen in zip(labels, before, strict=True):
                said = {name: row[name] for name in editor.read_names if name in row}
                asked.update(said.keys())
                right.update(name for name, word in said.items() if seen[name] == word)
            for name, tally in tallies.items():
                now = [str(row.get(name, seen[name])) for row, seen in zip(labels, before, strict=True)]
                wanted = [editor.other_word(name, word, number) for word, number in zip(now, seeds, strict=True)]
                after = editor.read(editor.changed(name, wanted, noise, labels, latents))
                for row, word, one, other in zip(labels, wanted, before, after, strict=True):
                    shown = set(row) or set(one)  # a model without words does not say what it shows
                    if name in shown:
                        tally.add(name, word, one, other, shown)
                bar.advance(len(seeds))
    return tallies, {name: (right[name], asked[name]) for name in asked}


def table(editor: Editor, tallies: dict[str, Tally], before: dict[str, tuple[int, int]]) -> list[str]:
    """Markdown: a row for each attribute that was changed."""
    head = ["changed", "read of drawings", "before", "**reached**", *(f"kept: {_plain(n)}" for n in editor.read_names)]
    lines = [_row([*head, "kept: mean", "kept: worst"]), _row(["---"] * (len(head) + 2))]
    reached_all, kept_all, fine = [], [], 0
    for name, tally in tallies.items():
        kept = {other: tally.kept[other] / max(tally.shown[other], 1) for other in editor.read_names if other != name}
        reached = sum(tally.reached.values()) / max(tally.count, 1)
        right, asked = before.get(name, (0, 0))
        cells = ["" if other == name else f"{kept[other]:.0%}" for other in editor.read_names]
        mean, worst = sum(kept.values()) / len(kept), min(kept.values())
        fine += reached >= GOAL and worst >= GOAL
        reached_all.append(reached)
        kept_all += kept.values()
        start = [
            _plain(name),
            f"{editor.real[name]:.0%}",
            f"{right / asked:.0%}" if asked else "",
            f"**{reached:.0%}**",
        ]
        lines.append(_row([*start, *cells, f"{mean:.0%}", f"{worst:.0%}"]))
    parts = [("reached", reached_all), ("others kept", kept_all)]
    told = [f"{what} {sum(found) / len(found):.1%} on average, {min(found):.0%} at worst" for what, found in parts]
    lines += ["", f"{'; '.join(told)}; {fine} of {len(tallies)} rows have all figures at {GOAL:.0%} or above."]
    return lines


def misses(tallies: dict[str, Tally]) -> list[str]:
    """Markdown: the words that were reached in fewer than nine of ten, and what is read instead."""
    lines = [_row(["word", "asked for", "reached", "read instead most"]), _row(["---"] * 4)]
    for name, tally in tallies.items():
        for word in sorted(tally.asked, key=lambda word: (tally.reached[word] / tally.asked[word], word)):
            share = tally.reached[word] / tally.asked[word]
            if share < GOAL:
                instead = ", ".join(f"{_plain(other)} {n}" for other, n in tally.instead[word].most_common(3))
                lines.append(_row([f"{_plain(name)}: {_plain(word)}", str(tally.asked[word]), f"{share:.0%}", instead]))
    return lines


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="avatars, each with every attribute changed once")
    parser.add_argument("--seed", default="0", help="an integer, or any text")
    parser.add_argument("--model", default="chibi")
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--by", choices=("words", "directions"), default="words")
    parser.add_argument("--steps", type=float, default=3.0, help="along a direction")
    parser.add_argument("--samples", type=int, default=2_000, help="avatars that directions are found with")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    if arguments.count < 1 or arguments.batch < 1:
        parser.error("--count and --batch: use 1 or more")
    try:
        model = load(arguments.model, arguments.device, arguments.threads)
        if not model.schema.names and arguments.by == "words":
            parser.error(f"{model.name} has no words: use --by directions")
        editor = Editor(model, arguments.by, arguments.samples, arguments.steps)
        tallies, before = measure(editor, arguments.count, seed_number(arguments.seed), arguments.batch)
    except NijigenError as error:
        sys.exit(str(error))
    way = "by words" if arguments.by == "words" else f"by {arguments.steps:g} steps along directions"
    print(f"{model.name} {model.digest[:12]}, labeler {editor.digest[:12]}, {arguments.count} avatars {way}\n")
    print("\n".join([*table(editor, tallies, before), "", *misses(tallies)]))


if __name__ == "__main__":
    main()
