"""The pictures of a recipe's style: a file, a folder or zip of them, or a data set; and a digest that names them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from nijigen.data import Dataset
from nijigen.data.dataset import DATASET_FILE
from nijigen.data.sources import open_source
from nijigen.errors import NijigenError
from nijigen.features.vgg import find_vgg
from nijigen.files import sha256_file
from nijigen.images.decode import MAX_BYTES, PictureError, decode
from nijigen.training.recipe import Recipe

MOST = 10_000  # a mean of more is no other


def open_pictures(place: str) -> list[Image.Image]:
    """Every picture, RGB or RGBA.

    Raises:
        NijigenError: there are none or too many, or one cannot be read; it is named.
    """
    images = []
    for name, data in _files(place):
        try:
            images.append(decode(data))
        except PictureError as error:
            raise NijigenError(f"style.pictures: {name}: {error.reason}: {error}") from None
    return images


def settled(recipe: Recipe) -> Recipe:
    """The recipe with the digest of its style: of the pictures and of VGG19, so that a run goes on with the same.

    Raises:
        NijigenError: it has a style and no pictures, VGG19 is not here, or one of them is another than it names.
    """
    style = recipe.style
    if not style.weight:
        return recipe
    if not style.pictures:
        raise NijigenError(
            f"recipe {recipe.name} learns a style: say of which pictures with --set style.pictures=FILE (or a folder)"
        )
    digest = hashlib.sha256()
    for _, data in _files(style.pictures):
        digest.update(hashlib.sha256(data).digest())
    digest.update(sha256_file(find_vgg(flag=None)).encode())
    found = digest.hexdigest()
    if style.digest not in ("", found):
        raise NijigenError(
            f"style.pictures={style.pictures}, seen by the VGG19 that is here, is another style ({found[:12]}…) than "
            f"the recipe names ({style.digest[:12]}…): give those pictures and that network, or set style.digest="
        )
    return recipe.model_copy(update={"style": style.model_copy(update={"digest": found})})


def _files(place: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes, in an order that is the same everywhere."""
    path = Path(place)
    if not path.exists():
        raise NijigenError(f"style.pictures={place} does not exist: give a picture, a folder of them or a data set")
    count = 0
    for name, data in _each(path):
        count += 1
        if count > MOST:
            raise NijigenError(f"style.pictures={place} holds more than {MOST:,} pictures: give fewer")
        if len(data) > MAX_BYTES:
            raise NijigenError(f"style.pictures: {name} has more than {MAX_BYTES >> 20} MiB: give a smaller picture")
        yield name, data
    if not count:
        raise NijigenError(f"style.pictures={place} holds no pictures: give a picture, a folder of them or a data set")


def _each(path: Path) -> Iterator[tuple[str, bytes]]:
    if (path / DATASET_FILE).is_file():
        for sample in Dataset.open(path).samples():
            yield sample.file, sample.data
    elif path.is_dir() or path.suffix.lower() == ".zip":
        source = open_source(path)
        for entry in source.listing().pictures:
            try:
                yield f"{path}/{entry.name}", source.read(entry, MAX_BYTES + 1)
            except (OSError, ValueError) as error:
                raise NijigenError(f"style.pictures: cannot read {path}/{entry.name}: {error}") from None
    else:
        try:
            with open(path, "rb") as file:
                yield str(path), file.read(MAX_BYTES + 1)
        except OSError as error:
            raise NijigenError(f"style.pictures: cannot read {path}: {error.strerror}") from None
