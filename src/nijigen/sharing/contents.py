"""What of a model or a data set goes to the Hub, and what stays: only files that are known by name are ever sent.

Checkpoints, sample sheets of a run, journals, reports with pictures that were left out, and whatever else somebody
keeps in the folder are never among them.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nijigen.cards.dataset import dataset_readme
from nijigen.cards.licences import is_unknown
from nijigen.cards.model import ONNX_FOLDER, SAMPLES_FILE, datasets_of, model_readme
from nijigen.cards.readme import README_FILE, is_ours_at, names_in
from nijigen.data.dataset import DATASET_FILE, DROPPED_FILE, Dataset
from nijigen.data.twins import KEY as TWINS
from nijigen.data.twins import has_twins
from nijigen.errors import NijigenError
from nijigen.models.package import (
    CARD_FILE,
    DISCRIMINATOR_FILE,
    Stored,
    read_stored,
    read_weights,
    write_weights,
)
from nijigen.sharing.repository import Repository, What
from nijigen.store import GENERATOR_FILE, find_model

OF_EXPORTS = (".onnx", "/card.json")


@dataclass(frozen=True)
class Terms:
    """What whoever pushes says of whose it is.

    Attributes:
        licence, source: in place of what is unknown.
        unknown: push though something is unknown.
    """

    licence: str | None = None
    source: str | None = None
    unknown: bool = False


@dataclass
class Contents:
    """What goes.

    Attributes:
        files: name in the repository → a file here, or its bytes.
        left: what lies beside and stays here.
        remarks: what to know, in words.
        own_card: whether the card was written by a person.
        digest: of the model or data set.
    """

    what: What
    name: str
    digest: str
    files: dict[str, Path | bytes]
    left: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    own_card: bool = False

    def sizes(self) -> dict[str, int]:
        """Bytes of each file, in order."""
        return {
            name: len(file) if isinstance(file, bytes) else file.stat().st_size
            for name, file in sorted(self.files.items())
        }


@contextmanager
def contents_of(target: str | Path, repo: Repository, terms: Terms) -> Iterator[Contents]:
    """Look through what is to be pushed, and see that it is whole; files made for it are gone afterwards.

    Args:
        target: a model by name, run, folder or file; or the folder of a data set.

    Raises:
        NijigenError: nothing of nijigen there, a damaged one, or a licence that nobody knows.
    """
    with tempfile.TemporaryDirectory() as folder:
        if (Path(target) / DATASET_FILE).is_file():
            yield _of_dataset(Path(target), repo, terms)
        else:
            yield _of_model(find_model(target), repo, terms, Path(folder))


def _of_model(place: Path, repo: Repository, terms: Terms, made: Path) -> Contents:
    file = place / GENERATOR_FILE if place.is_dir() else place
    stored = read_stored(file)
    card = {**stored.card, "digest": stored.digest}
    licence = _settle("licence", terms.licence, card.get("licence"), str(place), terms)
    found = Contents("model", str(card.get("name") or place.stem), stored.digest, {GENERATOR_FILE: file})
    if licence != card.get("licence"):
        card["licence"] = licence
        tensors, header = read_weights(file)
        header["nijigen"] = json.dumps(card, ensure_ascii=False)
        write_weights(made / GENERATOR_FILE, tensors, header)
        found.files[GENERATOR_FILE] = made / GENERATOR_FILE
        found.remarks.append(f"licence: {licence}, in the files that are pushed; those here say what they said")
    found.files[CARD_FILE] = (json.dumps(card, ensure_ascii=False, indent=2) + "\n").encode()
    if place.is_dir():
        _beside(place, stored, found)
    if place.is_dir() and (place / README_FILE).exists() and not is_ours_at(place / README_FILE):
        found.own_card, found.files[README_FILE] = True, place / README_FILE
    else:
        found.files[README_FILE] = model_readme(card, found.files, repo.id).encode()
    return found


def _beside(place: Path, stored: Stored, found: Contents) -> None:
    """What lies in a model's folder beside its generator."""
    names = {name for name in names_in(place) if (place / name).is_file()}
    exported = {name for name in names if name.startswith(f"{ONNX_FOLDER}/") and name.endswith(OF_EXPORTS)}
    known = {GENERATOR_FILE, DISCRIMINATOR_FILE, CARD_FILE, README_FILE, SAMPLES_FILE}
    if exported:
        _check_exported(place / ONNX_FOLDER, stored.digest)
    if SAMPLES_FILE in names and stored.card.get("kind") == "translator":
        photos = dict(datasets_of(stored.card)).get("photos", {})
        if is_unknown(photos.get("licence")):
            names.discard(SAMPLES_FILE)
            known.discard(SAMPLES_FILE)
            found.remarks.append(f"{SAMPLES_FILE} stays here: it shows photos, and their licence is unknown")
    for name in sorted((names & {DISCRIMINATOR_FILE, SAMPLES_FILE}) | exported):
        found.files[name] = place / name
    found.left += sorted(name for name in names - known - exported if not name.startswith("."))


