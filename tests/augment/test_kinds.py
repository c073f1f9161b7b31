"""The face of augmentation: kinds, groups, and what every kind keeps."""

import pytest
import torch
from torch import Tensor

from nijigen.augment import KINDS, default_groups, groups_of, make_augment
from nijigen.errors import NijigenError

EVERY_GROUP = [(kind, group) for kind in KINDS for group in ("", *groups_of(kind))]


def some_pictures(channels: int = 3, count: int = 6, size: int = 16, dtype: torch.dtype = torch.float32) -> Tensor:
    random = torch.Generator().manual_seed(7)
    return torch.rand(count, channels, size, size, generator=random, dtype=dtype) * 2 - 1


def seeded(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def chosen(group: str) -> tuple[str, ...]:
    return (group,) if group else ()


def test_the_groups_of_the_papers_have_names() -> None:
    assert KINDS == ("none", "ada", "diffaugment")
    assert default_groups("ada") == ("blit", "geometry", "colour")
    assert groups_of("ada") == (*default_groups("ada"), "filter", "noise", "cutout")
    assert groups_of("diffaugment") == default_groups("diffaugment") == ("colour", "translation", "cutout")
    assert groups_of("none") == ()


def test_unknown_words_are_refused_with_the_known_ones() -> None:
    with pytest.raises(NijigenError, match=r"did you mean ada.*none, ada, diffaugment"):
        make_augment("adda")
    with pytest.raises(NijigenError, match=r"did you mean colour.*blit, geometry, colour, filter"):
        make_augment("ada", ("blit", "color"))
    with pytest.raises(NijigenError, match="it has none"):
        make_augment("none", ("blit",))
    with pytest.raises(NijigenError, match="not known"):
        groups_of("")


@pytest.mark.parametrize("p", [-0.01, 1.01, float("nan"), torch.tensor(2.0)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_strength_out_of_range_is_refused(kind: str, p: float | Tensor) -> None:
    with pytest.raises(NijigenError, match="between 0 and 1"):
        make_augment(kind)(some_pictures(), p, seeded())


@pytest.mark.parametrize("shape", [(2, 3, 8, 16), (2, 1, 8, 8), (3, 8, 8)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(NijigenError, match="square pictures"):
        make_augment("ada")(torch.zeros(shape), 0.5, seeded())


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("kind", "group"), EVERY_GROUP)
def test_at_strength_zero_pictures_stay_as_they_are(kind: str, group: str, channels: int) -> None:
    pictures = some_pictures(channels)
    kept = pictures.clone()
    for p in (0, 0.0, torch.tensor(0.0)):
        assert torch.equal(make_augment(kind, chosen(group))(pictures, p, seeded()), kept)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("kind", "group"), EVERY_GROUP)
def test_a_picture_that_draws_nothing_stays_as_it_is(kind: str, group: str, channels: int) -> None:
    """At a tiny strength no picture is drawn, but the pixels do go through the whole pipeline."""
    pictures = some_pictures(channels)
    made = make_augment(kind, chosen(group))(pictures, 1e-9, seeded())
    assert torch.allclose(made, pictures, atol=1e-5 if group == "filter" or channels == 4 else 0, rtol=0)


@pytest.mark.parametrize(("kind", "group"), EVERY_GROUP)
def test_the_number_of_draws_does_not_depend_on_the_strength(kind: str, group: str) -> None:
    after = []
    for p in (0.0, 0.3, 1.0):
        random = seeded()
        make_augment(kind, chosen(group))(some_pictures(), p, random)
        after.append(torch.rand((), generator=random))
    assert after[0] == after[1] == after[2]


@pytest.mark.parametrize(("kind", "group"), EVERY_GROUP)
def test_the_generator_decides_and_nothing_else(kind: str, group: str) -> None:
    augment, pictures = make_augment(kind, chosen(group)), some_pictures()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = augment(pictures, 0.8, seeded())
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(augment(pictures, torch.tensor(0.8), seeded()), first)
    if kind != "none":
        assert not torch.equal(augment(pictures, 0.8, seeded(4)), first)
        assert not torch.equal(first, pictures)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("kind", "group"), EVERY_GROUP)
def test_memory_format_and_type_are_kept(kind: str, group: str, channels: int) -> None:
    augment, pictures = make_augment(kind, chosen(group)), some_pictures(channels)
    plain = augment(pictures, 0.7, seeded())
    assert plain.dtype == torch.float32
    last = augment(pictures.contiguous(memory_format=torch.channels_last), 0.7, seeded())
    assert last.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(last, plain, atol=1e-5)
    double = augment(pictures.double(), 0.7, seeded())
    assert double.dtype == torch.float64
    assert torch.allclose(double.float(), plain, atol=1e-4)


@pytest.mark.parametrize("kind", ["ada", "diffaugment"])
def test_half_precision_is_only_in_the_numbers_that_come_and_go(kind: str) -> None:
    augment, pictures = make_augment(kind), some_pictures(size=64)
    plain = augment(pictures, 0.8, seeded())
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(augment(pictures, 0.8, seeded()), plain)
        halves = augment(pictures.bfloat16(), 0.8, seeded())
    assert halves.dtype == torch.bfloat16
    assert torch.equal(halves, augment(pictures.bfloat16().float(), 0.8, seeded()).bfloat16())


@pytest.mark.parametrize("kind", ["ada", "diffaugment"])
def test_every_picture_is_drawn_for_itself(kind: str) -> None:
    pictures = some_pictures(count=1).expand(8, -1, -1, -1)
    made = make_augment(kind)(pictures, 1.0, seeded())
    assert len({tuple(picture.flatten().tolist()) for picture in made}) == 8


def test_an_empty_batch_stays_empty() -> None:
    for kind in KINDS:
        assert make_augment(kind, groups_of(kind))(torch.zeros(0, 3, 8, 8), 0.5, seeded()).shape == (0, 3, 8, 8)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("kind", "group"), EVERY_GROUP)
def test_it_is_differentiable_twice(kind: str, group: str, channels: int) -> None:
    augment = make_augment(kind, chosen(group))
    pictures = some_pictures(channels, 2, 4, torch.float64).requires_grad_()

    def same(x: Tensor) -> Tensor:
        return augment(x, 0.9, seeded(5))

    assert torch.autograd.gradcheck(same, (pictures,))
    assert torch.autograd.gradgradcheck(same, (pictures,))


@pytest.mark.parametrize("kind", ["ada", "diffaugment"])
def test_a_gradient_penalty_goes_through_it(kind: str) -> None:
    """R1 on augmented pictures: the slope by the pictures has a derivative by the judge's weights."""
    weight = torch.randn(3, 16, 16, generator=seeded()).requires_grad_()
    pictures = some_pictures().requires_grad_()
    logits = torch.tanh((make_augment(kind)(pictures, 1.0, seeded()) * weight).sum(dim=(1, 2, 3)) / 10)
    (slope,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    slope.square().sum().backward()  # type: ignore[no-untyped-call]
    assert weight.grad is not None
    assert weight.grad.abs().sum() > 0
