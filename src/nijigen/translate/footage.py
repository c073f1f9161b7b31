"""Films in and out with PyAV: upright frames one by one, short pieces of film, and pieces joined with the sound.

A piece holds its frames in order, one packet each (no frame refers to a later one), so that pieces can be joined by
copying packets; each packet then gets the time that its frame had in the film it came from.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from nijigen.errors import NijigenError
from nijigen.images.animation import FILMS, video_library
from nijigen.images.decode import MAX_PIXELS
from nijigen.images.sheet import Pixels

QUALITY = "18"  # crf of x264 and VP9: what is lost is not seen
# Codecs of sound that can be copied into a container.
SOUNDS = {
    ".mp4": ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"),
    ".webm": ("opus", "vorbis"),
}
OPTIONS = {
    ".mp4": {"crf": QUALITY, "bf": "0"},
    ".webm": {"crf": QUALITY, "b": "0", "auto-alt-ref": "0", "lag-in-frames": "0", "deadline": "good", "cpu-used": "4"},
}
BT709 = 1  # the colours of films since HD, as FFmpeg numbers them


@dataclass(frozen=True)
class Footage:
    """What a film says of itself.

    Attributes:
        time_base: seconds that a unit of a frame's time stands for.
        rate: frames a second, in the mean.
        count: frames, or a guess where the film does not say.
        sound: codec of its sound; empty where there is none.
    """

    path: Path
    time_base: Fraction
    rate: Fraction
    count: int
    sound: str


def look_at(path: Path) -> Footage:
    """A film, opened and closed again.

    Raises:
        NijigenError: PyAV is missing, the file is damaged, or holds no film.
    """
    with _opened(path) as container:
        if not container.streams.video:
            raise NijigenError(f"{path} holds no film: give a film with pictures in it")
        video = container.streams.video[0]
        if video.width * video.height > MAX_PIXELS:
            raise NijigenError(f"{path}: frames of {video.width}x{video.height} are more than {MAX_PIXELS:,} pixels")
        rate = Fraction(video.average_rate or video.guessed_rate or 25)
        seconds = float(container.duration or 0) / 1e6
        sounds = container.streams.audio
        sound = sounds[0].codec_context.name if sounds else ""
        return Footage(path, Fraction(video.time_base), rate, video.frames or round(seconds * rate), sound)


def check_sound(footage: Footage, target: Path) -> None:
    """See that the sound can be copied into a film of that name.

    Raises:
        NijigenError: it cannot; another name is given, if there is one.
    """
    codec = footage.sound.replace("mp3float", "mp3")
    if not codec or codec in SOUNDS[target.suffix.lower()]:
        return
    others = [suffix for suffix, codecs in SOUNDS.items() if codec in codecs]
    fix = f"name it {' or '.join(others)}" if others else "convert its sound to AAC first"
    raise NijigenError(f"{target}: the sound of {footage.path} ({codec}) cannot be copied there: {fix}")


def frames(footage: Footage) -> Iterator[tuple[Pixels, int]]:
    """Every frame, uint8 ``[H, W, 3]``, upright, and its time in units of the film; times always grow.

    Raises:
        NijigenError: the film is damaged.
    """
    with _opened(footage.path) as container:
        last: int | None = None
        usual = max(1, round(1 / (footage.rate * footage.time_base)))
        for frame in container.decode(video=0):
            time = frame.pts if frame.pts is not None else (0 if last is None else last + usual)
            last = time if last is None else max(time, last + 1)
            pixels = frame.to_ndarray(format="rgb24")
            yield np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4)), last


def piece(pictures: Iterable[Pixels], footage: Footage, suffix: str) -> bytes:
    """A film of some frames uint8 ``[H, W, 3]``, encoded as they come; empty where there are none.

    An odd last row or column is left out, as colours of a film are at half the size.
    """
    av = video_library(footage.path)
    kind, codec, pixel_format = FILMS[suffix]
    buffer = BytesIO()
    stream: Any = None
    with av.open(buffer, "w", format=kind) as container:
        for picture in pictures:
            height, width = (side // 2 * 2 for side in picture.shape[:2])
            if stream is None:
                stream = container.add_stream(codec, rate=footage.rate.limit_denominator(60_000))
                stream.width, stream.height, stream.pix_fmt, stream.options = (
                    width,
                    height,
                    pixel_format,
                    OPTIONS[suffix],
                )
                context = stream.codec_context
                context.colorspace = context.color_primaries = context.color_trc = BT709
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="rgb24")
            frame = frame.reformat(format=pixel_format, dst_colorspace="ITU709")
            frame.pts = None
            container.mux(stream.encode(frame))
        if stream is None:
            return b""
        container.mux(stream.encode())
    return buffer.getvalue()


def join(pieces: Sequence[tuple[Path, Sequence[int]]], footage: Footage, out: Path, suffix: str) -> None:
    """Write pieces one after the other, each frame at the time it had, with the sound of the film they were made from.

    Args:
        pieces: files, and the times of their frames.
        out: what is written; suffix: the kind of film that it is.
    """
    av = video_library(footage.path)
    with av.open(str(out), "w", format=FILMS[suffix][0]) as container, _opened(footage.path) as source:
        with av.open(str(pieces[0][0])) as first:
            video = container.add_stream_from_template(first.streams.video[0])
        streams = [_pictures(av, pieces, footage, video)]
        if source.streams.audio:
            sound = container.add_stream_from_template(source.streams.audio[0])
            streams.append(_sound(source, sound))
        for packet in heapq.merge(*streams, key=lambda packet: float(packet.dts * packet.time_base)):
            container.mux(packet)


def _pictures(av: Any, pieces: Sequence[tuple[Path, Sequence[int]]], footage: Footage, stream: Any) -> Iterator[Any]:
    for path, times in pieces:
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.dts is not None]
            for packet, time in zip(packets, times, strict=True):
                packet.pts = packet.dts = time
                packet.time_base = footage.time_base
                packet.duration = 0
                packet.stream = stream
                yield packet


def _sound(source: Any, stream: Any) -> Iterator[Any]:
    for packet in source.demux(audio=0):
        if packet.dts is not None:
            packet.stream = stream
            yield packet


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    av = video_library(path)
    try:
        with av.open(str(path)) as container:
            yield container
    except av.error.FFmpegError as error:
        raise NijigenError(f"{path} is damaged or no film: {error.strerror or error}") from None
