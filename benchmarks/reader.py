"""A small network that reads the attributes of pictures, for the benchmarks that ask whether labels can be seen."""

import time
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.schema import Attribute

BATCH = 64


class Reader(nn.Module):
    """Convolutions down to 4 × 4 places, then one linear head for each attribute."""

    def __init__(self, attributes: Sequence[Attribute], size: int) -> None:
        super().__init__()
        self.attributes = list(attributes)
        widths = [32, 64, 128, 256, 256][: size.bit_length() - 2]
        layers: list[nn.Module] = []
        inputs = 3
        for place, outputs in enumerate(widths):
            halve = size >> sum(1 for layer in layers if getattr(layer, "stride", None) == (2, 2)) > 4
            stride = 2 if halve and place != 1 else 1
            layers += [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
            inputs = outputs
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.2))
        self.heads = nn.ModuleList(nn.Linear(inputs * 16, len(attribute.values)) for attribute in self.attributes)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Pictures uint8 ``[N, 3, R, R]`` → logits for each attribute."""
        features = self.body(pictures.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last))
        return [head(features) for head in self.heads]


def learn(attributes: Sequence[Attribute], pictures: Tensor, answers: Tensor, epochs: int) -> Reader:
    """Train a reader on pictures uint8 ``[N, 3, R, R]`` and answers ``[N, A]`` (−1: not known), mirrored at random."""
    reader = Reader(attributes, pictures.shape[-1]).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(reader.parameters(), 2e-3, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, epochs * (len(pictures) // BATCH))
    for epoch in range(epochs):
        started = time.perf_counter()
        for rows in torch.randperm(len(pictures))[: len(pictures) // BATCH * BATCH].split(BATCH):
            batch = pictures[rows].flip(-1) if torch.rand(()) < 0.5 else pictures[rows]
            losses = [
                functional.cross_entropy(logits, answers[rows, place], ignore_index=-1)
                for place, logits in enumerate(reader(batch))
                if (answers[rows, place] >= 0).any()
            ]
            loss = torch.stack(losses).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(
            f"epoch {epoch + 1} of {epochs}: loss {loss.item():.2f}, {time.perf_counter() - started:.0f} s", flush=True
        )
    return reader.eval()


@torch.no_grad()
def ask(reader: Reader, pictures: Tensor, answers: Tensor) -> list[tuple[str, float, int, str]]:
    """For each attribute: its name, the share of right answers, of how many, and the words most often mixed up."""
    batches = [reader(batch) for batch in pictures.split(256)]
    rows = []
    for place, attribute in enumerate(reader.attributes):
        said = torch.cat([logits[place] for logits in batches]).argmax(dim=1)
        seen = answers[:, place] >= 0
        wrong = seen & (said != answers[:, place])
        pairs = Counter(
            tuple(sorted((attribute.values[int(a)], attribute.values[int(b)])))
            for a, b in zip(said[wrong], answers[wrong, place], strict=True)
        )
        worst = ", ".join(f"{a}/{b} {n}" for (a, b), n in pairs.most_common(3))
        rows.append((attribute.name, 1 - int(wrong.sum()) / max(1, int(seen.sum())), int(seen.sum()), worst))
    return rows
