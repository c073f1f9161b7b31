"""The adversarial game: each loss against its formula in float64, and who is shown what, when and how often."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nijigen.models.classifier import Classifier
from nijigen.models.contract import Discriminator, Generator, Networks, Shape
from nijigen.objectives.adversarial import OBJECTIVES
from nijigen.objectives.auxiliary import label_cross_entropy
from nijigen.training import game
from nijigen.training.adversarial import adversarial_phases
from nijigen.training.game import COUNT, LENGTH, READ, READ_RATE, SIGN, P, as_generator
from nijigen.training.phases import Batch, Logged, Memory, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import moment

N, SIDE, LABELS, LAYERS, WIDTH = 6, 4, 3, 5, 4


class Maker(Generator):
    """A layer-wise generator of a few numbers; remembers the latents it was given."""

    def __init__(self, layers: int = LAYERS) -> None:
        super().__init__()
        self.shape, self.z_dim, self.layers = Shape(SIDE, 3, LABELS), 2, layers
        self.inner = nn.Linear(2 + LABELS, WIDTH)
        self.outer = nn.Linear(layers * WIDTH, 3 * SIDE * SIDE)
        self.given: list[Tensor] = []

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        latent: Tensor = self.inner(torch.cat([z.double(), labels], dim=1)).tanh()
        return latent[:, None].expand(-1, self.layers, -1)

    def synthesize(self, latent: Tensor) -> Tensor:
        self.given.append(latent.detach())
        return torch.tanh(self.outer(latent.flatten(1))).view(-1, 3, SIDE, SIDE)


class Judge(Discriminator):
    """A smooth discriminator of a few numbers; remembers the pictures it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shape = Shape(SIDE, 3, LABELS)
        self.inner, self.outer = nn.Linear(3 * SIDE * SIDE, 8), nn.Linear(8 + LABELS, 1)
        self.shown: list[Tensor] = []

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        self.shown.append(images.detach())
        features = torch.tanh(self.inner(images.flatten(1)))
        logits: Tensor = self.outer(torch.cat([features, labels], dim=1)).flatten()
        return logits

    def stages(self) -> list[nn.Module]:
        return [self.inner, self.outer]


def networks(layers: int = LAYERS) -> Networks:
    torch.manual_seed(1)
    return {"generator": Maker(layers).double(), "discriminator": Judge().double()}


def recipe(**changes: Any) -> Recipe:
    return Recipe.model_validate(
        {"name": "r", "family": "dcgan", "resolution": SIDE, "images": 1000, "batch": N, **changes}
    )


def batch(pictures: bool = True) -> Batch:
    random = torch.Generator().manual_seed(2)
    images = torch.rand(N, 3, SIDE, SIDE, generator=random).double() * 2 - 1
    labels = torch.eye(LABELS).repeat(2, 1).double()
    weights = torch.rand(N, generator=random).double() + 0.5
    return Batch(images if pictures else None, labels, weights)


def turn(run: Recipe, images: int = 0, memory: Memory | None = None, drawn: Batch | None = None) -> Turn:
    """A turn with the same random numbers each time; the discriminator's are made of noise drawn first."""
    random = torch.Generator().manual_seed(3)
    return Turn({"images": drawn or batch()}, random, moment(run, images), memory if memory is not None else {})


def phase(run: Recipe, name: str) -> Phase:
    return next(found for found in adversarial_phases(run) if found.name == name)


def loss_of(run: Recipe, name: str, **options: Any) -> tuple[Tensor, Logged]:
    """The loss of a phase for fresh networks."""
    return phase(run, name).loss(networks(), turn(run, **options))


def noise() -> Tensor:
    """The noise that a turn draws first."""
    return torch.randn(N, 2, generator=torch.Generator().manual_seed(3))


