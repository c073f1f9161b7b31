"""What a recipe costs in arithmetic and memory, counted without computing: tensors that have shapes but no contents."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import flop_registry

from nijigen.features.judging import judge_on
from nijigen.models.contract import Networks
from nijigen.models.registry import find_family
from nijigen.nn.growing import Growing
from nijigen.training.kinds import kind_of
from nijigen.training.networks import build_networks
from nijigen.training.phases import Batch, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import Moment, moment, stages
from nijigen.training.tables import Augmentation

COPIES = 5  # of each weight: itself, its gradient, Adam's two moments; and of the generator's, the average


@dataclass(frozen=True)
class Cost:
    """Of training, as a rule at the recipe's full resolution.

    Attributes:
        operations: floating point operations of matrix products and convolutions for each real image seen, all phases
            counted as often as they come.
        phases: the same of one turn of each phase, for each of its images.
        memory: bytes of weights, optimisers and the tensors alive at the worst moment; buffers of libraries are not in.
    """

    operations: float
    phases: dict[str, float]
    memory: int


class Meter(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch does not annotate it
    """Counts the operations of matrix products and convolutions, and the bytes of tensors alive at once."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0
        self.alive = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and note what it cost."""
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if func._overloadpacket is torch.ops.aten.convolution_backward:
            self.operations += convolution_backward(*args)
        elif (count := flop_registry.get(func._overloadpacket)) is not None:
            self.operations += count(*args, **kwargs, out_val=result)
        for value in tree_iter(result):
            if isinstance(value, Tensor):
                self._note(value)
        return result

    def _note(self, value: Tensor) -> None:
        storage = value.untyped_storage()
        key = storage._cdata
        if key in self._known:
            return
        size = storage.nbytes()
        self._known.add(key)
        self.alive += size
        self.peak = max(self.peak, self.alive)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.alive -= size


def convolution_backward(slope: Tensor, x: Tensor, weight: Tensor, *rest: Any) -> int:
    """Operations of the gradients of a convolution: each costs what the convolution did.

    torch's own count takes a grouped convolution's weight gradient for a dense one's.
    """
    transposed, wanted = rest[4], rest[-1]
    places = (x if transposed else slope).shape[2:].numel()
    return 2 * x.shape[0] * places * weight.numel() * (int(wanted[0]) + int(wanted[1]))


def count_cost(recipe: Recipe, label_width: int = 0, images: int | None = None) -> Cost:
    """Count what one batch of a recipe costs; nothing is computed and hardly any memory is used.

    Augmentation is left out: what it does depends on chance, and it has next to no matrix products.

    Args:
        images: real images seen before the batch; by default it is at the recipe's full resolution.
    """
    recipe = recipe.model_copy(update={"augment": Augmentation()})
    now = moment(recipe, recipe.images if images is None else images)
    family, kind = find_family(recipe.family), kind_of(recipe)
    label_width = kind.label_width(label_width)
    if recipe.lesson.weight and recipe.lesson.judge:
        judge_on(torch.device("cpu"))  # where tensors have no contents no file can be read
    with _quiet_random(), FakeTensorMode(allow_non_fake_inputs=True):
        networks = build_networks(recipe, [label_width] if label_width else [])
        for network in networks.values():
            if isinstance(network, Growing):
                network.growth = (now.resolution, now.fade)  # grow() reads numbers back, and here they have no values
        phases = kind.trial_phases(recipe, networks, label_width)
        weights = {name: sum(p.nbytes for p in network.parameters()) for name, network in networks.items()}
        found = {phase.name: _turn(phase, networks, recipe, now, label_width) for phase in phases}
        often = {phase.name: phase.turns(now) for phase in phases}
    total = sum(operations * often[name] for name, (operations, _) in found.items()) / now.batch
    state = sum(weights.values()) * (COPIES - 1) + weights[family.averaged]
    turns = {name: operations / now.batch for name, (operations, _) in found.items()}
    return Cost(total, turns, state + max(peak for _, peak in found.values()))


def count_run(recipe: Recipe, label_width: int = 0) -> float:
    """Floating point operations of a whole run: at first a growing one has little to do."""
    starts = [stage.start for stage in stages(recipe) if stage.start < recipe.images]
    stretches = list(zip(starts, [*starts[1:], recipe.images], strict=True))
    return sum(
        (end - start) * count_cost(recipe, label_width, (start + end) // 2).operations for start, end in stretches
    )


def _turn(phase: Phase, networks: Networks, recipe: Recipe, now: Moment, label_width: int) -> tuple[float, int]:
    """Operations of a turn of a phase, and the bytes alive at its worst moment beyond weights and gradients."""
    whole = max(2, now.batch // phase.shrink)
    size = min(whole, recipe.micro_batch or whole)
    for name, network in networks.items():
        network.train().requires_grad_(name in phase.updates)
        network.zero_grad(set_to_none=True)
    images = torch.zeros(size, recipe.channels, now.resolution, now.resolution)
    batch = Batch(images, torch.zeros(size, label_width), torch.ones(size))
    meter = Meter()
    with meter:
        turn = Turn(dict.fromkeys(phase.streams, batch), torch.Generator(), now, {})
        loss, _ = phase.loss(networks, turn)
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
    return meter.operations * (whole / size), meter.peak


@contextmanager
def _quiet_random() -> Iterator[None]:
    """Drawing weights without contents must not move the caller's random numbers."""
    with torch.random.fork_rng(devices=[]):
        yield
