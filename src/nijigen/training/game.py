"""What the players of the adversarial game minimise, and what they remember from turn to turn."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from nijigen.augment import Augment, adapted_strength, make_augment, scheduled_strength, sign_mean
from nijigen.models.classifier import Classifier
from nijigen.models.contract import Generator, Networks
from nijigen.models.onlooker import Extent
from nijigen.objectives.adversarial import OBJECTIVES, Objective, wasserstein_estimate
from nijigen.objectives.auxiliary import label_accuracy, label_cross_entropy, pull, unheard
from nijigen.objectives.penalties import clip_weights, drift, gradient_penalty, path_length, slope_penalty
from nijigen.objectives.softening import instance_noise
from nijigen.training.adapting import Guide
from nijigen.training.lesson import distance_of, noise_of
from nijigen.training.mixing import crossed
from nijigen.training.networks import CLASSIFIER
from nijigen.training.phases import Batch, Logged, Memory, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import Moment, noise_strength, penalty_share

ADAPT_EVERY = 4  # batches between two adjustments of the adaptive strength (2006.06676, §3.1)
READ, READ_RATE = "classifier.loss", 0.02  # running mean over about fifty turns
P, SIGN, COUNT, LENGTH = "augment.p", "augment.sign", "augment.count", "path_length.mean"


@dataclass(frozen=True)
class Game:
    """The losses of one recipe. Each takes the networks and a turn and gives a scalar and what to log.

    Attributes:
        guide: the model that is adapted, where the recipe adapts one.
    """

    recipe: Recipe
    objective: Objective
    augment: Augment
    guide: Guide | None = None

    @property
    def smooths(self) -> bool:
        """Whether the slope of the discriminator is penalised."""
        penalty = self.recipe.penalty
        return bool(penalty.gradient or penalty.r1 or penalty.r2)

    def discriminator_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Tell real pictures from made ones; with penalties that are due at every step."""
        batch, penalty = turn.batches["images"], self.recipe.penalty
        real, fake = batch.pictures(), self._detached(networks, turn, batch)
        now = self.smooths and penalty.every == 1
        if now:
            real.requires_grad_(penalty.r1 > 0)
            fake.requires_grad_(penalty.r2 > 0)
        # Real and made pictures go through in two batches: batch statistics of a mixture would give the game away.
        real_logits = self.judge(networks, turn, real, batch.labels)
        fake_logits = self.judge(networks, turn, fake, batch.labels)
        losses = self.objective.discriminator(real_logits, fake_logits, self.recipe.softening.labels)
        loss = (losses * batch.weights).mean()
        logged = {"real": real_logits.mean(), "fake": fake_logits.mean()}
        if self.objective.adaptive:
            logged["sign"] = sign_mean(real_logits)
        if self.objective.needs_bound:
            logged["wasserstein"] = wasserstein_estimate(real_logits, fake_logits)
        if penalty.drift:
            loss = loss + penalty.drift * drift(real_logits)
        if now:
            smoothness, more = self._smoothness(networks, turn, batch, (real, real_logits), (fake, fake_logits))
            loss, logged = loss + smoothness, logged | more
        if self.recipe.augment.control != "fixed":
            logged[P] = loss.new_tensor(self.strength(turn))
        return loss, logged

    def lazy_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """The penalties alone, weighted up by how seldom they come (1912.04958, appendix B)."""
        batch, penalty = turn.batches["images"], self.recipe.penalty
        real = batch.pictures().requires_grad_()
        real_logits = self.judge(networks, turn, real, batch.labels) if penalty.r1 else real
        fake = fake_logits = real
        if penalty.r2 or penalty.gradient:
            fake = self._detached(networks, turn, batch).requires_grad_()
            fake_logits = self.judge(networks, turn, fake, batch.labels) if penalty.r2 else fake
        loss, logged = self._smoothness(networks, turn, batch, (real, real_logits), (fake, fake_logits))
        return loss * penalty.every, logged

    def generator_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Make pictures that the discriminator takes for real."""
        batch = turn.batches["images"]
        fake = self.make(networks, turn, batch)
        loss = fake.new_zeros(())
        logged: Logged = {}
        if turn.moment.images >= self.recipe.lesson.alone:
            loss, logged = self._played(networks, turn, batch, fake)
        if self.recipe.lesson.weight:
            away, told = distance_of(self.recipe.lesson, turn, batch, fake)
            loss, logged = loss + away, logged | told
        if self.guide is not None and (weight := self.recipe.adapt.consistency):
            unlike = self.guide.unlike(as_generator(networks), turn, self.recipe)
            loss, logged = loss + weight * unlike, logged | {"consistency": unlike}
        return loss, logged

    def _played(self, networks: Networks, turn: Turn, batch: Batch, fake: Tensor) -> tuple[Tensor, Logged]:
        """What discriminator and classifier make of pictures."""
        real_logits = None
        pictures = fake.detach().requires_grad_() if CLASSIFIER in networks else fake
        fake_logits = self.judge(networks, turn, pictures, batch.labels)
        if self.objective.paired:
            with torch.no_grad():
                real_logits = self.judge(networks, turn, batch.pictures(), batch.labels)
        weights = batch.weights if batch.labels.shape[1] else 1.0  # without labels a made picture is of no class
        loss = (self.objective.generator(fake_logits, real_logits) * weights).mean()
        if CLASSIFIER not in networks:
            return loss, {}
        said, blocks = self._read(networks, pictures)
        unread = label_cross_entropy(said, batch.labels, blocks, batch.weights)
        share = unheard(unread, turn.memory.get(READ, 0.0))
        pulled = pull(fake, pictures, loss, unread, self.recipe.conditioning.classifier * share)
        return pulled, {
            "labels.made": label_accuracy(said, batch.labels, blocks),
            "labels.pull": share,
            "loss.labels": unread,
        }

    def classifier_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Read the labels of real pictures (the auxiliary classifier of 1708.00598)."""
        batch = turn.batches["images"]
        said, blocks = self._read(networks, batch.pictures())
        loss = label_cross_entropy(said, batch.labels, blocks, batch.weights)
        return loss, {"labels.real": label_accuracy(said, batch.labels, blocks)}

    def remember_reading(self, values: dict[str, float], memory: Memory, moment: Moment) -> None:
        """Keep the running mean of the classifier's loss on real pictures."""
        loss = values[f"loss.{CLASSIFIER}"]
        if loss:  # 0 where the batch had no labels
            before = memory.get(READ, loss)
            memory[READ] = before + READ_RATE * (loss - before)

    def path_loss(self, networks: Networks, turn: Turn) -> tuple[Tensor, Logged]:
        """Equal steps in the latent should change pictures equally (1912.04958, §3.2)."""
        batch, generator = turn.batches["images"], as_generator(networks)
        latent = generator.map(noise_of(turn, batch, generator), batch.labels)
        if not latent.requires_grad:  # no weight lies between the noise and it
            latent.requires_grad_()
        images = generator.synthesize(latent)
        noise = turn.normal(*images.shape)
        measured = path_length(images, latent, noise, turn.memory.get(LENGTH, 0.0))
        weight = self.recipe.penalty.path_length * self.recipe.penalty.path_every
        return measured.penalty * weight, {"path_length": measured.penalty, LENGTH: measured.mean}

    def remember_length(self, values: dict[str, float], memory: Memory, moment: Moment) -> None:
        """Keep the running mean of path lengths."""
        memory[LENGTH] = values[LENGTH]

    def remember_sign(self, values: dict[str, float], memory: Memory, moment: Moment) -> None:
        """Adjust the adaptive strength after every few batches."""
        memory[SIGN] = memory.get(SIGN, 0.0) + values["sign"] * moment.batch
        memory[COUNT] = memory.get(COUNT, 0.0) + moment.batch
        if (moment.step + 1) % ADAPT_EVERY == 0:
            augment, seen = self.recipe.augment, int(memory[COUNT])
            before = memory.get(P, augment.p)
            memory[P] = adapted_strength(before, memory[SIGN] / seen, seen, augment.target, augment.images)
            memory[SIGN] = memory[COUNT] = 0.0

    def clip(self, networks: Networks) -> None:
        """Hold the critic's weights within the limit, but for frozen ones (1701.07875, algorithm 1)."""
        clip_weights(networks["discriminator"], self.recipe.penalty.clip)

    def _smoothness(
        self,
        networks: Networks,
        turn: Turn,
        batch: Batch,
        real: tuple[Tensor, Tensor],
        fake: tuple[Tensor, Tensor],
    ) -> tuple[Tensor, Logged]:
        penalty, share = self.recipe.penalty, penalty_share(self.recipe, turn.moment)
        loss, logged = real[0].new_zeros(()), {}
        for name, weight, (pictures, logits) in (("r1", penalty.r1, real), ("r2", penalty.r2, fake)):
            if weight:
                logged[name] = slope_penalty(logits, pictures)
                loss = loss + weight * share * logged[name]
        if penalty.gradient:
            critic = partial(self.judge, networks, turn, labels=batch.labels)
            mix = turn.uniform(len(batch.labels), 1, 1, 1)
            logged["gradient_penalty"] = gradient_penalty(critic, real[0].detach(), fake[0].detach(), mix)
            loss = loss + penalty.gradient * logged["gradient_penalty"]
        return loss, logged

    def judge(self, networks: Networks, turn: Turn, pictures: Tensor, labels: Tensor) -> Tensor:
        """What the discriminator says ``[N]`` of pictures as it gets to see them: augmented, and noisy if need be."""
        pictures = self.augment(pictures, self.strength(turn), turn.random)
        if strength := noise_strength(self.recipe, turn.moment.images):
            pictures = instance_noise(pictures, strength, turn.random)
        part: tuple[Extent, ...] = ()
        if self.guide is not None and len(self.guide.noise):  # relaxed realism: 2104.06820, §3.2
            part = ("whole" if self.guide.anchored(turn) else "patches",)
        logits: Tensor = networks["discriminator"](pictures, labels, *part)
        return logits

    def _read(self, networks: Networks, pictures: Tensor) -> tuple[Tensor, tuple[int, ...]]:
        """The classifier's logits, and the columns of each attribute; not augmented, which would change colours."""
        classifier = networks[CLASSIFIER]
        if not isinstance(classifier, Classifier):
            raise TypeError(f"the network called {CLASSIFIER} is a {type(classifier).__name__}, not a Classifier")
        return classifier(pictures), classifier.blocks

    def strength(self, turn: Turn) -> float:
        """How strong the augmentation is at the moment."""
        augment = self.recipe.augment
        if augment.control == "adaptive":
            return turn.memory.get(P, augment.p)
        if augment.control == "scheduled":
            return scheduled_strength(augment.p, turn.moment.images, augment.images)
        return augment.p

    @torch.no_grad()
    def _detached(self, networks: Networks, turn: Turn, batch: Batch) -> Tensor:
        return self.make(networks, turn, batch)

    def make(self, networks: Networks, turn: Turn, batch: Batch) -> Tensor:
        """Pictures of the generator in training for the labels of a batch, of the turn's noise."""
        generator, labels = as_generator(networks), batch.labels
        if self.guide is not None and self.guide.anchored(turn):
            noise, labels = self.guide.around_anchors(turn, len(labels), self.recipe.adapt.spread)
        else:
            noise = noise_of(turn, batch, generator)
        latent = generator.map(noise, labels)
        if self.recipe.mixing:
            latent = crossed(generator, turn, labels, latent, self.recipe.mixing)
        return generator.synthesize(latent)


def game_of(recipe: Recipe, guide: Guide | None = None) -> Game:
    """The losses of a recipe, beside the model it adapts if it adapts one."""
    return Game(recipe, OBJECTIVES[recipe.objective], make_augment(recipe.augment.kind, recipe.augment.groups), guide)


def as_generator(networks: Networks) -> Generator:
    """The network called generator, of the type it must have."""
    generator = networks["generator"]
    if not isinstance(generator, Generator):
        raise TypeError(f"the network called generator is a {type(generator).__name__}, not a Generator")
    return generator
