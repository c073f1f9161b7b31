"""Films: every frame at its time, the sound as it was, and an interruption that costs a piece at most."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.translate import film as module
from nijigen.translate.film import PIECE, stylize_film
from nijigen.translate.footage import check_sound, frames, look_at
from nijigen.translate.stylizer import Settings, Stylizer, open_stylizer

av = pytest.importorskip("av", reason="PyAV is not installed: the extra [video]")

COUNT = 2 * PIECE + 5


@pytest.fixture
def stylizer(narrow: Path) -> Stylizer:
    return open_stylizer(str(narrow), Settings(strength=0.5, face="whole"), "cpu")


def times(count: int) -> list[int]:
    """In thousandths of a second; some frames are shown longer than others."""
    return [40 * index + 7 * (index % 3) for index in range(count)]


def write_film(path: Path, count: int = COUNT, sound: str = "aac", size: tuple[int, int] = (48, 32)) -> Path:
    """A film of slowly changing colours, and a tone."""
    width, height = size
    with av.open(str(path), "w") as container:
        video = container.add_stream("libvpx-vp9" if path.suffix == ".webm" else "libx264", rate=25)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        audio: Any = container.add_stream(sound, rate=48_000) if sound else None
        for index, time in enumerate(times(count)):
            pixels = np.zeros((height, width, 3), np.uint8)
            pixels[:, : width // 2] = (200, 4 * index % 256, 60)
            pixels[:, width // 2 :] = (30, 90, 250 - 3 * index % 200)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(video.encode(frame))
        if audio is not None:
            for index in range(count * 48_000 // 25 // 1024):
                wave = np.sin(np.arange(1024 * index, 1024 * (index + 1)) / 20).astype(np.float32)
                heard = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
                heard.sample_rate, heard.pts = 48_000, 1024 * index
                container.mux(audio.encode(heard))
            container.mux(audio.encode())
        container.mux(video.encode())
    return path


def seen(path: Path) -> tuple[list[float], list[Any]]:
    """Times in seconds and frames of a film."""
    with av.open(str(path)) as container:
        found = list(container.decode(video=0))
    return [round(float(frame.time), 4) for frame in found], [frame.to_ndarray(format="rgb24") for frame in found]


def heard(path: Path) -> list[bytes]:
    """The packets of its sound."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def test_every_frame_is_drawn_at_its_time_and_the_sound_is_copied(stylizer: Stylizer, tmp_path: Path) -> None:
    source, out = write_film(tmp_path / "a.mp4"), tmp_path / "out.mp4"
    done = stylize_film(stylizer, source, out, quiet=True)
    assert (done.size, done.problem) == ((48, 32), "")
    before, photos = seen(source)
    after, drawn = seen(out)
    assert after == pytest.approx(before, abs=2e-3)
    assert len(drawn) == COUNT
    for index in (0, PIECE - 1, PIECE, COUNT - 1):
        expected = np.asarray(stylizer(Image.fromarray(photos[index])), float)
        inner = np.s_[4:-4, 4:20]  # away from edges, where colours of a film are at half the size
        assert np.abs(drawn[index][inner].mean((0, 1)) - expected[inner].mean((0, 1))).max() < 8
    assert heard(out) == heard(source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "out.mp4"]


