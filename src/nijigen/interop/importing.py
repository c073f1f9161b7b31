"""A checkpoint of another project becomes a model of nijigen, in one file.

>>> from nijigen.interop.importing import import_model
>>> made = import_model("network-snapshot-025000.pkl", "portraits.safetensors", licence="CC0-1.0")    # doctest: +SKIP
>>> made.layout, made.resolution                                                                      # doctest: +SKIP
('nvlabs', 512)
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import torch
from pydantic import ValidationError
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.interop.checkpoint import digest_of, open_checkpoint
from nijigen.interop.inert import RefusedError
from nijigen.interop.layouts import Layout, Network, read_foreign
from nijigen.interop.published import Foreign
from nijigen.models.contract import Generator, Shape
from nijigen.models.package import MAX_LABEL_ROWS, make_card, save_single
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema
from nijigen.weights import find_weights, registry

MEAN_OF = 4_096  # draws of noise for a mean latent that a file does not have
MOST_LABELS = 2**20  # bytes of a file of names
MOST_CLASSES = 10_000  # each is a word of the model, and a column of its label rows
CHECKED = (
    "names and shapes of all tensors, finite numbers, one picture made; nijigen's tests compare this layout with its "
    "published equations in float64 on made-up weights; this file was not run by its own code"
)


@dataclass(frozen=True)
class Imported:
    """What came of it.

    Attributes:
        file: the model; digest: of it; layout: whose checkpoint it was of; network: which of its networks.
        sha256: of the checkpoint.
        classes: labels that it knows; 0: none.
        notes: what differs or was supplied, a sentence each.
    """

    file: Path
    digest: str
    layout: str
    network: str
    family: str
    resolution: int
    parameters: int
    classes: int
    sha256: str
    licence: str
    notes: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"file": str(self.file)}

    def lines(self) -> list[str]:
        """For people."""
        known = f", {self.classes} classes" if self.classes else ""
        what = f"{self.network} of a checkpoint of {self.layout}: {self.resolution} px, {self.parameters:,} parameters"
        return [f"{self.file}: {what}{known}; licence {self.licence}", *(f"    {note}" for note in self.notes)]


def import_model(
    file: str | Path,
    out: str | Path,
    *,
    layout: Layout = "auto",
    network: Network = "G_ema",
    name: str | None = None,
    licence: str | None = None,
    source: str | None = None,
    labels: str | Path | None = None,
    attribute: str = "class",
    quiet: bool = True,
) -> Imported:
    """Read a checkpoint without running anything in it, and write its generator as a model.

    Args:
        file: a pickle of NVlabs' repositories, a file of ``torch.save`` of rosinality's or lucidrains', or the name of
            one in ``nijigen weights``, whose licence and page go into the card then.
        out: where to, ``NAME.safetensors``.
        layout: whose it is; ``auto`` finds out.
        network: ``G_ema``, the average over training, or ``G``.
        name: of the model; by default the stem of ``out``.
        licence, source: of the weights, for the card; nobody else can say them.
        labels: a text file with the names of the classes, one a line; without it they are called 0, 1, 2 …
        attribute: what the classes are values of.
        quiet: no progress bar.

    Raises:
        NijigenError: no such file, a damaged or hostile one, another network, or flags that do not fit it.
    """
    path, target = Path(file), Path(out)
    _check(target, layout, network)
    known = registry().get(str(file)) if not path.exists() else None
    if known is not None:
        path, licence, source = find_weights(known.name), licence or known.licence, source or known.page
    with open_checkpoint(path) as checkpoint:
        if target.exists() and target.resolve() == path.resolve():
            raise NijigenError(f"{target} is the checkpoint itself: give another file")
        foreign = read_foreign(checkpoint, layout, network)
        schema = _schema(foreign.classes, labels, attribute)
        generator = _generator(foreign)
        _try_out(generator, foreign)
    sha256 = digest_of(path, quiet)
    told = {
        "layout": foreign.layout,
        "network": network,
        "file": path.name,
        "bytes": path.stat().st_size,
        "sha256": sha256,
        "checked": CHECKED,
        "notes": foreign.notes,
    }
    said = licence or "unknown"
    facts: dict[str, Any] = {"name": name or target.stem, "licence": said, "imported": told}
    facts |= {"source": source} if source else {}
    card = make_card(generator.shape, foreign.family, foreign.options, schema, **facts)
    digest = save_single(target, dict(generator.state_dict()), card, _label_rows(foreign.classes))
    count = sum(value.numel() for value in generator.parameters())
    return Imported(
        *(target, digest, foreign.layout, network, foreign.family, foreign.resolution, count, foreign.classes),
        *(sha256, said, foreign.notes),
    )


def _check(target: Path, layout: str, network: str) -> None:
    if target.suffix != ".safetensors":
        raise NijigenError(f"{target}: an imported model is a .safetensors file; give such a name")
    if layout not in get_args(Layout):
        raise NijigenError(f"--layout {layout}: use one of {', '.join(get_args(Layout))}")
    if network not in get_args(Network):
        raise NijigenError(f"--as-network {network}: use G_ema (the average over training) or G")


def _schema(classes: int, labels: str | Path | None, attribute: str) -> AttributeSchema:
    """One attribute whose values are the classes; none where there are no classes."""
    if not classes:
        if labels is not None:
            raise NijigenError("--labels: this checkpoint knows no classes; leave it out")
        return AttributeSchema()
    if classes > MOST_CLASSES:
        raise RefusedError(f"its network knows {classes:,} classes: nijigen imports {MOST_CLASSES:,} at most")
    names = [str(number) for number in range(classes)]
    if labels is not None:
        names = _names(Path(labels))
        if len(names) != classes:
            raise NijigenError(f"--labels {labels} has {len(names)} lines, and the checkpoint {classes} classes")
    return AttributeSchema([Attribute(attribute, tuple(names))])


def _names(path: Path) -> list[str]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read(MOST_LABELS)
    except OSError as error:
        raise NijigenError(f"cannot read --labels {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NijigenError(f"--labels {path} is no text: give a UTF-8 file with one name a line") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _generator(foreign: Foreign) -> Generator:
    """The family's network with the foreign weights, in evaluation mode."""
    family = find_family(foreign.family)
    shape = Shape(foreign.resolution, foreign.channels, foreign.classes)
    try:
        options = family.options.model_validate(foreign.options)
        family.check(shape, options)
        with torch.device("meta"):
            generator = family.build(shape, options)["generator"]
    except ValidationError as error:
        first = error.errors()[0]
        raise RefusedError(f"its {first['loc'][0]} of {first['input']} is beyond what nijigen has") from None
    assert isinstance(generator, Generator)
    expected = generator.state_dict()
    tensors = {"latent_mean": torch.zeros_like(expected["latent_mean"], device="cpu"), **foreign.tensors}
    wrong = [name for name, value in expected.items() if name not in tensors or tensors[name].shape != value.shape]
    if wrong or len(tensors) != len(expected):
        raise RefusedError(f"its network does not fit: {', '.join(wrong[:3]) or 'it has more weights'}")
    with torch.random.fork_rng(devices=[]):
        generator = family.build(shape, options)["generator"]
    assert isinstance(generator, Generator)
    generator.load_state_dict(tensors)
    return generator.eval().requires_grad_(False)


@torch.no_grad()
def _try_out(generator: Generator, foreign: Foreign) -> None:
    """Supply the mean latent where it is missing, and see that a picture comes out of finite numbers."""
    labels = torch.zeros(1, foreign.classes)
    labels[:, :1] = 1
    if "latent_mean" not in foreign.tensors:
        z = torch.randn(MEAN_OF, generator.z_dim, generator=torch.Generator().manual_seed(0))
        latent = generator.map(z, labels.expand(MEAN_OF, -1))
        generator.get_buffer("latent_mean").copy_(latent.mean(dim=(0, 1)))
        foreign.notes.append(f"the mean latent is not in the file: it was computed of {MEAN_OF:,} draws of noise")
    if not bool(generator(generator.noise([0]), labels).isfinite().all()):
        raise RefusedError("its network makes pictures of what are no finite numbers")


def _label_rows(classes: int) -> Tensor:
    """Rows that draw every class alike, ``[M, classes]``."""
    if not classes:
        return torch.zeros(1, 0)
    numbers = torch.arange(0, classes, -(-classes // MAX_LABEL_ROWS))
    return torch.zeros(len(numbers), classes).scatter_(1, numbers[:, None], 1.0)
