"""Can every attribute of a drawing be read at 64 px? A small network is trained on drawings and asked about others.

    python benchmarks/legibility.py                          # 16,000 drawings to learn from, 3,000 to be asked about
    python benchmarks/legibility.py --train 4000 --epochs 4  # quicker, and worse

Prints the share of right answers for each attribute (only where it is visible) and the pairs of words most often
mistaken for each other. What such a network cannot read, no generator can learn to draw on demand.
"""

import argparse

import numpy as np
import torch
from reader import ask, learn
from torch import Tensor

from nijigen.illustrator import SCHEMA, draw_many
from nijigen.illustrator.render import pixels
from nijigen.machine import prepare_machine

SIZE = 64
WORDS = [attribute for attribute in SCHEMA.attributes if not attribute.continuous and attribute.name != "framing"]


def drawings(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Pictures uint8 ``[N, 3, 64, 64]`` and, for each attribute, the place of its value (−1: cannot be seen)."""
    pictures = np.empty((count, 3, SIZE, SIZE), np.uint8)
    answers = np.full((count, len(WORDS)), -1, np.int64)
    for index, character, data in draw_many(count, seed, SIZE):
        pictures[index] = pixels(data, channels=3).transpose(2, 0, 1)
        for place, attribute in enumerate(WORDS):
            if attribute.name in character.visible:
                answers[index, place] = attribute.values.index(str(character.visible[attribute.name]))
    return torch.from_numpy(pictures), torch.from_numpy(answers)


def main() -> None:
    """Draw, learn, ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=int, default=16_000)
    parser.add_argument("--test", type=int, default=3_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    prepare_machine(arguments.threads)
    torch.manual_seed(0)
    reader = learn(WORDS, *drawings(arguments.train, 1_000_000), arguments.epochs)
    rows = ask(reader, *drawings(arguments.test, 9_000_000))
    for name, right, count, worst in rows:
        print(f"{name:12} {right:7.2%} of {count:,}   {worst}")
    print(f"{'mean':12} {sum(right for _, right, _, _ in rows) / len(rows):7.2%}")


if __name__ == "__main__":
    main()
