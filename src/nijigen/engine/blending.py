"""Two models blended into one: relatives alone, written as a model file of its own.

>>> from nijigen.edit.blending import Way
>>> from nijigen.engine.blending import blend_models
>>> blended = blend_models("chibi", "runs/retro", "blended.safetensors", Way(at=16))      # doctest: +SKIP
>>> blended.shares[32]                                                                    # doctest: +SKIP
1.0
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from nijigen.avatar import SHOWN_SIZE
from nijigen.data.rights import stricter
from nijigen.edit.blending import Shares, Way, blend, unlike
from nijigen.engine.model import Model
from nijigen.errors import NijigenError
from nijigen.images.sheet import make_sheet
from nijigen.models.ancestry import line_of
from nijigen.models.contract import LATENT
from nijigen.models.package import Package, load_package, make_card, save_single
from nijigen.models.registry import find_family
from nijigen.schema import AttributeSchema, Labels
from nijigen.seeds import SEED_LIMIT, seed_number
from nijigen.store import GENERATOR_FILE, find_model

MOST_COLUMNS = 64
KEPT = ("name", "licence", "dataset", "blend", "note")  # of the cards of both


@dataclass(frozen=True)
class Blended:
    """What came of it.

    Attributes:
        shares: how much of the second model there is at each side in pixels; 0: in what makes the latent.
        licence: of the model in the file.
    """

    file: Path
    digest: str
    one: str
    other: str
    shares: Shares
    licence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"file": str(self.file), "shares": _spoken(self.shares)}

    def line(self) -> str:
        """For people."""
        parts = ", ".join(f"{side} {share:.0%}" for side, share in _spoken(self.shares).items())
        return f"{self.file}: {self.one} with so much of {self.other}: {parts}; licence {self.licence}"


def blend_models(one: str | Path, other: str | Path, file: str | Path, way: Way) -> Blended:
    """Blend two relatives, and write the result as one ``.safetensors`` file in full precision.

    The model whose mapping is taken gives the words; a mixture of both needs the same words.

    Args:
        one, other: names, run folders, model folders or files.
        file: where to; its stem becomes the blend's name.
        way: whose weights where.

    Raises:
        NijigenError: no such models, models that are no relatives or not alike, or numbers out of range.
    """
    out, places = Path(file), [find_model(one), find_model(other)]
    if out.suffix != ".safetensors":
        raise NijigenError(f"--out {out}: a blended model is a .safetensors file; give such a name")
    if out.resolve() in [(place / GENERATOR_FILE if place.is_dir() else place).resolve() for place in places]:
        raise NijigenError(f"--out {out} is one of the two models: give another file")
    first, second = (load_package(place) for place in places)
    check_relatives(first, second)
    shares = way.shares(first.generator.sides().values())
    mapped = shares[LATENT]
    if 0 < mapped < 1 and first.schema != second.schema:
        raise NijigenError(
            f"{first.path} and {second.path} have other words ({_words_apart(first.schema, second.schema)}), so their"
            " mappings cannot be mixed: use --mapping one or --mapping other"
        )
    nearer = second if mapped >= 0.5 else first  # its words, and how they occur together
    generator = blend(first.generator, second.generator, shares, nearer.label_rows)
    licence = stricter(*(str(package.card.get("licence", "unknown")) for package in (first, second)))
    lines = [line_of(package.card, package.digest) for package in (first, second)]
    card = make_card(
        generator.shape,
        first.card["family"],
        first.card["network"],
        nearer.schema,
        name=out.stem,
        licence=licence,
        ancestors=list(dict.fromkeys(lines[0] + lines[1])),
        blend={"one": _about(first), "other": _about(second), **asdict(way), "shares": _spoken(shares)},
        # Whoever trains it further goes on as one of them was trained.
        **({"recipe": nearer.card["recipe"]} if "recipe" in nearer.card else {}),
    )
    digest = save_single(out, dict(generator.state_dict()), card, nearer.label_rows)
    return Blended(out, digest, _name(first), _name(second), shares, licence)


def check_relatives(one: Package, other: Package) -> None:
    """See that two models can be blended: relatives of the same family, options and shapes.

    Raises:
        NijigenError: they cannot; both are named, and why.
    """
    both = f"{one.path} ({one.digest[:12]}…) and {other.path} ({other.digest[:12]}…)"
    if one.digest == other.digest:
        raise NijigenError(f"{both} are the same model: give two")
    if one.card["family"] != other.card["family"]:
        raise NijigenError(
            f"{both} are no relatives: one is a {one.card['family']}, the other a {other.card['family']}"
        )
    if not set(line_of(one.card, one.digest)) & set(line_of(other.card, other.digest)):
        raise NijigenError(
            f"{both} are no relatives: neither was trained from the other, nor both from one model (nijigen train"
            " --from), so their weights have no meaning in common"
        )
    shapes = [package.generator.shape for package in (one, other)]
    for key, unit in (("resolution", "px"), ("channels", "channels")):
        sizes = [getattr(shape, key) for shape in shapes]
        if sizes[0] != sizes[1]:
            raise NijigenError(f"{both} cannot be blended: {sizes[0]} {unit} and {sizes[1]} {unit}")
    family = find_family(one.card["family"])
    options = [family.options.model_validate(package.card["network"]).model_dump() for package in (one, other)]
    for name, value in options[0].items():
        if value != options[1][name]:
            raise NijigenError(f"{both} cannot be blended: network.{name} is {value} and {options[1][name]}")
    if problem := unlike(one.generator, other.generator):
        raise NijigenError(f"{both} cannot be blended: {problem}")


def check_columns(count: int) -> None:
    """Raises NijigenError where a sheet of so many avatars side by side would be no picture."""
    if not 1 <= count <= MOST_COLUMNS:
        raise NijigenError(f"-n {count} is out of range: use 1 to {MOST_COLUMNS}")


def show_blend(one: Model, blended: Model, other: Model, count: int = 8, seed: int | str = 0) -> Image.Image:
    """A sheet of three rows: the same seeds and words with ONE, with the blend and with OTHER.

    Words that a model does not know it cannot be asked for: there its own chance decides.

    Raises:
        NijigenError: a count out of range.
    """
    check_columns(count)
    seeds = [(seed_number(seed) + number) % SEED_LIMIT for number in range(count)]
    asked = [blended.draw_labels(number, {}) for number in seeds]
    pictures = [
        model.generate(1, number, attributes=_known(words, model.schema))[0].pixels
        for model in (one, blended, other)
        for number, words in zip(seeds, asked, strict=True)
    ]
    return make_sheet(pictures, count, least=SHOWN_SIZE)


def _known(words: Labels, schema: AttributeSchema) -> Labels:
    """Those of another model's words that a schema has."""
    found: Labels = {}
    for name, value in words.items():
        if name not in schema:
            continue
        limits, values = schema[name].range, schema[name].values
        inside = limits[0] <= float(value) <= limits[1] if limits and not isinstance(value, str) else value in values
        if inside:
            found[name] = value
    return found


def _words_apart(one: AttributeSchema, other: AttributeSchema) -> str:
    """The first attribute that two schemas do not have alike."""
    for mine, theirs in ((one, other), (other, one)):
        for attribute in mine.attributes:
            if attribute.name not in theirs or theirs[attribute.name] != attribute:
                return f"see {attribute.name}"
    return "in another order"


def _name(package: Package) -> str:
    return str(package.card.get("name") or package.path.stem)


def _about(package: Package) -> dict[str, Any]:
    """What the blend's card says of one of the two: whose pictures it learned from, above all."""
    return {"digest": package.digest, **{key: package.card[key] for key in KEPT if key in package.card}}


def _spoken(shares: Shares) -> dict[str, float]:
    return {"latent" if side == LATENT else f"{side} px": round(share, 6) for side, share in shares.items()}
