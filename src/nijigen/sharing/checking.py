"""What was pulled is believed only when it is whole: a model that loads, a data set whose shards have their digests."""

from pathlib import Path

from nijigen.data.dataset import Dataset, content_digest, read_info
from nijigen.data.twins import KEY as TWINS
from nijigen.data.twins import has_twins
from nijigen.errors import NijigenError
from nijigen.files import sha256_file
from nijigen.models.package import read_stored
from nijigen.store import GENERATOR_FILE


def check_model(folder: Path) -> str:
    """The digest of the model in a folder.

    Raises:
        NijigenError: it does not load.
    """
    return read_stored(folder / GENERATOR_FILE).digest


def shards_of(folder: Path, repo: str, names: dict[str, int | None]) -> list[str]:
    """The shards that a data set's description names, twins included.

    Args:
        folder: where ``dataset.json`` lies already.
        names: bytes of the files of the repository, as far as they are known.

    Raises:
        NijigenError: a description that is broken, or shards that are missing or of other lengths there.
    """
    info = read_info(folder)
    rows = [*info["shards"], *(info[TWINS]["shards"] if has_twins(Dataset(folder, info)) else [])]
    for row in rows:
        if row["file"] not in names:
            raise NijigenError(f"{repo} is incomplete: {row['file']} is missing there")
        if names[row["file"]] not in (None, row["bytes"]):
            raise NijigenError(
                f"{repo} is damaged: {row['file']} has {names[row['file']]:,} bytes, not {row['bytes']:,}"
            )
    return [row["file"] for row in rows]


def check_dataset(folder: Path, hashes: bool = True) -> str:
    """The digest of the data set in a folder.

    Args:
        hashes: also read every shard, and compare its SHA-256.

    Raises:
        NijigenError: it is not whole, or not what its description says.
    """
    dataset = Dataset.open(folder)
    info = dataset.info
    for row in info["shards"] if hashes else []:
        if sha256_file(folder / row["file"]) != row["sha256"]:
            raise NijigenError(f"{folder} is damaged: {row['file']} does not have the SHA-256 its description names")
    if content_digest(info, info["shards"]) != dataset.digest:
        raise NijigenError(f"{folder} is damaged: its shards do not have the digest its description names")
    return dataset.digest
