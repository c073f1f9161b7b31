"""What a birth certificate says of an avatar that was enlarged after it was made.

The certificate goes on telling how the avatar came about, digest of its first pixels included. ``enlarged`` is added: a
list, as a picture may be enlarged again, of ``scale``, ``method``, ``weights`` (SHA-256 of the network's file, or
empty), ``of`` (digest of the pixels that were enlarged) and ``pixels`` (digest of what came out).
"""

from typing import TYPE_CHECKING, Any

from nijigen.avatar import Certificate, pixel_digest
from nijigen.images.sheet import Pixels

if TYPE_CHECKING:
    from nijigen.enlarge.enlarger import Enlarger

KEY = "enlarged"


def with_enlargement(
    certificate: Certificate, before: Pixels, after: Pixels, enlarger: "Enlarger", scale: int
) -> Certificate:
    """The certificate of an enlarged avatar.

    Args:
        certificate: that of the picture before.
        before, after: pixels ``[H, W, 3|4]`` of the files.
    """
    step = {
        "scale": scale,
        "method": enlarger.method,
        "weights": enlarger.weights,
        "of": pixel_digest(before),
        "pixels": pixel_digest(after),
    }
    return {**certificate, KEY: [*enlargements(certificate), step]}


def enlargements(certificate: Certificate) -> list[dict[str, Any]]:
    """How an avatar was enlarged since it was made, first to last; what is damaged is as if it were not there."""
    steps = certificate.get(KEY)
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def untouched(certificate: Certificate, pixels: Pixels) -> bool:
    """Whether nothing but what the certificate says lies between an avatar's first pixels and these."""
    digest = certificate.get("pixels")
    for step in enlargements(certificate):
        if step.get("of") != digest:
            return False
        digest = step.get("pixels")
    return bool(digest == pixel_digest(pixels))
