"""``README.md`` beside the shards: what ``dataset.json`` says, for people and for the Hugging Face Hub."""

from pathlib import Path

from nijigen.cards.dataset import dataset_readme
from nijigen.cards.readme import README_FILE, keep_card
from nijigen.data.dataset import read_info


def describe_folder(folder: Path) -> list[str]:
    """Write the card of a finished data set, or leave a person's; returns what to say of it.

    Like the report it is named after the source, so that the same data set has the same card wherever it lies.
    """
    info = read_info(folder)
    try:
        ours = keep_card(folder, dataset_readme(info, info["source"]))
    except OSError as error:  # a data set that lies where nobody may write is a data set all the same
        return [f"{README_FILE} could not be written: {error.strerror}"]
    return [] if ours else [f"{README_FILE} is somebody's own: it stays as it is"]
