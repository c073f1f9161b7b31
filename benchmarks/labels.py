"""Does a model draw what it is asked for? A small network learns to read a data set, then reads the model's avatars.

    python benchmarks/labels.py DATASET MODEL [--samples 2000] [--epochs 10]

Seven eighths of the data set teach the reader; its score on the last eighth says how far its word can be trusted. The
avatars are asked for with the labels of that eighth, in the same order.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from reader import ask, learn

from nijigen import Dataset, load
from nijigen.machine import prepare_machine


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("model")
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()
    prepare_machine()
    torch.manual_seed(0)
    dataset, model = Dataset.open(arguments.dataset), load(arguments.model)
    resident = dataset.load()
    words = [attribute for attribute in dataset.schema.attributes if not attribute.continuous]
    blocks = [resident.labels[:, dataset.schema.block(attribute.name)] for attribute in words]
    answers = torch.stack([torch.where(b.any(dim=1), b.argmax(dim=1), -1) for b in blocks], dim=1)
    held = torch.arange(len(answers)) % 8 == 0
    reader = learn(words, resident.images[~held], answers[~held], arguments.epochs)
    asked = torch.nonzero(held).flatten()[: arguments.samples]
    made = [
        model.generate(1, seed=place, attributes=dataset.schema.decode(resident.labels[row]))[0].pixels
        for place, row in enumerate(asked.tolist())
    ]
    pictures = torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2)
    chance = [block.sum(dim=0).max().item() / max(1.0, block.sum().item()) for block in blocks]
    print(f"{'':14} {'held-out pictures':>18} {'avatars':>9} {'most frequent word':>19}")
    for place, (real, fake) in enumerate(
        zip(ask(reader, resident.images[held], answers[held]), ask(reader, pictures, answers[asked]), strict=True)
    ):
        print(f"{real[0]:14} {real[1]:18.1%} {fake[1]:9.1%} {chance[place]:19.1%}   {fake[3]}")


if __name__ == "__main__":
    main()
