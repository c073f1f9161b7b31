"""A data set of nijigen as a source, to prepare it anew or to convert it."""

import json
from dataclasses import dataclass
from pathlib import Path

from nijigen.data.dataset import DATASET_FILE, FORMAT, Dataset
from nijigen.data.facts import Facts
from nijigen.data.layouts.tar import TarMember, members, read_range
from nijigen.data.layouts.words import labels_of, shown, text
from nijigen.data.rights import own, said_for_all
from nijigen.data.sources import Entry, Listing
from nijigen.errors import NijigenError

HEAD, MOST_NOTES = 4096, 2**20


def detect(path: Path) -> bool:
    """Whether this is a folder with a ``dataset.json`` of nijigen."""
    file = path / DATASET_FILE
    try:
        if not file.is_file():  # opening a pipe would wait for ever
            return False
        with open(file, "rb") as handle:
            return f'"{FORMAT}"'.encode() in handle.read(HEAD)
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class OwnSource:
    """The pictures of a data set under the names they had in its source, with the labels of its shards."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.resolve().name

    def listing(self) -> Listing:
        """Every picture, in the order of the data set.

        Raises:
            NijigenError: the data set is incomplete or broken.
        """
        dataset = Dataset.open(self.path)
        listing = Listing()
        rights = said_for_all(dataset.info)
        taken: set[str] = set()
        for shard in dataset.info["shards"]:
            file = self.path / shard["file"]
            picture = None
            for member in members(file):
                if not member.name.endswith(".json"):
                    picture = member
                    continue
                if picture is None or picture.name.rpartition(".")[0] != member.name.rpartition(".")[0]:
                    raise _broken(file, f"{member.name} belongs to no picture")
                name, facts = _note(file, member, rights)
                name = picture.name if not name or name in taken else name
                taken.add(name)
                listing.pictures.append(Entry(name, picture.size, (str(file), picture.offset, picture.size)))
                listing.facts[name] = facts
                picture = None
        if len(listing.pictures) != dataset.count:
            raise NijigenError(
                f"{self.path} holds {len(listing.pictures)} pictures, not {dataset.count}: copy it again"
            )
        return listing

    def read(self, entry: Entry, limit: int) -> bytes:
        file, offset, size = entry.where
        return read_range(file, offset, min(size, limit))


def _note(file: Path, member: TarMember, rights: dict[str, str]) -> tuple[str, Facts]:
    """Name and facts of a picture from the member behind it."""
    try:
        found = json.loads(read_range(file, member.offset, min(member.size, MOST_NOTES)))
        licence, source = (own(text(found.get(key))) or text(rights[key]) for key in ("licence", "source"))
        return shown(found["file"]), Facts(labels=labels_of(found["labels"]), licence=licence, source=source)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _broken(file, f"{member.name}: {error}") from None


def _broken(file: Path, what: str) -> NijigenError:
    return NijigenError(f"shard {file} is broken: {what}; copy or prepare the data set again")
