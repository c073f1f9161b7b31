"""Seeds: any integer or any text becomes one number, and one number becomes many independent ones."""

import hashlib
import unicodedata

from nijigen.errors import NijigenError

SEED_LIMIT = 2**63


def seed_number(seed: int | str) -> int:
    """The number a seed stands for, in ``0 <= n < 2**63``.

    An integer stands for itself, and so does a text of ASCII digits. Any other text is normalised (Unicode NFC, so
    that one word typed on two keyboards is one seed) and hashed with SHA-256; the text itself is never stored.

    Raises:
        NijigenError: the integer is negative or too large.
    """
    if isinstance(seed, str):
        short = len(seed.lstrip("0")) <= len(str(SEED_LIMIT))  # Python refuses to convert thousands of digits
        if short and seed.isascii() and seed.isdigit() and int(seed) < SEED_LIMIT:
            return int(seed)
        if seed.startswith("-") and seed[1:].isascii() and seed[1:].isdigit():
            raise NijigenError(f"seed {seed[:40]} is out of range: use 0 to {SEED_LIMIT - 1}, or any text")
        return derive("text", unicodedata.normalize("NFC", seed))
    if not 0 <= seed < SEED_LIMIT:
        raise NijigenError(f"seed {seed} is out of range: use 0 to {SEED_LIMIT - 1}, or any text")
    return int(seed)


def derive(*parts: int | str) -> int:
    """A number in ``0 <= n < 2**63`` that depends on every part and on nothing else.

    Used wherever the training or the illustrator needs randomness: a draw that is a pure function of (seed, purpose,
    position) can be repeated after an interruption without storing the state of a generator.
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    # Surrogates stand for bytes of a command line that are no UTF-8; they are a text like any other here.
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1
