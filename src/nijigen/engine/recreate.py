"""From a birth certificate to the same pixels, or to a list of what differs."""

from dataclasses import dataclass
from pathlib import Path

from nijigen.avatar import Avatar, Certificate, pixel_digest
from nijigen.engine.model import Model
from nijigen.enlarge.certificate import KEY, enlargements, untouched
from nijigen.errors import NijigenError
from nijigen.illustrator.drawing import redraw
from nijigen.images.sheet import Pixels
from nijigen.machine import describe
from nijigen.store import find_digest, find_model


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


def recreate(file: str | Path, model: str | Path | None = None, device: str = "auto") -> Recreation:
    """Make the avatar of a PNG again from its certificate alone; one that was enlarged since, as it was before.

    Args:
        model: where its model is; by default it is looked for by its digest.

    Raises:
        NijigenError: no certificate, no such model, or another model than the certificate names.
    """
    original = Avatar.open(file)
    certificate = original.certificate
    kind = certificate.get("kind")
    if kind == "model":
        pixels, here = _from_model(certificate, model, device)
    elif kind == "illustration":
        pixels, here = redraw(certificate)
    else:
        raise NijigenError(
            f"{file}: its birth certificate is of kind {kind!r}, unknown to this nijigen: update nijigen"
        )
    larger = enlargements(certificate)
    whole = untouched(certificate, original.pixels)
    born = certificate.get("pixels") if larger and whole else pixel_digest(original.pixels)
    same = pixel_digest(pixels) == born
    changes = [
        f"{key} was {certificate.get(key)}, is {now}" for key, now in here.items() if certificate.get(key) != now
    ]
    if not whole:
        changes.append(f"{file} itself was changed after it was made")
    elif not same and not changes:
        changes.append("nothing that the certificate names: perhaps another build of nijigen or of a library")
    changes += [
        f"{file} was enlarged {step.get('scale')} times by {step.get('method')} after it was made" for step in larger
    ]
    first = {key: value for key, value in certificate.items() if key != KEY}
    return Recreation(Avatar(pixels, {**first, **here}), same, changes, bool(larger))


def _from_model(certificate: Certificate, given: str | Path | None, device: str) -> tuple[Pixels, Certificate]:
    digest = str(certificate.get("digest"))
    path = find_model(given) if given is not None else find_digest(digest)
    threads = certificate.get("threads")
    model = Model(path, device, threads if isinstance(threads, int) and 1 <= threads <= 1024 else None)
    if model.digest != digest:
        raise NijigenError(
            f"{path} is another model ({model.digest[:12]}…) than the certificate names ({digest[:12]}…)"
        )
    return model.redraw(certificate), describe(model.device)
