"""A run's files, as the doctor gets to see them: whole, unfinished, of before there were probes, or damaged."""

from pathlib import Path

from nijigen.doctor.case import Case
from nijigen.doctor.diagnosis import diagnose
from nijigen.doctor.finding import Diagnosis
from nijigen.errors import NijigenError
from nijigen.training.metrics import METRICS_FILE, read_lines
from nijigen.training.probe import PROBE_FILE
from nijigen.training.recipe import Recipe, load_recipe


def open_case(folder: Path) -> Case:
    """What the files of a run tell.

    Raises:
        NijigenError: it is no run, its recipe cannot be read, or it has not a single whole row yet.
    """
    if not folder.is_dir():
        raise NijigenError(f"run {folder} does not exist: give the folder that nijigen train wrote")
    file = folder / "recipe.toml"
    if not file.is_file():
        raise NijigenError(f"{folder} is no run (it has no recipe.toml): give the folder that nijigen train wrote")
    case = read_case(folder, load_recipe(file))
    if not case.images:
        damaged = any((folder / name).is_file() and (folder / name).stat().st_size for name in (METRICS_FILE,))
        what = f"{METRICS_FILE} is damaged in its first line" if damaged else "it has no metrics yet"
        every = case.recipe.output.metrics_every
        raise NijigenError(f"{folder} cannot be examined ({what}): train it for {every:,} images or more")
    return case


def read_case(folder: Path, recipe: Recipe) -> Case:
    """The rows of a run so far, beside its recipe."""
    return Case(read_lines(folder / METRICS_FILE), read_lines(folder / PROBE_FILE), recipe)


def examine(case: Case) -> Diagnosis:
    """What is wrong with a run; changes that are told are valid for its recipe."""

    def fits(words: tuple[str, ...]) -> bool:
        try:
            return load_recipe(case.recipe, words) != case.recipe
        except NijigenError:
            return False

    return diagnose(case, fits)