def test_interrupted_it_goes_on_where_it_stopped(
    stylizer: Stylizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, whole, out = write_film(tmp_path / "a.mp4"), tmp_path / "whole.mp4", tmp_path / "out.mp4"
    stylize_film(stylizer, source, whole, quiet=True)
    drawn: list[int] = []

    class Stopped(module.Steady):
        most = PIECE + 3

        def __call__(self, frame: Image.Image) -> Image.Image:
            if len(drawn) == self.most:
                raise KeyboardInterrupt
            drawn.append(1)
            return super().__call__(frame)

    monkeypatch.setattr(module, "Steady", Stopped)
    with pytest.raises(KeyboardInterrupt):
        stylize_film(stylizer, source, out, quiet=True)
    assert not out.exists()
    drawn.clear()
    Stopped.most = 10**6
    stylize_film(stylizer, source, out, quiet=True)
    assert len(drawn) == COUNT - PIECE
    assert (seen(out)[0], heard(out)) == (seen(whole)[0], heard(whole))
    assert all(np.array_equal(one, other) for one, other in zip(seen(out)[1], seen(whole)[1], strict=True))


def test_pieces_of_another_strength_are_not_taken(
    stylizer: Stylizer, narrow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_film(tmp_path / "a.mp4"), tmp_path / "out.mp4"

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        stylize_film(stylizer, source, out, quiet=True)
    monkeypatch.undo()
    other = open_stylizer(str(narrow), Settings(strength=0.0, face="whole"), "cpu")
    stylize_film(other, source, out, quiet=True)
    assert np.abs(seen(out)[1][0].astype(int) - seen(source)[1][0]).mean() < 8


def test_webm_with_its_sound(stylizer: Stylizer, tmp_path: Path) -> None:
    source = write_film(tmp_path / "a.webm", 6, "libopus")
    stylize_film(stylizer, source, tmp_path / "out.webm", quiet=True)
    assert len(seen(tmp_path / "out.webm")[1]) == 6
    assert heard(tmp_path / "out.webm") == heard(source)


def test_without_sound_and_with_odd_sides(narrow: Path, tmp_path: Path) -> None:
    source = write_film(tmp_path / "a.mkv", 3, "", (50, 30))
    odd = open_stylizer(str(narrow), Settings(face="whole", size=25), "cpu")
    done = stylize_film(odd, source, tmp_path / "out.mp4", quiet=True)
    assert done.size == (24, 14)
    assert seen(tmp_path / "out.mp4")[1][0].shape == (14, 24, 3)


def test_a_turned_film_is_drawn_upright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = look_at(write_film(tmp_path / "a.mp4", 1))
    ((plain, _),) = frames(source)

    class Turned:
        pts = 0
        rotation = -90

        def to_ndarray(self, format: str) -> Any:  # PyAV's word
            return plain

    class Container:
        def decode(self, video: int) -> list[Turned]:
            return [Turned()]

        def __enter__(self) -> "Container":
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("nijigen.translate.footage._opened", lambda path: Container())
    ((upright, _),) = frames(source)
    assert np.array_equal(upright, np.rot90(plain, -1))  # what is -90: a quarter clockwise puts it right


@pytest.mark.parametrize(
    ("make", "out", "words"),
    [
        (lambda path: path.write_bytes(b"no film at all"), "out.mp4", "is damaged or no film"),
        (lambda path: path.write_bytes(b""), "out.mp4", "is damaged or no film"),
        (lambda path: write_film(path, 2), "out.webm", "(aac) cannot be copied there: name it .mp4"),
        (lambda path: write_film(path, 2), "out.png", "is a film, so name what is written .mp4 or .webm"),
        (lambda path: write_film(path, 2), "a.mp4", "is the film itself"),
    ],
)
def test_films_that_cannot_be(make: Any, out: str, words: str, stylizer: Stylizer, tmp_path: Path) -> None:
    make(tmp_path / "a.mp4")
    with pytest.raises(NijigenError) as caught:
        stylize_film(stylizer, tmp_path / "a.mp4", tmp_path / out, quiet=True)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".mp4"] == []


def test_a_film_cut_short_is_drawn_as_far_as_it_goes_or_refused(stylizer: Stylizer, tmp_path: Path) -> None:
    source = write_film(tmp_path / "a.mkv", 20)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    done = stylize_film(stylizer, source, tmp_path / "out.mp4", quiet=True)
    assert done.size == (48, 32)
    assert 0 < len(seen(tmp_path / "out.mp4")[1]) <= 20


def test_sound_that_fits_nowhere_is_named(tmp_path: Path) -> None:
    footage = look_at(write_film(tmp_path / "a.mkv", 2, "pcm_s16le"))
    with pytest.raises(NijigenError, match=r"\(pcm_s16le\) cannot be copied there: convert its sound to AAC first"):
        check_sound(footage, tmp_path / "out.mp4")
