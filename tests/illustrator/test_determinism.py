"""The same drawing on every machine and with any number of workers."""

import hashlib
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.illustrator import ILLUSTRATOR_VERSION, Character, compose, draw_many

# SHA-256 of SVG text. A change here is a change of every avatar people have made: raise ILLUSTRATOR_VERSION with it.
GOLDEN: dict[tuple[int | str, int, bool], str] = {
    (0, 64, False): "3770ae8983f3e044",
    (1, 64, True): "e5408be5c78f6b9c",
    (2, 256, False): "11e718016ac7a6d9",
    (3, 256, True): "c7e158488ff48352",
    (9223372036854775807, 128, False): "df9fff337f1af5de",
    ("ada", 64, False): "56ba2f4b55ed23a8",
    ("二次元", 512, False): "b0ddcc1c3fe652d9",
}
# The same people as calm drawings: raise CALM_VERSION with these.
GOLDEN_CALM = "ad2eb5222aa635dc"
GOLDEN_FIGURES = "4bdc06bdc12e41dd"  # sixty whole figures


@pytest.mark.parametrize(("seed", "size", "transparent"), list(GOLDEN))
def test_svg_text_is_the_same_everywhere(seed: int | str, size: int, transparent: bool) -> None:
    text = compose(seed).svg(size, transparent)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == GOLDEN[seed, size, transparent]


def test_calm_drawings_are_the_same_everywhere() -> None:
    people = [compose(seed).calmed() for seed in range(60)]
    figures = [compose(seed, framing="full").calmed() for seed in range(10)]
    texts = "".join(one.svg(128, True) for one in people + figures)
    assert hashlib.sha256(texts.encode()).hexdigest()[:16] == GOLDEN_CALM


def test_whole_figures_are_the_same_everywhere() -> None:
    texts = "".join(compose(seed, framing="full").svg(64) for seed in range(60))
    assert hashlib.sha256(texts.encode()).hexdigest()[:16] == GOLDEN_FIGURES


def test_drawings_do_not_depend_on_the_hash_seed() -> None:
    code = "from nijigen.illustrator import compose; print(hash('x'), compose(7).svg(64))"
    answers = []
    for hash_seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(path for path in sys.path if path)}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True)
        answers.append(done.stdout.split(" ", 1))
    assert answers[0][0] != answers[1][0]
    assert answers[0][1] == answers[1][1]


def test_any_number_of_workers_draws_the_same_in_order() -> None:
    def everything(workers: int) -> list[tuple[int, Character, bytes]]:
        return list(draw_many(37, "fleet", 32, attributes={"hair_color": "pink"}, workers=workers))

    alone = everything(1)
    assert [index for index, _, _ in alone] == list(range(37))
    assert alone == everything(2) == everything(3)
    assert {character.attributes["hair_color"] for _, character, _ in alone} == {"pink"}
    assert len({data for _, _, data in alone}) == 37


def test_batches_continue_the_seed() -> None:
    _, character, data = list(draw_many(3, 40, 48))[2]
    assert character == compose(42)
    assert data == compose(42).png(48)


def test_pixels_are_those_of_the_png() -> None:
    for channels, mode in ((3, "RGB"), (4, "RGBA")):
        for _, character, data in draw_many(3, 1, 32, channels):
            with Image.open(io.BytesIO(data)) as image:
                assert np.array_equal(character.render(32, channels), np.asarray(image.convert(mode)))


def test_a_batch_can_be_left_early_and_wrong_numbers_are_refused() -> None:
    drawing = draw_many(500, 1, 32, workers=2)
    assert next(drawing)[0] == 0
    drawing.close()  # type: ignore[attr-defined]  # it is a generator; its workers end here
    with pytest.raises(NijigenError, match="count"):
        draw_many(-1)
    with pytest.raises(NijigenError, match="channels"):
        draw_many(1, channels=1)
    assert list(draw_many(0)) == []


def test_the_version_is_a_word() -> None:
    assert ILLUSTRATOR_VERSION.isdigit()
