"""FreezeD: the discriminator's first stages stay as a model left them (Mo et al. 2020, 2002.10964)."""

from collections.abc import Callable, Collection

from torch import nn

from nijigen.errors import NijigenError
from nijigen.models.contract import Discriminator, Networks
from nijigen.training.networks import spoken_name


def freeze(network: nn.Module, count: int) -> None:
    """Hold the first ``count`` stages of a discriminator as they are; other networks have none to freeze.

    They get no gradients, and work as in use, not as in training: each pass in training would move what they remember
    of pictures and weights (the statistics of batch normalisation, the vectors of spectral normalisation).
    """
    if count and isinstance(network, Discriminator):
        for stage in network.stages()[:count]:
            stage.requires_grad_(False).eval()


def check_freezing(networks: Networks, count: int) -> None:
    """See that there are so many stages, and one more to train.

    Raises:
        NijigenError: there are not; the largest possible number is named.
    """
    for network in networks.values():
        if count and isinstance(network, Discriminator) and count >= (most := len(network.stages())):
            raise NijigenError(f"freeze_d={count} leaves nothing to train, of {most} stages: use at most {most - 1}")


def warn_of_fresh(network: nn.Module, count: int, fresh: Collection[str] | None, warn: Callable[[str], None]) -> None:
    """Say so where what is frozen did not come from a model: a discriminator would look through random weights.

    Args:
        fresh: names of the tensors that no model gave; None: of all.
    """
    if not count or not isinstance(network, Discriminator):
        return
    frozen = {id(weight) for stage in network.stages()[:count] for weight in stage.parameters()}
    names = [name for name, weight in network.named_parameters() if id(weight) in frozen]
    random = names if fresh is None else [name for name in names if name in fresh]
    if random:
        which = f"{spoken_name(random[0])}, {len(random)} of {len(names)}"
        warn(
            f"freeze_d={count} freezes weights that come from no model ({which}): begin with --from a model of this "
            "size that has its discriminator beside it, or set freeze_d=0"
        )