class Direct:
    """What formulas are made of, computed without any of the code under test."""

    def __init__(self) -> None:
        found = networks()
        self.maker, self.judge, self.batch = found["generator"], found["discriminator"], batch()
        self.real_images = self.batch.pictures().requires_grad_()
        self.fake_images = self.maker(noise(), self.batch.labels).detach().requires_grad_()
        self.real = self.judge(self.real_images, self.batch.labels)
        self.fake = self.judge(self.fake_images, self.batch.labels)

    def squared_slopes(self, images: Tensor) -> Tensor:
        """Of each picture, one after the other: Σ (∂ logit / ∂ pixel)²."""
        found = []
        for row in range(N):
            picture = images[row : row + 1].detach().requires_grad_()
            logit = self.judge(picture, self.batch.labels[row : row + 1])
            (slope,) = torch.autograd.grad(logit.sum(), picture)
            found.append(slope.square().sum())
        return torch.stack(found)


def close(found: Tensor, expected: Tensor) -> None:
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)


def log_sigmoid(x: Tensor) -> Tensor:
    return -torch.log(1 + torch.exp(-x))


DISCRIMINATOR: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "minimax": lambda real, fake: -log_sigmoid(real) - log_sigmoid(-fake),
    "non-saturating": lambda real, fake: -log_sigmoid(real) - log_sigmoid(-fake),
    "hinge": lambda real, fake: (1 - real).clamp(min=0) + (1 + fake).clamp(min=0),
    "wasserstein": lambda real, fake: fake - real,
    "least-squares": lambda real, fake: (real - 1) ** 2 / 2 + fake**2 / 2,
    "relativistic": lambda real, fake: -log_sigmoid(real - fake),
}
GENERATOR: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "minimax": lambda real, fake: log_sigmoid(-fake),
    "non-saturating": lambda real, fake: -log_sigmoid(fake),
    "hinge": lambda real, fake: -fake,
    "wasserstein": lambda real, fake: -fake,
    "least-squares": lambda real, fake: (fake - 1) ** 2 / 2,
    "relativistic": lambda real, fake: -log_sigmoid(fake - real),
}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_both_players_losses_with_their_weights(objective: str) -> None:
    direct = Direct()
    weights = direct.batch.weights
    found, logged = loss_of(recipe(objective=objective), "discriminator")
    close(found, (weights * DISCRIMINATOR[objective](direct.real, direct.fake)).mean().detach())
    close(logged["real"], direct.real.mean().detach())
    close(logged["fake"], direct.fake.mean().detach())
    made, _ = loss_of(recipe(objective=objective), "generator")
    close(made, (weights * GENERATOR[objective](direct.real, direct.fake)).mean().detach())


def test_without_labels_made_pictures_are_of_no_class() -> None:
    """Weights of rows drawn at random would only make the generator's loss noisier."""
    maker, judge = Maker().double(), Judge().double()
    maker.inner, judge.outer = nn.Linear(2, WIDTH).double(), nn.Linear(8, 1).double()
    drawn = replace(batch(pictures=False), labels=torch.zeros(N, 0).double())
    found, _ = phase(recipe(), "generator").loss(
        {"generator": maker, "discriminator": judge}, turn(recipe(), drawn=drawn)
    )
    made = judge(maker(noise(), drawn.labels), drawn.labels)
    close(found, -log_sigmoid(made).mean())


def test_what_is_logged_has_a_meaning() -> None:
    direct = Direct()
    for objective, found in OBJECTIVES.items():
        _, logged = loss_of(recipe(objective=objective), "discriminator")
        assert ("sign" in logged) == found.adaptive
        assert ("wasserstein" in logged) == (objective == "wasserstein")
    _, logged = loss_of(recipe(), "discriminator")
    close(logged["sign"], torch.sign(direct.real).mean())
    _, logged = loss_of(recipe(objective="wasserstein"), "discriminator")
    close(logged["wasserstein"], (direct.real.mean() - direct.fake.mean()).detach())


def test_label_smoothing_reaches_the_loss() -> None:
    direct, smoothing = Direct(), 0.1
    found, _ = loss_of(recipe(softening={"labels": smoothing}), "discriminator")
    losses = -(1 - smoothing) * log_sigmoid(direct.real) - smoothing * log_sigmoid(-direct.real)
    close(found, (direct.batch.weights * (losses - log_sigmoid(-direct.fake))).mean().detach())
    assert torch.equal(
        loss_of(recipe(softening={"labels": smoothing}), "generator")[0], loss_of(recipe(), "generator")[0]
    )