def _check_exported(folder: Path, digest: str) -> None:
    """See that graphs are of the model they lie beside."""
    try:
        told = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))["digest"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NijigenError(
            f"{folder} has no {CARD_FILE} that says of which model it is ({error}): export again"
        ) from None
    if told != digest:
        raise NijigenError(f"{folder} was exported from another model ({str(told)[:12]}…): export again, or remove it")


def _of_dataset(folder: Path, repo: Repository, terms: Terms) -> Contents:
    dataset = Dataset.open(folder)
    info: dict[str, Any] = dict(dataset.info)
    said = {
        key: _settle(word, given, info.get(key), str(folder), terms)
        for key, word, given in (("licence", "licence", terms.licence), ("provenance", "source", terms.source))
    }
    changed = {key: text for key, text in said.items() if text != info.get(key)}
    info |= changed
    info["arguments"] = {**info.get("arguments", {}), **changed}
    shards = [*info["shards"], *(info[TWINS]["shards"] if has_twins(dataset) else [])]
    found = Contents("dataset", dataset.name, dataset.digest, {row["file"]: folder / row["file"] for row in shards})
    # Pictures that were judged and left out are nobody's to publish by the way.
    if attic := info.pop("attic", []):
        found.remarks.append(f"{sum(row['count'] for row in attic):,} pictures that were left out stay here")
    info["attic"] = []
    found.files[DATASET_FILE] = (json.dumps(info, ensure_ascii=False, indent=2) + "\n").encode()
    if (folder / DROPPED_FILE).is_file():
        found.files[DROPPED_FILE] = folder / DROPPED_FILE
    if (folder / README_FILE).exists() and not is_ours_at(folder / README_FILE):
        found.own_card, found.files[README_FILE] = True, folder / README_FILE
    else:
        found.files[README_FILE] = dataset_readme(info, repo.name, repo.id).encode()
    if changed:
        found.remarks.append(
            "what is said now is in the files that are pushed; `nijigen prepare` says it for those here"
        )
    found.left += sorted(path.name for path in folder.iterdir() if path.name not in found.files and path.name[0] != ".")
    return found


def _settle(word: str, given: str | None, known: object, place: str, terms: Terms) -> str:
    """What is said, else what was known; refuses what nobody knows unless that is asked for."""
    text = given.strip() if given and given.strip() else str(known or "unknown")
    if is_unknown(text) and not terms.unknown:
        raise NijigenError(
            f"{place}: its {word} is {text}, and what is published should say whose it is: say --{word} TEXT, "
            "or push it all the same with --allow-unknown, and its card says so"
        )
    return text


def wrong_kind(found: Contents, repo: Repository) -> str | None:
    """What is wrong where the repository's name says something else than what is to be pushed."""
    if repo.what is None or repo.what == found.what:
        return None
    words = {"model": "a model", "dataset": "a data set"}
    return f"{found.name} is {words[found.what]}, and {repo.what}s/{repo.id} names {words[repo.what]}"
