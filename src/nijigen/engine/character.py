"""A character sheet: one person in every expression, with closed eyes to blink with, as frames for a game engine.

>>> from nijigen.engine.character import drawn_poses
>>> drawn_poses("alice", size=128).save("alice")     # doctest: +SKIP
[PosixPath('alice/frames/neutral.png'), ..., PosixPath('alice/alice.png'), PosixPath('alice/alice.json')]
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from nijigen.avatar import Avatar
from nijigen.edit.steps import SetWords
from nijigen.engine.editing import Editable
from nijigen.errors import NijigenError
from nijigen.files import write_json
from nijigen.illustrator import SCHEMA, Character, compose
from nijigen.illustrator.drawing import read_character, to_avatar
from nijigen.illustrator.expressions import CLOSED, EXPRESSIONS, can_blink
from nijigen.images.atlas import Atlas, make_atlas
from nijigen.images.png import write_png
from nijigen.images.source import source_of_all
from nijigen.schema import AttributeSchema, Labels

EXPRESSION = "expression"
LARGEST_FRAME = 1024  # two dozen of them are 100 MB, and the largest sheet has room for 64
BLINK = "blink"


@dataclass(frozen=True)
class Poses:
    """Frames of one person.

    Attributes:
        avatars: by the name of the frame; each is a whole avatar with a certificate.
        animations: names of frames in the order in which they are shown.
        notes: what a person should know.
    """

    avatars: dict[str, Avatar]
    animations: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def atlas(self, image: str, padding: int = 2, trim: bool = True, power_of_two: bool = True) -> Atlas:
        """All frames in one sheet; see :func:`nijigen.images.atlas.make_atlas`."""
        frames = {name: avatar.pixels for name, avatar in self.avatars.items()}
        return make_atlas(
            frames, image, padding=padding, trim=trim, power_of_two=power_of_two, animations=self.animations
        )

    def save(self, folder: str | Path, padding: int = 2, trim: bool = True, power_of_two: bool = True) -> list[Path]:
        """Write ``frames/NAME.png`` with their certificates, and sheet and JSON under the folder's own name.

        Raises:
            NijigenError: as :func:`nijigen.images.atlas.make_atlas`, before anything is written.
        """
        folder = Path(folder)
        stem = folder.resolve().name or "character"
        atlas = self.atlas(f"{stem}.png", padding, trim, power_of_two)
        paths = [avatar.save(folder / "frames" / f"{name}.png", durable=False) for name, avatar in self.avatars.items()]
        source = source_of_all(avatar.certificate for avatar in self.avatars.values())
        paths.append(write_png(folder / f"{stem}.png", Image.fromarray(atlas.pixels), source=source))
        # Last, so that the JSON never names a sheet that is not there.
        paths.append(write_json(folder / f"{stem}.json", atlas.data))
        return paths


def drawn_poses(
    person: int | str | Avatar,
    size: int | None = None,
    *,
    attribute: str = EXPRESSION,
    values: Sequence[str] | None = None,
    attributes: Mapping[str, Any] | None = None,
    transparent: bool = True,
    blink: bool = True,
) -> Poses:
    """A person of the illustrator with every value of an attribute.

    Every pose with open eyes has a frame ``NAME-blink`` more: the same with closed eyes.

    Args:
        person: a seed, or an avatar that the illustrator drew.
        size: pixels a side, 8 to 1,024; by default the avatar's own, or 256.
        values: only these, in this order.
        attributes: other words of the person.

    Raises:
        NijigenError: a wrong word, a number as ``attribute``, or a size out of range.
    """
    words = SCHEMA.normalize(attributes or {})
    name, chosen = _asked(SCHEMA, attribute, values, words)
    if isinstance(person, Avatar):
        who = Character(*_seed_and_words(person)).with_(**words)
        size = int(person.certificate["size"]) if size is None else size
    else:
        who, size = compose(person, words), 256 if size is None else size
    if not 8 <= size <= LARGEST_FRAME:
        raise NijigenError(f"--size {size} is out of range for a frame: use 8 to {LARGEST_FRAME}")
    channels = 4 if transparent else 3
    poses = Poses({})
    for value in chosen:
        pose = who.with_(**{name: value})
        frames = {value: pose}
        if blink and can_blink(EXPRESSIONS[str(pose.attributes[EXPRESSION])]):
            frames[f"{value}-{BLINK}"] = pose.blinking()
            poses.animations[f"{value}-{BLINK}"] = [value, f"{value}-{BLINK}", value]
        for frame, character in frames.items():
            poses.avatars[frame] = to_avatar(character, character.render(size, channels))
    return poses


def model_poses(
    person: Editable,
    *,
    attribute: str = EXPRESSION,
    values: Sequence[str] | None = None,
    attributes: Mapping[str, Any] | None = None,
    blink: bool = True,
    closed: Mapping[str, Any] | None = None,
) -> Poses:
    """A model's avatar with every value of an attribute: the noise stays, and with it who it is.

    Args:
        closed: words that close the eyes; by default an expression that does. Where they are of ``attribute`` itself,
            there is one animation ``blink``, from a calm pose to that one and back; else every pose has a frame
            ``NAME-blink`` more.

    Raises:
        NijigenError: a wrong word, or a number as ``attribute``.
    """
    schema = person.model.schema
    words = schema.normalize(attributes or {})
    name, chosen = _asked(schema, attribute, values, words)
    shut = schema.normalize(closed) if closed else _closing(schema, name)
    poses = Poses({})
    frames = _frame_names(chosen)

    def pose(value: str, more: Labels) -> Avatar:
        return person.after(SetWords(attributes={**words, name: value, **more}))

    for value, frame in frames.items():
        poses.avatars[frame] = pose(value, {})
        if blink and shut and name not in shut:
            poses.avatars[f"{frame}-{BLINK}"] = pose(value, shut)
            poses.animations[f"{frame}-{BLINK}"] = [frame, f"{frame}-{BLINK}", frame]
    if blink and name in shut:
        value = str(shut[name])
        frame = frames.get(value, BLINK)
        more = {key: word for key, word in shut.items() if key != name}
        if frame == BLINK or more:
            frame = BLINK
            poses.avatars[frame] = pose(value, more)
        open_ones = [known for known in chosen if not _shut(known) and known != value]
        if open_ones:
            calm = frames["neutral" if "neutral" in open_ones else open_ones[0]]
            poses.animations[BLINK] = [calm, frame, calm]
    elif blink and not shut:
        poses.notes.append("no frames to blink with: name the words of closed eyes, like --closed expression=sleepy")
    return poses


def _asked(
    schema: AttributeSchema, attribute: str, values: Sequence[str] | None, words: Labels
) -> tuple[str, list[str]]:
    """The attribute's own name, and its values that are wanted."""
    name = schema.attribute_name(attribute)
    if schema[name].continuous:
        raise NijigenError(f"--sweep {name}: it is a number; sweep an attribute with words")
    if name in words:
        raise NijigenError(f"--set {name}=…: every frame has its own; leave it out, or choose another --sweep")
    if values is None:
        return name, list(schema[name].values)
    found = [schema[name].normalize(value) for value in values]
    wanted = list(dict.fromkeys(str(value) for value in found if value is not None))
    if not wanted:
        raise NijigenError(f"--only: name values of {name}, like {', '.join(schema[name].values[:2])}")
    return name, wanted


def _seed_and_words(avatar: Avatar) -> tuple[int, Labels]:
    character = read_character(avatar.certificate)
    return character.seed, character.attributes


def _shut(word: str) -> bool:
    """Whether an expression of that name closes an eye, or both."""
    return word in EXPRESSIONS and not can_blink(EXPRESSIONS[word])


def _closing(schema: AttributeSchema, name: str) -> Labels:
    """An expression that closes both eyes, the calmest there is; nothing where another attribute is swept."""
    if name != EXPRESSION:
        return {}
    known = [word for word in schema[name].values if word in EXPRESSIONS and CLOSED.issuperset(EXPRESSIONS[word].eyes)]
    calm = sorted(known, key=lambda word: EXPRESSIONS[word].eyes != ("down", "down"))
    return {name: calm[0]} if calm else {}


def _frame_names(values: Sequence[str]) -> dict[str, str]:
    """File names for words: a model's may hold anything."""
    names: dict[str, str] = {}
    for value in values:
        plain = "".join(letter if letter.isalnum() or letter in "_- " else "_" for letter in value).strip() or "_"
        while plain.lower() in {taken.lower() for taken in names.values()} or plain == BLINK:
            plain += "_"
        names[value] = plain
    return names
