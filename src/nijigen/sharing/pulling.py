"""A repository of the Hub → a model or a data set here: only files known by name, none that could hold code.

Everything goes to a folder beside, is checked there and takes its place by one rename. Interrupted and run again, what
was fetched stays.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nijigen.cards.model import ONNX_FOLDER, SAMPLES_FILE
from nijigen.cards.readme import README_FILE
from nijigen.data.dataset import DATASET_FILE, DROPPED_FILE
from nijigen.data.description import MOST_DESCRIPTION_BYTES
from nijigen.errors import NijigenError
from nijigen.files import locked, replace_folder
from nijigen.models.package import CARD_FILE, DISCRIMINATOR_FILE
from nijigen.sharing.checking import check_dataset, check_model, shards_of
from nijigen.sharing.hub import in_words, open_hub, repo_info
from nijigen.sharing.pulled import Note, check_place
from nijigen.sharing.repository import Repository, What
from nijigen.store import GENERATOR_FILE, pulled_models, remember

if TYPE_CHECKING:
    from huggingface_hub import HfApi

LOCK = ".lock"
MOST_MODEL_BYTES = 8 * 2**30  # all files of it; the largest networks here have a hundredth
MOST_TEXT_BYTES = 64 * 2**20
OF_MODEL = (GENERATOR_FILE, DISCRIMINATOR_FILE, CARD_FILE, README_FILE, SAMPLES_FILE)
OF_EXPORTS = (".onnx", ".json")
PICKLES = (
    ".bin",
    ".ckpt",
    ".dill",
    ".h5",
    ".joblib",
    ".keras",
    ".npy",
    ".npz",
    ".pickle",
    ".pkl",
    ".pt",
    ".pth",
    ".t7",
)
SPARE = 64 * 2**20  # bytes of the disk that stay free


@dataclass(frozen=True)
class Pulled:
    """What came.

    Attributes:
        commit: the state of the repository, 40 hexadecimal digits.
        digest: of the model or data set.
        pickles: files that can hold code, and were not fetched.
        left: other files that were not.
        fresh: whether anything had to be fetched.
    """

    repo: str
    what: What
    out: Path
    commit: str
    digest: str
    files: list[str]
    pickles: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    fresh: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"out": str(self.out)}

    def lines(self) -> list[str]:
        """For people."""
        kind = "a data set" if self.what == "dataset" else "a model"
        how = f"{len(self.files):,} files" if self.fresh else "was here already"
        found = [f"{self.repo} at {self.commit[:12]}: {kind}, {self.digest[:12]}; {how}; in {self.out}"]
        if self.pickles:
            found.append(f"not fetched, for such files can hold code: {_named(self.pickles)}")
        if self.left:
            found.append(f"not fetched, for nijigen does not know them: {_named(self.left)}")
        if self.what == "dataset":
            return [*found, f"nijigen train {self.out} --out runs/mine"]
        return found


def pull(
    repo: str,
    out: str | Path | None = None,
    *,
    revision: str | None = None,
    quiet: bool = False,
) -> Pulled:
    """Fetch a model or a data set from the Hugging Face Hub.

    Args:
        repo: ``owner/name``, or ``datasets/owner/name`` where there is a model of that name, too.
        out: a new folder; by default a model goes where it is found by its name ``owner/name``, a data set to ``name``.
        revision: a branch, tag or commit; by default ``main``.
        quiet: no progress bars.

    Raises:
        NijigenError: no such repository, nothing of nijigen in it, a damaged file, a folder that holds something else,
            or the Hub refuses or cannot be reached.
    """
    wanted = Repository.parse(repo)
    hub = open_hub(quiet)
    with in_words(wanted.id, revision):
        what, there = _find(hub, wanted, revision)
        if there.sha is None:
            raise NijigenError(f"{wanted.id} is empty: nothing was pushed to it yet")
        names = {one.rfilename: one.size for one in there.siblings or []}
        name = f"datasets/{wanted.id}" if what == "dataset" else wanted.id
        place = _place(wanted, what, out)
        _give_back(place)
        note = check_place(place, name)
        if note is None or note.commit != there.sha:
            note = _fetch(hub, wanted, what, name, there.sha, names, place)
            fresh = True
        else:
            fresh = False
    digest = check_model(place) if what == "model" else check_dataset(place, hashes=False)
    if what == "model":
        remember(place)
    rest = [one for one in sorted(names) if one not in note.files and not one.startswith(".")]
    pickles = [one for one in rest if one.lower().endswith(PICKLES)]
    left = [one for one in rest if one not in pickles]
    return Pulled(name, what, place, there.sha, digest, sorted(note.files), pickles, left, fresh)


def _find(hub: "HfApi", repo: Repository, revision: str | None) -> tuple[What, Any]:
    """What is in the repository: a model, or where there is none of that name, a data set."""
    from huggingface_hub.errors import RepositoryNotFoundError

    kinds: tuple[What, ...] = ("model", "dataset") if repo.what is None else (repo.what,)
    for what in kinds:
        try:
            return what, repo_info(hub, repo.id, what, revision)
        except RepositoryNotFoundError as error:
            if what == kinds[-1] or type(error) is not RepositoryNotFoundError:
                raise
    raise AssertionError("one of the kinds was asked for")


def _place(repo: Repository, what: What, out: str | Path | None) -> Path:
    if out is not None:
        place = Path(out)
        if not place.name or place.name == "..":
            raise NijigenError(f"cannot pull to {place}: name a new folder")
        return place
    return pulled_models() / repo.owner / repo.name if what == "model" else Path(repo.name)


def _give_back(place: Path) -> None:
    """A folder that a killed pull had moved aside, and not yet replaced, gets its name back."""
    former = place.with_name(f".{place.name}.former")
    if former.is_dir() and not place.exists():
        os.replace(former, place)


def _fetch(
    hub: "HfApi", repo: Repository, what: What, name: str, commit: str, names: dict[str, int | None], out: Path
) -> Note:
    beside = out.with_name(f".{out.name}.pulling")  # no name of a model begins with a dot
    with locked(beside, LOCK):

        def get(wanted: Iterable[str]) -> None:
            for one in wanted:
                hub.hf_hub_download(repo.id, one, repo_type=what, revision=commit, local_dir=beside)

        if what == "model":
            files = _of_model(name, names)
            _check_room(name, files, names, out.parent)
            get(files)
            check_model(beside)
        else:
            files = _of_dataset(name, names)
            get(files)
            shards = shards_of(beside, name, names)
            _check_room(name, shards, names, out.parent)
            get(shards)
            check_dataset(beside)
            files += shards
        _clear(beside, files)
        note = Note.of(beside, name, what, commit, files)
        note.write(beside)
        (beside / LOCK).unlink(missing_ok=True)
        replace_folder(beside, out)
    return note


def _of_model(repo: str, names: dict[str, int | None]) -> list[str]:
    if GENERATOR_FILE not in names:
        held = [one for one in names if one.lower().endswith(PICKLES)]
        why = f"; of {_named(held)} nothing is fetched, for such files can hold code" if held else ""
        raise NijigenError(f"{repo} holds no model of nijigen (no {GENERATOR_FILE}){why}")
    exported = [one for one in names if one.startswith(f"{ONNX_FOLDER}/") and one.endswith(OF_EXPORTS)]
    files = [*(one for one in OF_MODEL if one in names), *sorted(one for one in exported if one.count("/") == 1)]
    total = sum(names[one] or 0 for one in files)
    if total > MOST_MODEL_BYTES:
        raise NijigenError(f"{repo} has {total:,} bytes, more than a model of nijigen can have: it is not fetched")
    return files


def _of_dataset(repo: str, names: dict[str, int | None]) -> list[str]:
    if DATASET_FILE not in names:
        raise NijigenError(
            f"{repo} holds no data set of nijigen (no {DATASET_FILE}): fetch it otherwise and nijigen prepare it"
        )
    files = [one for one in (DATASET_FILE, DROPPED_FILE, README_FILE) if one in names]
    for one in files:
        most = MOST_TEXT_BYTES if one == README_FILE else MOST_DESCRIPTION_BYTES
        if (names[one] or 0) > most:
            raise NijigenError(f"{repo}: {one} has {names[one]:,} bytes, more than such a file can have")
    return files


def _check_room(repo: str, files: list[str], names: dict[str, int | None], folder: Path) -> None:
    needed = sum(names[one] or 0 for one in files)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if needed + SPARE > free:
        raise NijigenError(f"{repo} needs {needed:,} bytes, and {folder} has {free:,} free: free some space")


def _clear(folder: Path, files: list[str]) -> None:
    """Remove whatever is no part of it: the client's own notes, and files of another commit."""
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in files and path.name != LOCK:
            path.unlink()


def _named(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
