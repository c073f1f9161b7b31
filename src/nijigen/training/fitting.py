"""Whether folder, data set and recipe of a run go together, before anything is built."""

from pathlib import Path
from typing import Any

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.registry import Family, find_family
from nijigen.training.recipe import Recipe
from nijigen.training.sources import DRAWINGS, IMAGES, PHOTOS, Sources
from nijigen.training.translating import DOES


def check_folder(folder: Path) -> None:
    """Refuse a folder of other things: a run removes and rewrites files in its own.

    Raises:
        NijigenError: it holds files that are not of a run.
    """
    if (folder / "recipe.toml").is_file() or not folder.exists():
        return
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        raise NijigenError(f"{folder} holds files that are not of a run: choose another --out")


def check_sources(sources: Sources, recipe: Recipe, started: bool = False) -> None:
    """See that a run gets the data sets that it is about.

    Args:
        started: whether it begins from a model.

    Raises:
        NijigenError: a data set too many or one missing, or photos and drawings of two sizes; the flag is named.
    """
    given, name = sources.sets, recipe.name
    kind = find_family(recipe.family).kind
    if kind == "avatars":
        if IMAGES not in given or len(given) > 1:
            what, more = "--photos and --drawings are for recipes that translate or paint", ""
            if not given:
                what, more = "no data set is given", "; see nijigen train --help"
            raise NijigenError(f"{what}, and recipe {name} makes avatars: nijigen train DATASET --recipe {name}{more}")
        return
    does = DOES[kind]
    way = f"nijigen train --recipe {name} --photos DATASET --drawings DATASET"
    if started:
        raise NijigenError(f"--from begins with a model that makes avatars, and recipe {name} {does}: {way}")
    if IMAGES in given:
        raise NijigenError(f"recipe {name} {does} and learns from two data sets, not from one: {way}")
    for flag in (PHOTOS, DRAWINGS):
        if flag not in given:
            raise NijigenError(f"recipe {name} {does}, and --{flag} is missing: {way}")
    sizes = {flag: given[flag].resolution for flag in (PHOTOS, DRAWINGS)}
    if len(set(sizes.values())) > 1:
        one, other = sizes.values()
        fix = f"prepare both with --size {recipe.resolution}"
        raise NijigenError(f"--photos has pictures of {one} px and --drawings of {other} px: {fix}")


def check_dataset(dataset: Dataset, recipe: Recipe) -> None:
    """See that a data set can be trained on by a recipe.

    Raises:
        NijigenError: the family has no networks of that size; or sizes, channels or attributes differ, or there are no
            pictures. The field is named, and the fix.
    """
    family, options = find_family(recipe.family), recipe.options()
    family.check(Shape(recipe.resolution, recipe.channels, 0), options)  # before a data set is asked to fit it
    for field in ("resolution", "channels"):
        has, wants = getattr(dataset, field), getattr(recipe, field)
        if has != wants:
            flag = "size" if field == "resolution" else field
            fix = f"prepare it with --{flag} {wants}"
            if _possible(family, options, dataset.resolution, recipe.channels):
                fix += f", or train with --set {field}={has}"
            found = f"data set {dataset.store.name} has {field} {has}"
            raise NijigenError(f"{found}, recipe {recipe.name} wants {wants}: {fix}")
    for name in (*recipe.pictures.balance, *recipe.softening.class_weights):
        dataset.schema.attribute_name(name)
    if recipe.labels == "required" and not dataset.schema.width:
        raise NijigenError(
            f"recipe {recipe.name} needs labels and data set {dataset.store.name} has none: use --set labels=auto"
        )
    if not dataset.count:
        raise NijigenError(f"data set {dataset.store.name} has no pictures")


def _possible(family: Family, options: Any, resolution: int, channels: int) -> bool:
    """Whether the family has networks of that size."""
    try:
        family.check(Shape(resolution, channels, 0), options)
    except NijigenError:
        return False
    return True
