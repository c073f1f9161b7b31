"""What kind of thing is to be drawn, and as what it may be written."""

from enum import Enum
from pathlib import Path

from nijigen.data.archive import is_zip
from nijigen.errors import NijigenError
from nijigen.images.animation import FILMS, PICTURES
from nijigen.images.output import SUFFIXES, writable

FILM_SUFFIXES = frozenset(
    (".mp4", ".webm", ".mov", ".mkv", ".m4v", ".avi", ".mpg", ".mpeg", ".ts", ".ogv", ".wmv", ".flv", ".3gp")
)
MOVING = (*PICTURES, *FILMS)


class Kind(Enum):
    """What a path holds."""

    MANY = "a folder or zip of pictures"
    PICTURE = "a picture"
    FILM = "a film"


def kind_of(source: Path) -> Kind:
    """What is at a path; whether a picture moves is told by its bytes.

    Raises:
        NijigenError: there is nothing.
    """
    if not source.exists():
        raise NijigenError(f"{source} does not exist: give a picture, a film, or a folder or zip of pictures")
    if source.is_dir():
        return Kind.MANY
    if source.suffix.lower() in FILM_SUFFIXES:
        return Kind.FILM
    return Kind.MANY if is_zip(source) else Kind.PICTURE


def kept(name: str) -> bool:
    """Whether a picture of a folder keeps its name: also GIF, which is written where a picture moves."""
    return writable(name) or Path(name).suffix.lower() in PICTURES


def named(name: str) -> bool:
    """Whether something that is drawn from one picture, still or animated, may have that name."""
    return writable(name) or Path(name).suffix.lower() in MOVING


def check_still(target: Path) -> None:
    """Refuse to write a still picture under a name of something that moves.

    Raises:
        NijigenError: it says which names there are.
    """
    if not writable(target.name):
        raise NijigenError(f"{target}: the name of a drawn picture ends in {', '.join(SUFFIXES)}, or is a folder")


def check_moving(source: str, target: Path) -> None:
    """Refuse to write what moves under a name of still pictures.

    Raises:
        NijigenError: it says which names there are.
    """
    if target.suffix.lower() not in MOVING:
        raise NijigenError(
            f"{source} is animated, and {target} would be a still picture: name it {', '.join(MOVING)},"
            " or save its first frame as a picture of its own"
        )


def check_film(source: Path, target: Path) -> None:
    """Refuse names that a film cannot have.

    Raises:
        NijigenError: it says which there are.
    """
    if target.suffix.lower() not in FILMS:
        raise NijigenError(f"{target}: {source} is a film, so name what is written {' or '.join(FILMS)}")
    if target.exists() and target.samefile(source):
        raise NijigenError(f"{target} is the film itself, which is never overwritten: choose another name")
