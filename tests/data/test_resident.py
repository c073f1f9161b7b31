import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.resident import Resident
from nijigen.data.stored import premultiply
from nijigen.errors import NijigenError
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "red"))])


def resident(count=20, channels=3, size=16):
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, channels, size, size), generator=generator, dtype=torch.uint8)
    return Resident(images, torch.eye(2).repeat(count, 1)[:count], SCHEMA)


def plain(images):
    return images.float() / 127.5 - 1


def test_a_batch_is_gathered_and_scaled():
    data = resident()
    indices = torch.tensor([3, 3, 0, 19])
    images, labels = data.batch(indices)
    assert images.dtype == labels.dtype == torch.float32
    torch.testing.assert_close(images, plain(data.images[indices]))
    assert (labels == data.labels[indices]).all()


def test_the_ends_of_the_range_are_exact():
    data = Resident(torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1), torch.zeros(2, 2), SCHEMA)
    assert data.batch(torch.tensor([0, 1]))[0].flatten().tolist() == [-1.0, 1.0]


def test_full_transparency_is_minus_one_in_all_four_channels():
    straight = np.array([[[200, 100, 50, 0], [200, 100, 51, 128], [9, 9, 9, 255]]], np.uint8)
    stored = premultiply(straight)
    assert stored.tolist() == [[[0, 0, 0, 0], [100, 50, 26, 128], [9, 9, 9, 255]]]
    images = torch.from_numpy(stored).permute(2, 0, 1)[None]
    values, _ = Resident(images, torch.zeros(1, 2), SCHEMA).batch(torch.tensor([0]))
    assert values[0, :, 0, 0].tolist() == [-1.0] * 4


def test_each_picture_is_flipped_by_its_own_coin():
    data = resident(1)
    images, _ = data.batch(torch.zeros(400, dtype=torch.int64), flip=True, generator=torch.Generator().manual_seed(0))
    original = plain(data.images[0])
    flipped = [bool((image == original.flip(-1)).all()) for image in images]
    assert all((image == original).all() for image, turned in zip(images, flipped, strict=True) if not turned)
    assert 150 < sum(flipped) < 250


@settings(max_examples=25)
@given(st.integers(1, 6), st.integers(0, 1000), st.integers(1, 4))
def test_crops_are_those_of_numpy(crop, seed, channels):
    """Against the plain way: numpy's reflection, then a window a picture."""
    data = resident(channels=channels, size=9)
    indices = torch.arange(12)
    images, _ = data.batch(indices, crop=crop, generator=torch.Generator().manual_seed(seed))
    offsets = torch.randint(0, 2 * crop + 1, (2, 12), generator=torch.Generator().manual_seed(seed))
    wide = np.pad(data.images[:12].numpy(), ((0, 0), (0, 0), (crop, crop), (crop, crop)), mode="reflect")
    for i, (y, x) in enumerate(offsets.T.tolist()):
        expected = plain(torch.from_numpy(wide[i, :, y : y + 9, x : x + 9].copy()))
        torch.testing.assert_close(images[i], expected)


def test_the_same_generator_gives_the_same_batch():
    data = resident()
    one, two = (
        data.batch(torch.arange(20), flip=True, crop=3, generator=torch.Generator().manual_seed(5))[0] for _ in range(2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, data.batch(torch.arange(20), flip=True, crop=3)[0])


@pytest.mark.parametrize("crop", [-1, 16])
def test_a_crop_that_does_not_fit_is_named(crop):
    with pytest.raises(NijigenError, match="use 0 to 15"):
        resident().batch(torch.tensor([0]), crop=crop)


def test_the_pictures_themselves_are_never_changed():
    data = resident()
    before = data.images.clone()
    data.batch(torch.arange(20), flip=True, crop=4)[0].zero_()
    assert torch.equal(data.images, before)