def plain() -> Tensor:
    return loss_of(recipe(), "discriminator")[0].detach()


def test_drift() -> None:
    found, _ = loss_of(recipe(penalty={"drift": 0.3}), "discriminator")
    close(found.detach() - plain(), 0.3 * (Direct().real ** 2).mean().detach())


@pytest.mark.parametrize(("name", "pictures"), [("r1", "real_images"), ("r2", "fake_images")])
def test_slope_penalties_are_half_gamma(name: str, pictures: str) -> None:
    direct = Direct()
    slopes = direct.squared_slopes(getattr(direct, pictures))
    found, logged = loss_of(recipe(penalty={name: 5.0}), "discriminator")
    close(found.detach() - plain(), 5 / 2 * slopes.mean())
    close(logged[name].detach(), slopes.mean() / 2)
    assert set(logged) == {"real", "fake", "sign", name}


def test_both_slope_penalties_together_fall_in_a_burn_in() -> None:
    direct = Direct()
    slopes = 3 / 2 * direct.squared_slopes(direct.real_images) + 7 / 2 * direct.squared_slopes(direct.fake_images)
    run = recipe(penalty={"r1": 3.0, "r2": 7.0}, burn_in={"images": 60, "penalty": 0.1})
    for images, share in ((0, 1.0), (30, 0.55), (60, 0.1), (90, 0.1)):
        found, _ = loss_of(run, "discriminator", images=images)
        close(found.detach() - plain(), share * slopes.mean())


def gradient_penalty_of(direct: Direct) -> Tensor:
    """(‖∂ logit / ∂ picture‖ − 1)² between real and made pictures, at the shares that the turn draws next."""
    random = torch.Generator().manual_seed(3)
    torch.randn(N, 2, generator=random)
    mix = torch.rand(N, 1, 1, 1, generator=random).double()
    between = mix * direct.real_images + (1 - mix) * direct.fake_images
    return (direct.squared_slopes(between).sqrt() - 1).square().mean()


def test_the_gradient_penalty() -> None:
    run = recipe(objective="wasserstein", penalty={"gradient": 10.0}, burn_in={"images": 60, "penalty": 0.1})
    without, _ = loss_of(recipe(objective="wasserstein"), "discriminator")
    found, logged = loss_of(run, "discriminator", images=600)  # the burn-in is about r1 and r2
    close(found.detach() - without.detach(), 10 * gradient_penalty_of(Direct()))
    close(logged["gradient_penalty"].detach(), gradient_penalty_of(Direct()))


LAZY: dict[str, Callable[[Direct], Tensor]] = {
    "r1": lambda direct: direct.squared_slopes(direct.real_images).mean() / 2,
    "r2": lambda direct: direct.squared_slopes(direct.fake_images).mean() / 2,
    "gradient": gradient_penalty_of,
}


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_penalty_comes_alone_and_weighs_more(name: str) -> None:
    lazy = recipe(penalty={name: 5.0, "every": 16})
    found, logged = loss_of(lazy, "smoothness")
    close(found.detach(), 16 * 5 * LAZY[name](Direct()))
    assert list(logged) == ["gradient_penalty" if name == "gradient" else name]
    close(loss_of(lazy, "discriminator")[0].detach(), plain())


def test_all_lazy_penalties_together() -> None:
    direct = Direct()
    run = recipe(penalty={"r1": 1.0, "r2": 2.0, "gradient": 3.0, "every": 4})
    expected = sum(weight * LAZY[name](direct) for name, weight in (("r1", 1), ("r2", 2), ("gradient", 3)))
    close(loss_of(run, "smoothness")[0].detach(), 4 * torch.as_tensor(expected))


