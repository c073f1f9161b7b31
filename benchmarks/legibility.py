"""Can every attribute of a drawing be read at 64 px? A small network is trained on drawings and asked about others.

    python benchmarks/legibility.py                          # 16,000 drawings to learn from, 3,000 to be asked about
    python benchmarks/legibility.py --train 4000 --epochs 4  # quicker, and worse

Prints the share of right answers for each attribute (only where it is visible) and the pairs of words most often
mistaken for each other. What such a network cannot read, no generator can learn to draw on demand.
"""

import argparse
import time
from collections import Counter

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.illustrator import SCHEMA, draw_many
from nijigen.machine import prepare_machine

SIZE, BATCH = 64, 64
WORDS = [attribute for attribute in SCHEMA.attributes if not attribute.continuous and attribute.name != "framing"]


def drawings(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Pictures uint8 ``[N, 3, 64, 64]`` and, for each attribute, the place of its value (−1: cannot be seen)."""
    pictures = np.empty((count, 3, SIZE, SIZE), np.uint8)
    answers = np.full((count, len(WORDS)), -1, np.int64)
    for index, character, pixels in draw_many(count, seed, SIZE, as_pixels=True):
        pictures[index] = pixels.transpose(2, 0, 1)
        for place, attribute in enumerate(WORDS):
            if attribute.name in character.visible:
                answers[index, place] = attribute.values.index(str(character.visible[attribute.name]))
    return torch.from_numpy(pictures), torch.from_numpy(answers)


class Reader(nn.Module):
    """Five convolutions, one linear head for each attribute; the last map keeps its 4 × 4 places."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, stride in ((3, 32, 2), (32, 64, 1), (64, 128, 2), (128, 256, 2), (256, 256, 2)):
            convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2))
        self.heads = nn.ModuleList(nn.Linear(256 * 16, len(attribute.values)) for attribute in WORDS)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Pictures uint8 ``[N, 3, 64, 64]`` → logits for each attribute."""
        features = self.body(pictures.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last))
        return [head(features) for head in self.heads]


def learn(pictures: Tensor, answers: Tensor, epochs: int) -> Reader:
    """Train a reader; Adam, the rate falling along a cosine."""
    reader = Reader().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(reader.parameters(), 2e-3, fused=True)
    steps = epochs * (len(pictures) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    for epoch in range(epochs):
        started = time.perf_counter()
        for rows in torch.randperm(len(pictures)).split(BATCH):
            if len(rows) < BATCH:
                continue
            batch = pictures[rows]
            if torch.rand(()) < 0.5:
                batch = batch.flip(-1)
            logits = reader(batch)
            loss = sum(functional.cross_entropy(one, answers[rows, i], ignore_index=-1) for i, one in enumerate(logits))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(
            f"epoch {epoch + 1} of {epochs}: loss {loss.item():.2f}, {time.perf_counter() - started:.0f} s", flush=True
        )
    return reader.eval()


@torch.no_grad()
def ask(reader: Reader, pictures: Tensor, answers: Tensor) -> None:
    """Print the table."""
    batches = [reader(batch) for batch in pictures.split(256)]
    shares = []
    for place, attribute in enumerate(WORDS):
        said = torch.cat([logits[place] for logits in batches]).argmax(dim=1)
        seen = answers[:, place] >= 0
        right = (said == answers[:, place])[seen].float().mean().item()
        shares.append(right)
        wrong = seen & (said != answers[:, place])
        pairs = Counter(
            tuple(sorted((attribute.values[int(a)], attribute.values[int(b)])))
            for a, b in zip(said[wrong], answers[wrong, place], strict=True)
        )
        worst = ", ".join(f"{a}/{b} {n}" for (a, b), n in pairs.most_common(3))
        print(f"{attribute.name:12} {right:7.2%} of {int(seen.sum()):,}   {worst}")
    print(f"{'mean':12} {sum(shares) / len(shares):7.2%}")


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
    reader = learn(*drawings(arguments.train, 1_000_000), arguments.epochs)
    ask(reader, *drawings(arguments.test, 9_000_000))


if __name__ == "__main__":
    main()
