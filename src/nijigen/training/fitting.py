"""Whether folder, data set and recipe of a run go together, before anything is built."""

from pathlib import Path

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.training.recipe import Recipe


def check_folder(folder: Path) -> None:
    """Refuse a folder of other things: a run removes and rewrites files in its own.

    Raises:
        NijigenError: it holds files that are not of a run.
    """
    if (folder / "recipe.toml").is_file() or not folder.exists():
        return
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        raise NijigenError(f"{folder} holds files that are not of a run: choose another --out")


def check_dataset(dataset: Dataset, recipe: Recipe) -> None:
    """See that a data set can be trained on by a recipe.

    Raises:
        NijigenError: sizes, channels or attributes differ, or there are no pictures; the field is named, and the fix.
    """
    for field in ("resolution", "channels"):
        has, wants = getattr(dataset, field), getattr(recipe, field)
        if has != wants:
            flag = "size" if field == "resolution" else field
            fix = f"prepare it with --{flag} {wants}, or train with --set {field}={has}"
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