@pytest.mark.parametrize("every", [1, 16])
def test_penalties_reach_the_weights(every: int) -> None:
    """A penalty without a second derivative would cost time and change nothing."""
    run = recipe(penalty={"r1": 5.0, "r2": 5.0, "gradient": 5.0, "every": every})
    found = networks()
    taken = phase(run, "smoothness" if every > 1 else "discriminator")
    assert taken.second_order
    taken.loss(found, turn(run))[0].backward()  # type: ignore[no-untyped-call]
    first = found["discriminator"].get_parameter("inner.weight").grad
    assert first is not None
    step, shift = 1e-6, torch.zeros_like(first)
    shift[0, 0] = step
    values = []
    for sign in (1, -1):
        other = networks()
        with torch.no_grad():
            other["discriminator"].get_parameter("inner.weight").add_(sign * shift)
        values.append(taken.loss(other, turn(run))[0].item())
    assert first[0, 0].item() == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-5)
    assert all(weight.grad is None for weight in found["generator"].parameters())


def test_the_discriminator_does_not_teach_the_generator() -> None:
    found, run = networks(), recipe()
    phase(run, "discriminator").loss(found, turn(run))[0].backward()  # type: ignore[no-untyped-call]
    assert all(weight.grad is None for weight in found["generator"].parameters())
    assert all(weight.grad is not None for weight in found["discriminator"].parameters())


def test_path_length_and_its_mean() -> None:
    run = recipe(penalty={"path_length": 2.0, "path_every": 4})
    found = networks()
    labels, maker = batch().labels, found["generator"]
    random = torch.Generator().manual_seed(3)
    z = torch.randn(N, 2, generator=random)
    pixels = torch.randn(N, 3, SIDE, SIDE, generator=random)
    lengths = []
    for row in range(N):
        latent = maker.map(z[row : row + 1], labels[row : row + 1])  # type: ignore[operator]
        latent = latent.detach().requires_grad_()
        made = maker.synthesize(latent)  # type: ignore[operator]
        (slope,) = torch.autograd.grad((made * pixels[row]).sum() / SIDE, latent)
        lengths.append(slope.square().sum(2).mean(1).sqrt().squeeze())
    measured, memory = torch.stack(lengths), {LENGTH: 0.7}
    mean = 0.7 + 0.01 * (measured.mean() - 0.7)
    taken = phase(run, "path length")
    loss, logged = taken.loss(found, turn(run, memory=memory, drawn=batch(pictures=False)))
    close(loss.detach(), 4 * 2 * (measured - mean).square().mean())
    close(logged["path_length"].detach(), (measured - mean).square().mean())
    assert taken.remember is not None
    taken.remember({name: value.item() for name, value in logged.items()}, memory, moment(run, 0))
    assert memory == {LENGTH: pytest.approx(mean.item())}
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(weight.grad is not None for weight in maker.parameters())


