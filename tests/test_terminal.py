"""What the command line prints of things that are not its own."""

import base64

from nijigen.terminal import plain_words, shortened


def test_packed_numbers_are_shortened_and_names_are_not() -> None:
    packed = base64.b64encode(bytes(range(256)) * 4).decode()
    step = {"kind": "shift", "name": "expression smile", "vector": {"float32": packed}, "digest": "a" * 64}
    line = shortened(plain_words(step))
    assert line == f"kind=shift, name=expression smile, vector={{'float32': 'AAECAwQFBgcI…'}}, digest={'a' * 64}"
    name = "n" * 255  # the longest that a file system takes
    assert shortened(f"{name}.png") == f"{name}.png"
