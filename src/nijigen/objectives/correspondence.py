"""Cross-domain distance consistency (Ojha et al. 2021, 2104.06820, §3.1): who is like whom stays.

A generator that learns another style from few pictures soon makes those few. So the pictures of one batch of noise are
compared with each other, layer by layer, in the generator as it was and in the one that learns: how alike two of them
are, among all others, is to stay as it was.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional


def likenesses(activations: Tensor) -> Tensor:
    """How alike each sample is to each other one: log-softmax of cosine similarities, ``[N, N - 1]`` (eq. 1 and 2).

    Args:
        activations: of one layer, ``[N, …]``, N at least 3: two are as alike as they are.
    """
    rows = functional.normalize(activations.flatten(1), dim=1)
    count = len(rows)
    alike = rows @ rows.T
    others = alike.flatten()[1:].view(count - 1, count + 1)[:, :-1].reshape(count, count - 1)  # without the diagonal
    return functional.log_softmax(others, dim=1)


def correspondence(learning: Sequence[Tensor], source: Sequence[Tensor]) -> Tensor:
    """The sum over layers of the divergence KL(learning ‖ source) of likenesses, in the mean of a batch (eq. 3).

    Args:
        learning, source: activations of the same layers for the same noise, each ``[N, …]``.
    """
    found = learning[0].new_zeros(())
    for mine, theirs in zip(learning, source, strict=True):
        ours, wanted = likenesses(mine), likenesses(theirs)
        found = found + (ours.exp() * (ours - wanted)).sum(dim=1).mean()
    return found


@contextmanager
def watched(network: nn.Module, least: int) -> Iterator[list[Tensor]]:
    """A list that fills with what the network's convolutions give, in the order of their passes.

    Args:
        least: layers of fewer channels are left out: they show a picture and have no features.
    """
    seen: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if output.shape[1] >= least:
            seen.append(output.clone())  # the next layer may work in place

    hooks = [
        module.register_forward_hook(keep)
        for module in network.modules()
        if isinstance(weight := getattr(module, "weight", None), torch.Tensor) and weight.ndim == 4
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
