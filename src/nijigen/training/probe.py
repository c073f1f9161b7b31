"""Probes: every so many images the networks are asked what no loss tells, and ``probes.jsonl`` gets a row.

What the discriminator says of pictures it learned from, of pictures kept out of training and of made ones; how alike
made pictures are; what labels change; whether augmentation leaks. ``docs/doctor.md`` explains every number, and
``nijigen doctor`` reads them. A probe changes nothing: it has random states of its own, gives buffers back as they
were, and leaves no gradient.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from nijigen.models.classifier import Classifier
from nijigen.models.contract import Networks
from nijigen.objectives.auxiliary import label_accuracy
from nijigen.seeds import derive
from nijigen.training.freezing import freeze
from nijigen.training.game import Game, game_of
from nijigen.training.loop import Trainer
from nijigen.training.networks import CLASSIFIER
from nijigen.training.phases import Batch, Turn
from nijigen.training.probe_labels import by_labels, other_rows
from nijigen.training.probe_statistics import LEAK_SIDE, detail, leaking, right, saturated, shrunk, spread
from nijigen.training.samples import averaged_generator
from nijigen.training.schedule import Moment, moment

PROBE_FILE = "probes.jsonl"
REFERENCES, REFERENCE_BYTES = 512, 2**28  # real pictures to compare with; of large ones fewer
LEAST_AUGMENTED = 0.02

Row = dict[str, float | str]


def probe(trainer: Trainer) -> Row:
    """Measure the networks of an adversarial training as they are: a row of ``probes.jsonl``, nine digits a number.

    The random numbers are functions of (seed, images seen), so that a run that goes on writes the same rows.
    """
    with left_as_they_were(trainer):
        found = _Probe(trainer).row()
    row: Row = {"images": trainer.state.images, "resolution": moment_of(trainer).resolution}
    return row | {key: value if isinstance(value, str) else float(f"{value:.9g}") for key, value in found.items()}


def moment_of(trainer: Trainer) -> Moment:
    """The batch just trained on: a growing network is still of its resolution."""
    images, recipe = trainer.state.images, trainer.recipe
    return moment(recipe, max(0, images - moment(recipe, max(0, images - 1)).batch))


@contextmanager
def left_as_they_were(trainer: Trainer) -> Iterator[None]:
    """Networks in training mode without weight gradients inside; modes, buffers and random states restored after."""
    networks = list(trainer.state.networks.values())
    modes = [(module, module.training) for network in networks for module in network.modules()]
    wanted = [(parameter, parameter.requires_grad) for network in networks for parameter in network.parameters()]
    buffers = [(buffer, buffer.clone()) for network in networks for buffer in network.buffers()]
    devices = [trainer.device] if trainer.device.type == "cuda" else []
    stance = "force_eager" if trainer.recipe.compile else "default"
    try:
        with torch.random.fork_rng(devices), torch.compiler.set_stance(stance):
            torch.manual_seed(derive(trainer.recipe.seed, "global", "probe", trainer.state.images))
            for network in networks:
                network.train().requires_grad_(False)
                freeze(network, trainer.recipe.freeze_d)
            yield
    finally:
        for module, mode in modes:
            module.training = mode
        for parameter, flag in wanted:
            parameter.requires_grad_(flag)
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


class _Probe:
    """One measurement. Pictures go through the networks in batches as large as those of the training."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self.recipe = trainer, trainer.recipe
        self.networks: Networks = trainer.state.networks
        self.game: Game = game_of(self.recipe)
        self.now = moment_of(trainer)
        self.size = min(self.recipe.micro_batch or self.now.batch, self.now.batch)
        self.count = -(-self.recipe.probe.pictures // self.size) * self.size
        pixels = self.recipe.channels * self.now.resolution**2 * 4
        self.references = max(self.count, min(REFERENCES, REFERENCE_BYTES // pixels))

    def row(self) -> Row:
        """All numbers of the moment."""
        stream, random = self.trainer.streams["images"], self.turn("augment")
        strength = self.game.strength(random)
        real: list[Batch] = []
        small, small_before, small_after, labels, details = [], [], [], [], []
        for batch in stream.look(self.references, self.size, self.now):
            if len(real) * self.size < self.count:
                real.append(batch)
                details.append((detail(batch.pictures()), saturated(batch.pictures())))
            small.append(shrunk(batch.pictures()))
            labels.append(batch.labels.cpu().double())
            if strength >= LEAST_AUGMENTED:
                small_before.append(shrunk(batch.pictures(), LEAK_SIDE))
                with torch.no_grad():
                    augmented = self.game.augment(batch.pictures(), strength, random.random)
                small_after.append(shrunk(augmented, LEAK_SIDE))
        held_out = list(stream.look(self.count, self.size, self.now, held_out=True))
        plain, (real_detail, real_saturated) = torch.cat(small), _means(details)
        row: Row = self._discriminator(real, held_out, real_saturated)
        made, made_labels, sharpness = self._averaged(torch.cat([batch.labels for batch in real]))
        row |= spread(made[0], plain) | {"detail": sharpness / max(real_detail, 1e-6)}
        if stream.label_width:
            own, other = (part.cpu().double() for part in made_labels)
            row |= by_labels(made, (own, other), plain, torch.cat(labels), stream.schema)
        if strength >= LEAST_AUGMENTED:
            row["augment.p"] = strength
            coarse = torch.cat([_coarser(part, self.recipe.channels, LEAK_SIDE) for part in made])
            row |= leaking(coarse, torch.cat(small_before), torch.cat(small_after))
        if CLASSIFIER in self.networks:
            row |= self._reading(real)
        return row

    def turn(self, purpose: str) -> Turn:
        """Random numbers for a purpose at this moment."""
        device, images = self.trainer.device, self.trainer.state.images
        seed = derive(self.recipe.seed, "probe", purpose, images)
        return Turn({}, torch.Generator(device).manual_seed(seed), self.now, self.trainer.state.memory)

    def _discriminator(self, real: list[Batch], held_out: list[Batch], real_saturated: float) -> Row:
        """What the discriminator says, of the pictures as it sees them in training, and how steep it is."""
        turn = self.turn("discriminator")
        said: dict[str, list[Tensor]] = {"real": [], "real.wrong": [], "fake": [], "held_out": []}
        slopes: dict[str, list[Tensor]] = {"slope.real": [], "slope.fake": [], "slope.loss": []}
        cut = []
        labels = torch.cat([batch.labels for batch in real])
        wrong = labels[other_rows(labels)]
        differs = (wrong != labels).any(dim=1)
        for place, batch in enumerate(real):
            rows = slice(place * self.size, (place + 1) * self.size)
            pictures = batch.pictures().detach().requires_grad_()
            logits = self.game.judge(self.networks, turn, pictures, batch.labels)
            slopes["slope.real"].append(_norms(logits.sum(), pictures))
            said["real"].append(logits.detach())
            with torch.no_grad():
                fake = self.game.make(self.networks, turn, batch)
                said["real.wrong"].append(self.game.judge(self.networks, turn, batch.pictures(), wrong[rows]))
            cut.append(saturated(fake))
            fake.requires_grad_()
            made = self.game.judge(self.networks, turn, fake, batch.labels)
            loss = self.game.objective.generator(made, logits.detach()).sum()
            slopes["slope.loss"].append(_norms(loss, fake, keep=True))
            slopes["slope.fake"].append(_norms(made.sum(), fake))
            said["fake"].append(made.detach())
        with torch.no_grad():
            for batch in held_out:
                said["held_out"].append(self.game.judge(self.networks, turn, batch.pictures(), batch.labels))
        logits_of = {name: torch.cat(parts).cpu().double() for name, parts in said.items() if parts}
        if differs.any():
            logits_of["real.wrong"] = logits_of["real.wrong"][differs.cpu()]
        else:
            del logits_of["real.wrong"]
        row: Row = {f"d.{name}": float(logits.mean()) for name, logits in logits_of.items()}
        deviations = torch.stack([logits_of[name].std() for name in ("real", "fake")])
        row |= {"d.spread": float(deviations.square().mean().sqrt())}
        row |= {"d.right": right(logits_of["real"], logits_of["fake"])}
        if held_out:
            row["d.right.held_out"] = right(logits_of["held_out"], logits_of["fake"])
        row |= {name: float(torch.cat(parts).mean()) for name, parts in slopes.items()}
        return row | {"saturated": sum(cut) / len(cut) - real_saturated}

    @torch.no_grad()
    def _averaged(self, labels: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], tuple[Tensor, Tensor], float]:
        """Shrunken pictures of the averaged generator: of (z, y), (z, y') and (z', y); the labels; their detail."""
        generator = averaged_generator(self.trainer)
        # The same noise at every probe: what moves between two rows is then the generator.
        random = torch.Generator().manual_seed(derive(self.recipe.seed, "probe", "noise"))
        noise = torch.randn(2 * len(labels), generator.z_dim, generator=random).to(labels.device).chunk(2)
        other = labels[other_rows(labels)]
        parts: list[list[Tensor]] = [[], [], []]
        details = []
        for start in range(0, len(labels), self.size):
            rows = slice(start, start + self.size)
            for part, z, y in zip(parts, (noise[0], noise[0], noise[1]), (labels, other, labels), strict=True):
                pictures = generator(z[rows], y[rows])
                part.append(shrunk(pictures))
                details.append(detail(pictures))
        plain, relabelled, renoised = (torch.cat(part) for part in parts)
        return (plain, relabelled, renoised), (labels, other), sum(details) / len(details)

    @torch.no_grad()
    def _reading(self, real: list[Batch]) -> Row:
        """How often the auxiliary classifier reads labels right, of real pictures and of made ones as asked for."""
        classifier, turn = self.networks[CLASSIFIER].eval(), self.turn("classifier")
        if not isinstance(classifier, Classifier):
            raise TypeError(f"the network called {CLASSIFIER} is a {type(classifier).__name__}, not a Classifier")
        generator = averaged_generator(self.trainer)
        read: list[tuple[float, ...]] = []
        for batch in real:
            made = generator(turn.noise(generator, batch.labels), batch.labels)
            read.append(
                tuple(
                    float(label_accuracy(classifier(pictures), batch.labels, classifier.blocks))
                    for pictures in (batch.pictures(), made)
                )
            )
        on_real, on_made = _means(read)
        return {"labels.real": on_real, "labels.made": on_made}


def _norms(total: Tensor, pictures: Tensor, keep: bool = False) -> Tensor:
    """The length of the slope at each picture."""
    (slope,) = torch.autograd.grad(total, pictures, retain_graph=keep)
    lengths: Tensor = torch.linalg.vector_norm(slope.flatten(1), dim=1)
    return lengths


def _means(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(sum(column) / len(column) for column in zip(*rows, strict=True))


def _coarser(rows: Tensor, channels: int, side: int) -> Tensor:
    """Shrunken pictures shrunk once more."""
    resolution = round((rows.shape[1] / channels) ** 0.5)
    return shrunk(rows.view(len(rows), channels, resolution, resolution), side)
