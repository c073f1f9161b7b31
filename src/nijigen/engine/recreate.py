"""From a birth certificate to the same pixels, or to a list of what differs."""

from dataclasses import dataclass
from pathlib import Path

from nijigen.avatar import Avatar, Certificate, pixel_digest
from nijigen.engine.model import Model
from nijigen.errors import NijigenError
from nijigen.illustrator.drawing import redraw
from nijigen.images.sheet import Pixels
from nijigen.machine import describe
from nijigen.store import find_digest, find_model


@dataclass(frozen=True)
class Recreation:
    """An avatar made again.

    Attributes:
        same: whether its pixels are those of the file.
        differences: what is not as it was when the avatar was made, in words.
    """

    avatar: Avatar
    same: bool
    differences: list[str]


def recreate(file: str | Path, model: str | Path | None = None, device: str = "auto") -> Recreation:
    """Make the avatar of a PNG again from its certificate alone.

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
    digest = pixel_digest(pixels)
    same = digest == pixel_digest(original.pixels)
    changes = [
        f"{key} was {certificate.get(key)}, is {now}" for key, now in here.items() if certificate.get(key) != now
    ]
    if pixel_digest(original.pixels) != certificate.get("pixels"):
        changes.append(f"{file} itself was changed after it was made")
    elif not same and not changes:
        changes.append("nothing that the certificate names: perhaps another build of nijigen or of a library")
    return Recreation(Avatar(pixels, {**certificate, **here}), same, changes)


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
