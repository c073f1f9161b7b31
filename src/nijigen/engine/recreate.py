"""From a birth certificate to the same pixels, or to a list of what differs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nijigen.avatar import Avatar, Certificate, pixel_digest
from nijigen.engine.model import Model
from nijigen.enlarge.certificate import KEY, enlargements, untouched
from nijigen.errors import NijigenError
from nijigen.illustrator.drawing import redraw
from nijigen.images.sheet import Pixels
from nijigen.machine import choose_device, prepare_machine
from nijigen.store import find_digest, find_model
from nijigen.style.brush import Brush, brush_again
from nijigen.style.record import KEY as PAINTED
from nijigen.style.record import Record, is_painted, read_record


@dataclass(frozen=True)
class Recreation:
    """An avatar made again.

    Attributes:
        same: whether its pixels are those of the file, or those that an enlarged file had before.
        differences: what is not as it was when the avatar was made, in words.
        enlarged: whether the file was enlarged since; the avatar made again is not.
    """

    avatar: Avatar
    same: bool
    differences: list[str]
    enlarged: bool = False


def recreate(
    file: str | Path | Avatar,
    model: str | Path | Model | None = None,
    device: str = "auto",
    style_image: Sequence[str | Path] = (),
    watch: Callable[[int], Callable[[], object]] | None = None,
) -> Recreation:
    """Make an avatar again from its certificate alone; one that was enlarged since, as it was before.

    Args:
        file: its PNG or WebP, or the avatar itself.
        model: its model, or where it is; by default it is looked for by its digest.
        style_image: the pictures that it was painted like, if it was.
        watch: called with the number of steps before it is painted, gives what is called after each.

    Raises:
        NijigenError: no certificate, no such model, or another model than the certificate names; likewise of style
            pictures and of the network that looked at them.
    """
    original = file if isinstance(file, Avatar) else Avatar.open(file)
    certificate, file = original.certificate, "the avatar" if isinstance(file, Avatar) else file
    brush, record = brush_of_avatar(file, certificate, style_image, device)
    kind = certificate.get("kind")
    if kind == "model":
        pixels, here = _from_model(certificate, model, device)
    elif kind == "illustration":
        pixels, here = redraw(certificate)
    else:
        raise NijigenError(
            f"{file}: its birth certificate is of kind {kind!r}, unknown to this nijigen: update nijigen"
        )
    changes = changes_of(certificate, here)
    first = {key: value for key, value in certificate.items() if key not in (KEY, PAINTED)}
    again = Avatar(pixels, {**first, **here})
    if brush is not None and record is not None:
        if pixel_digest(pixels) != record.of:
            changes.append("the avatar below the paint has other pixels")
        prepare_machine(threads_of(record.machine), choose_device(device))
        again = brush.paint(again, watch(brush.steps(max(pixels.shape[:2]))) if watch else None)
        changes += changes_of(record.machine, again.certificate[PAINTED]["machine"], "painted: ")
    larger = enlargements(certificate)
    whole = untouched(certificate, original.pixels)
    born = certificate.get("pixels") if larger and whole else pixel_digest(original.pixels)
    same = pixel_digest(again.pixels) == born
    if not whole:
        changes.append(f"{file} itself was changed after it was made")
    elif not same and not changes:
        changes.append("nothing that the certificate names: perhaps another build of nijigen or of a library")
    changes += [
        f"{file} was enlarged {step.get('scale')} times by {step.get('method')} after it was made" for step in larger
    ]
    return Recreation(again, same, changes, bool(larger))


def brush_of_avatar(
    file: str | Path, certificate: Certificate, styles: Sequence[str | Path], device: str | torch.device
) -> tuple[Brush | None, Record | None]:
    """With what an avatar was painted; nothing where it was not.

    Raises:
        NijigenError: the file is named, and what is missing.
    """
    if not is_painted(certificate):
        if styles:
            raise NijigenError(f"{file} was not painted like a picture: leave --style-image out")
        return None, None
    try:
        record = read_record(certificate)
        return brush_again(record, styles, device), record
    except NijigenError as error:
        raise NijigenError(f"{file}: {error}") from None


def changes_of(before: Certificate, here: Certificate, what: str = "") -> list[str]:
    """In words, what of ``here`` a certificate says otherwise."""
    return [f"{what}{key} was {before.get(key)}, is {now}" for key, now in here.items() if before.get(key) != now]


def open_model(certificate: Certificate, given: str | Path | None = None, device: str = "auto") -> Model:
    """The model that a certificate names, with as many threads as it says.

    Raises:
        NijigenError: it is not known here, or ``given`` is another one.
    """
    digest = str(certificate.get("digest"))
    path = find_model(given) if given is not None else find_digest(digest)
    model = Model(path, device, threads_of(certificate))
    if model.digest != digest:
        raise NijigenError(
            f"{path} is another model ({model.digest[:12]}…) than the certificate names ({digest[:12]}…)"
        )
    return model


def _from_model(certificate: Certificate, given: str | Path | Model | None, device: str) -> tuple[Pixels, Certificate]:
    model = given if isinstance(given, Model) else open_model(certificate, given, device)
    return model.redraw(certificate), model.engines.of_certificate(certificate).facts(model.device)


def threads_of(facts: Mapping[str, Any]) -> int | None:
    """A number of threads that a certificate says, where it is one."""
    said = facts.get("threads")
    return said if type(said) is int and 1 <= said <= 1024 else None
