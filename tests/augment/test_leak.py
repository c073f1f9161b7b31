"""Augmentation does not leak at p ≤ 0.8: what is learned from augmented pictures alone is the pictures before.

The toy: four pictures that augmentation turns into each other (an L in four directions, or a colour in four hues), seen
55, 25, 15 and 5 times in a hundred. At p = 1 every direction and every hue comes out equally often whatever went in, so
nothing can be known of what went in: the tests must then fail to find it, and do (2006.06676, §2.2 and appendix C).
"""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, softplus

from nijigen.augment import Augment, make_augment
from nijigen.augment.colour import fuse, recolour
from nijigen.augment.draws import draw_colour

SIZE = 8
SHARES = torch.tensor([0.55, 0.25, 0.15, 0.05])


def directions() -> Tensor:
    """``[4, 3, 8, 8]``: an L with a red patch, which no flip makes of itself, turned by quarters."""
    picture = torch.full((3, SIZE, SIZE), -1.0)
    picture[:, 1:7, 1:3] = 1
    picture[:, 5:7, 1:6] = 1
    picture[0, 1:3, 1:5] = 0.5
    return torch.stack([torch.rot90(picture, turns, (1, 2)) for turns in range(4)])


def hues() -> Tensor:
    """The same two orange halves, turned around the grey axis by quarters."""
    picture = torch.tensor([0.8, -0.3, -0.6])[:, None, None].repeat(1, SIZE, SIZE)
    picture[:, :, : SIZE // 2] *= 0.5
    quarters = draw_colour(0.0, 4, torch.Generator())._replace(hue=torch.arange(4) * math.pi / 2)
    return recolour(picture.expand(4, -1, -1, -1), fuse(quarters))


def greys() -> Tensor:
    """Four tones, nearer to each other than DiffAugment's brightness reaches."""
    return torch.linspace(-0.45, 0.45, 4)[:, None, None, None].expand(4, 3, SIZE, SIZE).clone()


def judge(outputs: int) -> nn.Sequential:
    width = 96
    layers = [nn.Flatten(), nn.Linear(3 * SIZE * SIZE, width), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(width, width), nn.LeakyReLU(0.2), nn.Linear(width, outputs))


def played(augment: Augment, p: float, pictures: Tensor, steps: int = 1000, batch: int = 256) -> Tensor:
    """A GAN whose discriminator sees augmented pictures only. Its generator is four shares ``[4]``, which come back.

    Shares begin equal. Non-saturating game; the generator's loss is an exact mean over the four pictures.
    """
    torch.manual_seed(1)
    random = torch.Generator().manual_seed(1)
    discriminator, shares = judge(1), torch.zeros(4, requires_grad=True)
    optimizers = [torch.optim.Adam(discriminator.parameters(), 2e-3, betas=(0.0, 0.99))]
    optimizers.append(torch.optim.Adam([shares], 1e-2, betas=(0.0, 0.99)))
    falling = [torch.optim.lr_scheduler.LinearLR(each, 1.0, 0.05, steps) for each in optimizers]
    found = []
    for step in range(steps):
        real = pictures[torch.multinomial(SHARES, batch, True, generator=random)]
        both = augment(torch.cat([real, pictures.repeat(batch // 4, 1, 1, 1)]), p, random)
        weights = shares.softmax(0).repeat(batch // 4) * 4
        logits = discriminator(both)[:, 0]
        loss = softplus(-logits[:batch]).mean() + (weights.detach() * softplus(logits[batch:])).mean()
        discriminator.zero_grad()
        loss.backward()
        optimizers[0].step()
        shares.grad = None
        with torch.no_grad():
            made = softplus(-discriminator(both[batch:])[:, 0])
        (weights * made).mean().backward()
        optimizers[1].step()
        for each in falling:
            each.step()
        if step >= steps * 2 // 3:
            found.append(shares.detach().softmax(0))
    return torch.stack(found).mean(dim=0)


GAMES = [
    pytest.param(make_augment("ada", ("blit",)), directions(), id="blit"),
    pytest.param(make_augment("ada", ("geometry",)), directions(), id="geometry"),
    pytest.param(make_augment("ada", ("colour",)), hues(), id="colour"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("augment", "pictures"), GAMES)
def test_a_generator_learns_what_was_there_before_augmentation(augment: Augment, pictures: Tensor) -> None:
    assert (played(augment, 0.8, pictures) - SHARES).abs().max() < 0.07


@pytest.mark.slow
@pytest.mark.parametrize(("augment", "pictures"), GAMES)
def test_at_full_strength_it_cannot(augment: Augment, pictures: Tensor) -> None:
    assert (played(augment, 1.0, pictures) - SHARES).abs().max() > 0.15


@pytest.mark.slow
def test_diffaugment_does_not_leak_either() -> None:
    assert (played(make_augment("diffaugment"), 0.8, greys()) - SHARES).abs().max() < 0.07


def answers(network: nn.Module, pictures: Tensor, p: float, random: torch.Generator, rounds: int = 100) -> Tensor:
    """``[4]`` float64: the network's mean answer to many augmented pictures, under all of ADA's groups."""
    augment = make_augment("ada")
    total = torch.zeros(4, dtype=torch.float64)
    with torch.no_grad():
        for _ in range(rounds):
            total += network(augment(pictures, p, random)).softmax(dim=1).double().mean(dim=0)
    return total / rounds


@pytest.mark.slow
def test_all_groups_together_can_be_undone_at_strength_eight_tenths_and_not_at_one() -> None:
    """Mean answers to a mixture are the mixture of mean answers, so the shares solve four linear equations.

    The network only has to tell the directions apart where it can; it learned to at a lower strength.
    """
    torch.manual_seed(2)
    random, network = torch.Generator().manual_seed(2), judge(4)
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(500):
        seen = make_augment("ada")(directions().repeat(96, 1, 1, 1), 0.4, random)
        optimizer.zero_grad()
        cross_entropy(network(seen), torch.arange(4).repeat(96)).backward()
        optimizer.step()
    told_apart = {}
    for p in (0.8, 1.0):
        each = torch.stack([answers(network, one.expand(1000, -1, -1, -1), p, random) for one in directions()])
        told_apart[p] = torch.linalg.svdvals(each - each.mean(dim=0))[2]  # the fourth is 0: answers add up to 1
        if p < 1:
            mixture = directions().repeat_interleave((SHARES * 4000).round().long(), dim=0)
            mean = answers(network, mixture, p, random)
            equations = torch.cat([each.T, torch.ones(1, 4, dtype=torch.float64)])
            found = torch.linalg.lstsq(equations, torch.cat([mean, torch.ones(1)]).double()[:, None]).solution[:, 0]
            assert (found - SHARES).abs().max() < 0.08
    assert told_apart[0.8] > 5 * told_apart[1.0]
