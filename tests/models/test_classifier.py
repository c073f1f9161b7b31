"""The auxiliary classifier: its shapes, and that it learns to read."""

import pytest
import torch

from nijigen.models.classifier import Classifier
from nijigen.models.contract import Shape
from nijigen.objectives.auxiliary import label_accuracy, label_cross_entropy


@pytest.mark.parametrize(("resolution", "channels"), [(4, 3), (8, 4), (64, 3), (48, 3)])
def test_one_logit_a_column(resolution: int, channels: int) -> None:
    reader = Classifier(Shape(resolution, channels, 5), (2, 3), width=4)
    assert reader(torch.zeros(2, channels, resolution, resolution)).shape == (2, 5)


def test_pictures_of_a_growing_model_are_enlarged() -> None:
    reader = Classifier(Shape(16, 3, 5), (2, 3), width=4).eval()
    small = torch.rand(2, 3, 8, 8)
    assert torch.equal(reader(small), reader(small.repeat_interleave(2, 2).repeat_interleave(2, 3)))


def test_made_pictures_leave_no_trace() -> None:
    """Nothing in it changes by looking: it knows real pictures alone."""
    reader = Classifier(Shape(16, 3, 5), (2, 3), width=4).train()
    before = {key: value.clone() for key, value in reader.state_dict().items()}
    reader(torch.randn(8, 3, 16, 16))
    assert all(torch.equal(value, before[key]) for key, value in reader.state_dict().items())


def test_it_learns_to_read() -> None:
    """A colour and on which side a spot is: in a hundred small steps."""
    torch.manual_seed(0)
    reader = Classifier(Shape(16, 3, 5), (3, 2), width=8)
    optimizer = torch.optim.Adam(reader.parameters(), 3e-3)
    for _ in range(100):
        pictures, labels = _spots(32)
        optimizer.zero_grad()
        label_cross_entropy(reader(pictures), labels, reader.blocks).backward()
        optimizer.step()
    pictures, labels = _spots(256)
    assert label_accuracy(reader.eval()(pictures), labels, reader.blocks) > 0.95


def _spots(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    colour, side = torch.randint(3, (count,)), torch.randint(2, (count,))
    pictures = torch.rand(count, 3, 16, 16) - 1
    for place in range(count):
        pictures[place, colour[place], 6:10, 2 + 8 * side[place] : 6 + 8 * side[place]] = 1
    return pictures, torch.cat([torch.eye(3)[colour], torch.eye(2)[side]], 1)
