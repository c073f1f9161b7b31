"""The place of XMP in a GIF (XMP Specification Part 3, 1.1.2): an application extension after the palette.

GIF wants data in pieces, each after its length; XMP stands there in one piece, so that programs that know nothing of
GIF find it. A trailer of all lengths, falling, brings a reader that takes the text for pieces back into step.
"""

HEADER = b"\x21\xff\x0bXMP DataXMP"
TRAILER = bytes([1, *range(255, -1, -1), 0])


def with_xmp(gif: bytes, packet: bytes) -> bytes:
    """A GIF as Pillow writes it, with an XMP packet; without one it stays as it is."""
    if not packet:
        return gif
    flags = gif[10]
    place = 13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)  # header, screen, palette
    return gif[:place].replace(b"GIF87a", b"GIF89a", 1) + HEADER + packet + TRAILER + gif[place:]


def xmp_of(gif: bytes) -> bytes | None:
    """The XMP packet of a GIF; None where there is none. Pillow passes it over."""
    begin = gif.find(HEADER) if gif.startswith(b"GIF8") else -1
    end = gif.find(TRAILER, begin)
    return gif[begin + len(HEADER) : end] if 0 <= begin < end else None