def test_a_path_begins_at_the_noise_where_nothing_lies_between() -> None:
    class Direct(Maker):
        def map(self, z: Tensor, labels: Tensor) -> Tensor:
            return z.double()

        def synthesize(self, latent: Tensor) -> Tensor:
            return super().synthesize(latent.repeat(1, LAYERS * WIDTH // 2).view(-1, LAYERS, WIDTH))

    run = recipe(penalty={"path_length": 1.0})
    loss, _ = phase(run, "path length").loss({"generator": Direct().double()}, turn(run))
    assert loss > 0


NOISY = {
    "discriminator": ({}, 2),
    "smoothness": ({"penalty": {"r1": 1.0, "r2": 1.0, "gradient": 1.0, "every": 2}}, 3),
    "generator": ({"objective": "relativistic"}, 2),
}


@pytest.mark.parametrize("name", NOISY)
def test_instance_noise_is_on_all_that_the_discriminator_sees(name: str) -> None:
    changes, count = NOISY[name]
    shown = []
    for strength in (0.0, 0.25):
        run, found = recipe(softening={"noise": strength}, **changes), networks()
        phase(run, name).loss(found, turn(run))
        shown.append(found["discriminator"].shown)
        assert len(shown[-1]) == count
    added = [(noisy - clean).flatten() for clean, noisy in zip(*shown, strict=True)]
    if name == "smoothness":
        added = added[:2]  # what lies between is mixed at other shares, as its random numbers come later
    for noise in added:
        assert noise.std().item() == pytest.approx(0.25, rel=0.15)
        assert abs(noise.mean().item()) < 0.05
    assert abs(torch.corrcoef(torch.stack(added[:2]))[0, 1].item()) < 0.25


def test_instance_noise_falls_to_nothing() -> None:
    run = recipe(softening={"noise": 0.5, "noise_images": 600})
    strengths = []
    for images in (0, 300, 600, 900):
        found = networks()
        phase(run, "discriminator").loss(found, turn(run, images=images))
        strengths.append((found["discriminator"].shown[0] - batch().pictures()).std().item())
    assert strengths == pytest.approx([0.5, 0.25, 0, 0], rel=0.15)


class Spy:
    """An augmentation that halves pictures and remembers how strong it was asked to be."""

    def __init__(self) -> None:
        self.strengths: list[float] = []

    def __call__(self, images: Tensor, p: float, random: torch.Generator) -> Tensor:
        self.strengths.append(p)
        return images * 0.5


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    found = Spy()
    monkeypatch.setattr(game, "make_augment", lambda kind, groups: found)
    return found


ADA = {"kind": "ada", "p": 0.4}


@pytest.mark.parametrize(
    ("name", "changes", "count"),
    [
        ("discriminator", {}, 2),
        ("discriminator", {"penalty": {"r1": 1.0, "r2": 1.0, "gradient": 1.0}}, 3),
        ("smoothness", {"penalty": {"r1": 1.0, "every": 2}}, 1),
        ("smoothness", {"penalty": {"r1": 1.0, "r2": 1.0, "gradient": 1.0, "every": 2}}, 3),
        ("generator", {}, 1),
        ("generator", {"objective": "relativistic"}, 2),
    ],
)
def test_the_discriminator_sees_augmented_pictures_only(
    name: str, changes: dict[str, Any], count: int, spy: Spy
) -> None:
    found = networks()
    phase(recipe(augment=ADA, **changes), name).loss(found, turn(recipe()))
    assert spy.strengths == [0.4] * count
    assert len(found["discriminator"].shown) == count
    assert all(images.abs().max() <= 0.5 for images in found["discriminator"].shown)


def test_penalties_follow_the_slope_through_the_augmentation(spy: Spy) -> None:
    """At half the pixels' values slopes are half of those at the halved pictures."""
    direct = Direct()
    halved = direct.squared_slopes(direct.real_images / 2).mean() / 4
    _, logged = loss_of(recipe(augment=ADA, penalty={"r1": 1.0}), "discriminator")
    close(logged["r1"].detach(), halved / 2)


def test_how_strong_augmentation_is(spy: Spy) -> None:
    scheduled = recipe(augment={**ADA, "control": "scheduled", "images": 600}, objective="relativistic")
    for images, strength in ((0, 0.0), (300, 0.2), (600, 0.4), (900, 0.4)):
        _, logged = loss_of(scheduled, "discriminator", images=images)
        assert logged[P].item() == pytest.approx(strength)
    adaptive = recipe(augment={**ADA, "control": "adaptive"})
    for memory, strength in (({}, 0.4), ({P: 0.75}, 0.75), ({P: 0.0}, 0.0)):
        _, logged = loss_of(adaptive, "discriminator", memory=memory)
        assert logged[P].item() == pytest.approx(strength)
    assert P not in loss_of(recipe(augment=ADA), "discriminator")[1]
    expected = [0.0, 0.2, 0.4, 0.4, 0.4, 0.75, 0.0, 0.4]
    assert spy.strengths == pytest.approx([strength for strength in expected for _ in range(2)])


def follow(signs: list[float], run: Recipe, start: int = 0) -> tuple[list[float], Memory]:
    """What the adaptive strength does over the batches of a run with these signs, and what is remembered at the end."""
    remember = phase(run, "discriminator").remember
    assert remember is not None
    memory: Memory = {}
    strengths, images = [], start
    for sign in signs:
        now = moment(run, images)
        remember({"sign": sign}, memory, now)
        strengths.append(memory.get(P, run.augment.p))
        images += now.batch
    return strengths, memory


def adaptive(**changes: Any) -> Recipe:
    return recipe(augment={"kind": "ada", "control": "adaptive", "images": 240, **changes})


def test_the_adaptive_strength_rises_and_falls_every_four_batches() -> None:
    up = 4 * N / 240
    strengths, memory = follow([1.0] * 8 + [0.0] * 4, adaptive())
    assert strengths == pytest.approx([0] * 3 + [up] * 4 + [2 * up] * 4 + [up])
    assert memory == {P: pytest.approx(up), SIGN: 0.0, COUNT: 0.0}
    assert follow([1.0], adaptive(p=0.5))[1] == {SIGN: N, COUNT: N}


def test_the_mean_over_four_batches_decides() -> None:
    assert follow([1.0, 1.0, 0.9, -0.3], adaptive())[0][-1] > 0  # 0.65 > 0.6
    assert follow([1.0, 1.0, 0.7, -0.5], adaptive(p=0.5))[0][-1] < 0.5  # 0.55 < 0.6
    assert follow([0.2] * 4, adaptive(target=0.1))[0][-1] > 0


def test_the_adaptive_strength_stays_in_its_range() -> None:
    assert follow([1.0] * 60, adaptive())[0][-1] == 1
    assert follow([-1.0] * 60, adaptive(p=0.3))[0][-1] == 0
    up = follow([1.0] * 60, adaptive())[0]
    assert all(0 <= strength <= 1 for strength in up)
    assert up.index(1.0) == pytest.approx(240 / N, abs=4)  # from 0 to 1 in as many images as the recipe says


def test_where_the_batch_changes_the_images_are_counted_right() -> None:
    growth = {"start": 4, "fade": 0, "stable": 12, "batch": {"4": 3}}
    run = recipe(resolution=8, growth=growth, augment={"kind": "ada", "control": "adaptive", "images": 240})
    strengths, _ = follow([1.0] * 8, run)  # four batches of 3, then four of 6
    assert strengths[3] == pytest.approx(12 / 240)
    assert strengths[7] == pytest.approx(36 / 240)
    uneven = recipe(resolution=8, growth={**growth, "stable": 6}, augment=run.augment.model_dump())
    strengths, _ = follow([1.0, 1.0, -1.0, -1.0, -1.0, 1.0], uneven)  # two of 3, four of 6: (6 − 18 + 6) / 30 < 0.6
    assert strengths[-1] == 0


def test_others_remember_no_signs() -> None:
    for augment in ({}, ADA, {**ADA, "control": "scheduled"}):
        assert phase(recipe(augment=augment), "discriminator").remember is None


def crossings(mixing: float, layers: int = LAYERS, seeds: int = 30) -> list[int]:
    """For many pictures the first layer that has the latent of other noise; ``layers`` where none has."""
    found = []
    run = recipe(mixing=mixing)
    for seed in range(seeds):
        made = networks(layers)
        random = torch.Generator().manual_seed(seed)
        taken = Turn({"images": batch()}, random, moment(run, 0), {})
        phase(run, "generator").loss(made, taken)
        again = torch.Generator().manual_seed(seed)
        own, other = (made["generator"].map(torch.randn(N, 2, generator=again), batch().labels) for _ in range(2))
        (given,) = made["generator"].given
        for row in range(N):
            same = [torch.equal(given[row, layer], own[row, layer]) for layer in range(layers)]
            assert same == sorted(same, reverse=True)  # first its own, then the other's
            first = sum(same)
            assert all(torch.equal(given[row, layer], other[row, layer]) for layer in range(first, layers))
            found.append(first)
    return found


def test_mixing_crosses_over_at_any_layer_but_the_first() -> None:
    found = crossings(1.0)
    assert set(found) == set(range(1, LAYERS))
    assert max(found.count(layer) for layer in range(1, LAYERS)) < 2 * min(
        found.count(layer) for layer in range(1, LAYERS)
    )


def test_mixing_is_of_a_share_of_the_pictures() -> None:
    found = crossings(0.5)
    assert found.count(LAYERS) / len(found) == pytest.approx(0.5, abs=0.12)
    assert set(crossings(0.0, seeds=3)) == {LAYERS}
    assert set(crossings(1.0, layers=1, seeds=3)) == {1}  # nothing to cross


def test_mixing_is_for_the_discriminator_too_and_not_for_paths() -> None:
    run = recipe(mixing=1.0, penalty={"path_length": 1.0})
    for name, mixed in (("discriminator", True), ("path length", False)):
        found = networks()
        phase(run, name).loss(found, turn(run))
        (latent,) = found["generator"].given
        assert torch.equal(latent[:, 0], latent[:, -1]) != mixed


def test_a_paired_objective_draws_real_pictures_for_the_generator() -> None:
    run = recipe(objective="relativistic")
    assert phase(run, "generator").streams == {"images": True}
    found = networks()
    loss, _ = phase(run, "generator").loss(found, turn(run))
    made, real = found["discriminator"].shown
    assert torch.equal(real, batch().pictures())
    assert not torch.equal(made, real)
    found["discriminator"].requires_grad_(False)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(weight.grad is not None for weight in found["generator"].parameters())
    others = [name for name in OBJECTIVES if name != "relativistic"]
    assert all(phase(recipe(objective=name), "generator").streams == {"images": False} for name in others)


def test_real_and_made_pictures_are_judged_apart() -> None:
    """In one batch the statistics of a mixture would give the game away."""
    found, run = networks(), recipe()
    phase(run, "discriminator").loss(found, turn(run))
    real, made = found["discriminator"].shown
    assert torch.equal(real, batch().pictures())
    assert made.shape == real.shape


def turns(run: Recipe, batches: int) -> list[str]:
    """Names of the phases in the order of their turns, batches divided by ``|``."""
    found = []
    for number in range(batches):
        now = moment(run, number * N)
        found += [taken.name for taken in adversarial_phases(run) if taken.due(now)] + ["|"]
    return found


def test_the_order_of_turns() -> None:
    d, g, s, p = "discriminator", "generator", "smoothness", "path length"
    assert turns(recipe(), 2) == [d, g, "|", d, g, "|"]
    assert turns(recipe(discriminator_steps=3), 4) == [d, "|", d, "|", d, g, "|", d, "|"]
    assert turns(recipe(penalty={"r1": 1.0}), 1) == [d, g, "|"]
    assert turns(recipe(penalty={"r1": 1.0, "every": 2}), 3) == [d, g, "|", d, s, g, "|", d, g, "|"]
    assert turns(recipe(penalty={"every": 2}), 2) == [d, g, "|", d, g, "|"]  # nothing to come lazily
    lazy = recipe(penalty={"path_length": 2.0, "path_every": 2}, discriminator_steps=2)
    assert turns(lazy, 4) == [d, "|", d, g, "|", d, "|", d, g, p, "|"]


def test_lazy_turns_have_their_share() -> None:
    run = recipe(penalty={"r1": 10.0, "every": 16, "path_length": 2.0, "path_every": 4})
    found = turns(run, 64)
    assert [found.count(name) for name in ("discriminator", "smoothness", "generator", "path length")] == [
        64,
        4,
        64,
        16,
    ]
    halved = phase(run, "path length")
    assert (halved.shrink, halved.streams, halved.updates) == (2, {"images": False}, ("generator",))


def test_clipping_follows_each_step_of_the_critic_only() -> None:
    run = recipe(objective="wasserstein", penalty={"clip": 0.01})
    found = networks()
    finish = phase(run, "discriminator").finish
    assert finish is not None
    before = {name: weight.clone() for name, weight in found["generator"].named_parameters()}
    finish(found)
    for weight in found["discriminator"].parameters():
        assert weight.abs().max() <= 0.01
    assert all(torch.equal(weight, before[name]) for name, weight in found["generator"].named_parameters())
    assert phase(run, "generator").finish is None
    assert phase(recipe(), "discriminator").finish is None


def test_another_network_called_generator_is_refused() -> None:
    with pytest.raises(TypeError, match="Linear"):
        as_generator({"generator": nn.Linear(1, 1)})


def test_losses_of_far_out_logits_are_numbers() -> None:
    for objective in OBJECTIVES:
        run, found = recipe(objective=objective), networks()
        with torch.no_grad():
            found["discriminator"].get_parameter("outer.bias").fill_(1e6)
        for name in ("discriminator", "generator"):
            loss, logged = phase(run, name).loss(found, turn(run))
            assert math.isfinite(loss.item())
            assert all(math.isfinite(value.item()) for value in logged.values())


# The auxiliary classifier


def with_classifier() -> Networks:
    torch.manual_seed(5)
    return networks() | {"classifier": Classifier(Shape(SIDE, 3, LABELS), (LABELS,), 4).double().eval()}


def test_the_classifier_has_a_turn_of_its_own_where_there_are_labels() -> None:
    asked = recipe(conditioning={"classifier": 0.5}, discriminator_steps=3)
    assert [found.name for found in adversarial_phases(asked)] == ["discriminator", "generator"]
    phases = {found.name: found for found in adversarial_phases(asked, LABELS)}
    assert list(phases) == ["discriminator", "classifier", "generator"]
    assert phases["classifier"].updates == ("classifier",)
    assert phases["classifier"].every == 3  # as often as the generator
    assert "classifier" not in {found.name for found in adversarial_phases(recipe(), LABELS)}


def test_the_classifier_learns_from_real_pictures_alone() -> None:
    asked, found = recipe(conditioning={"classifier": 0.5, "dropout": 0.5}), with_classifier()
    (taken,) = (each for each in adversarial_phases(asked, LABELS) if each.name == "classifier")
    assert taken.all_labels  # what is kept from the players is not kept from it
    loss, logged = taken.loss(found, turn(asked))
    said, drawn = found["classifier"](batch().pictures()), batch()
    expected = label_cross_entropy(said, drawn.labels, (LABELS,), drawn.weights)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    right = (said.argmax(1) == drawn.labels.argmax(1)).double().mean()
    assert logged["labels.real"].item() == pytest.approx(right.item())


def test_the_running_mean_of_the_classifiers_loss_is_remembered() -> None:
    asked = recipe(conditioning={"classifier": 0.5})
    memory: Memory = {}
    (taken,) = (each for each in adversarial_phases(asked, LABELS) if each.name == "classifier")
    for loss in (2.0, 1.0, 0.0):
        taken.remember({"loss.classifier": loss}, memory, moment(asked, 0))
    assert memory == {READ: pytest.approx(2.0 - READ_RATE)}  # a batch without labels says nothing


@pytest.mark.parametrize("real", [0.0, 0.3, 9.0])
def test_the_generator_answers_to_the_classifier(real: float) -> None:
    """The slope of its loss at the pictures is the discriminator's and the classifier's, in a known proportion."""
    asked, plain, found = recipe(conditioning={"classifier": 0.5}), recipe(), with_classifier()
    loss, logged = phase(asked, "generator").loss(found, turn(asked, memory={READ: real}))
    alone, _ = phase(plain, "generator").loss(networks(), turn(plain))
    assert loss.item() == pytest.approx(alone.item(), rel=1e-12)
    assert set(logged) == {"labels.made", "labels.pull", "loss.labels"}
    loss.backward()
    other, drawn = networks(), batch()
    made = other["generator"](noise(), drawn.labels)
    judged = (OBJECTIVES["non-saturating"].generator(other["discriminator"](made, drawn.labels), None)) * drawn.weights
    unread = label_cross_entropy(found["classifier"](made), drawn.labels, (LABELS,), drawn.weights)
    slopes = [torch.autograd.grad(part, made, retain_graph=True)[0] for part in (judged.mean(), unread)]
    left = max(0.0, 1 - real / unread.item())
    made.backward(slopes[0] + 0.5 * left * slopes[0].norm() / slopes[1].norm() * slopes[1])
    assert logged["labels.pull"].item() == pytest.approx(left)
    for ours, direct in zip(found["generator"].parameters(), other["generator"].parameters(), strict=True):
        assert torch.allclose(ours.grad, direct.grad, rtol=1e-9, atol=1e-12)


def test_without_any_label_in_a_batch_the_classifier_is_silent() -> None:
    asked, found = recipe(conditioning={"classifier": 0.5}), with_classifier()
    drawn = replace(batch(), labels=torch.zeros(N, LABELS).double())
    loss, logged = phase(asked, "generator").loss(found, turn(asked, drawn=drawn))
    assert logged["labels.pull"] == 0
    alone, _ = phase(recipe(), "generator").loss(networks(), turn(recipe(), drawn=drawn))
    assert loss.item() == pytest.approx(alone.item(), rel=1e-12)
