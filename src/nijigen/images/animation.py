"""Moving pictures: animated WebP, GIF and APNG with Pillow, MP4 and WebM with PyAV."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.errors import NijigenError
from nijigen.images.gif_xmp import with_xmp
from nijigen.images.png import encode_frames
from nijigen.images.sheet import Pixels
from nijigen.images.source import SourceType
from nijigen.images.xmp import write_xmp

PICTURES = (".webp", ".gif", ".png")
FILMS = {".mp4": ("mp4", "libx264", "yuv420p"), ".webm": ("webm", "libvpx-vp9", "yuv420p")}
MOST_FPS = 100


def check_animation(path: str | Path) -> None:
    """See that an animation can be written under a name, before the work is done that it shows.

    Raises:
        NijigenError: an ending that is none of ours, or a film without PyAV.
    """
    path = Path(path)
    if path.suffix.lower() not in (*PICTURES, *FILMS):
        raise NijigenError(f"{path}: an animation is a {', '.join((*PICTURES, *FILMS))} file; give such a name")
    if path.suffix.lower() in FILMS:
        video_library(path)


def encode_animation(
    name: str | Path,
    frames: Iterable[Pixels],
    fps: float = 24,
    scale: int = 1,
    durations: Sequence[int] = (),
    source: SourceType | None = None,
    quick: bool = False,
) -> bytes:
    """The bytes of a file with frames uint8 ``[H, W, 3|4]``, as the ending of a name says.

    It plays for ever where the format can. WebP and PNG keep transparency as it is; a GIF has one transparent colour,
    and a film none: it is laid on white.

    Args:
        scale: a whole number that pictures are enlarged by.
        durations: of each frame, in milliseconds, where they are not all alike; ``fps`` is then theirs in the mean,
            which is what a film gets.
        source: what the XMP of a picture says of its source; films have none.
        quick: a WebP a tenth larger in a tenth of the time, with the same pixels: somebody waits for it.

    Raises:
        NijigenError: an ending that is none of these, a rate out of range, no frames, or a film without PyAV.
    """
    path = Path(name)
    check_animation(path)
    if not 0 < fps <= MOST_FPS:
        raise NijigenError(f"--fps {fps:g} is out of range: use up to {MOST_FPS}")
    if not 1 <= scale <= 16:
        raise NijigenError(f"--scale {scale} is out of range: use 1 to 16")
    larger = (_enlarged(frame, scale) for frame in frames)
    if path.suffix.lower() in FILMS:
        return _film(larger, fps, path)
    return _pictures(larger, fps, path.suffix.lower(), durations, source, quick)


def on_white(frame: Pixels) -> Pixels:
    """RGB ``[H, W, 3]`` of a frame with or without alpha."""
    if frame.shape[2] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.uint16)
    laid: Pixels = ((frame[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return laid


def _enlarged(frame: Pixels, scale: int) -> Pixels:
    if scale == 1:
        return frame
    height, width = frame.shape[:2]
    larger = Image.fromarray(frame).resize((width * scale, height * scale), Image.Resampling.LANCZOS)
    return np.asarray(larger)


def _pictures(
    frames: Iterator[Pixels],
    fps: float,
    suffix: str,
    durations: Sequence[int],
    source: SourceType | None,
    quick: bool,
) -> bytes:
    shown = [Image.fromarray(frame) for frame in frames]
    if not shown:
        raise NijigenError("an animation needs one frame or more")
    # GIF counts hundredths of a second, and players take less than two of them for ten.
    alike = max(20, round(100 / fps) * 10) if suffix == ".gif" else round(1000 / fps)
    duration = [max(20, one) for one in durations] if durations else alike
    options: dict[str, Any] = {"duration": duration, "loop": 0}
    if suffix == ".png":
        return encode_frames(shown, source=source, disposal=1, **options)
    options |= {"save_all": True, "append_images": shown[1:]}
    buffer = BytesIO()
    if suffix == ".webp":
        effort: dict[str, int] = {"method": 1, "quality": 20} if quick else {"method": 4}  # both lossless
        shown[0].save(buffer, "WEBP", lossless=True, **effort, xmp=write_xmp(source), **options)
        return buffer.getvalue()
    shown[0].save(buffer, "GIF", disposal=2, **options)
    return with_xmp(buffer.getvalue(), write_xmp(source))


def _film(frames: Iterator[Pixels], fps: float, path: Path) -> bytes:
    av = video_library(path)
    kind, codec, pixel_format = FILMS[path.suffix.lower()]
    buffer = BytesIO()
    with av.open(buffer, "w", format=kind) as container:
        stream: Any = None
        for frame in frames:
            height, width = frame.shape[0] // 2 * 2, frame.shape[1] // 2 * 2  # its colours are at half the size
            if stream is None:
                stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1000))
                stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
                stream.options = {"crf": "18"}
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(on_white(frame)[:height, :width]), format="rgb24")
            container.mux(stream.encode(picture))
        if stream is None:
            raise NijigenError("an animation needs one frame or more")
        container.mux(stream.encode())
    return buffer.getvalue()


def video_library(path: Path) -> Any:
    """PyAV, for a film of that name.

    Raises:
        NijigenError: it is not installed.
    """
    try:
        import av
    except ImportError:
        raise NijigenError(f"{path}: films need PyAV: pip install 'nijigen[video]', or write a .webp") from None
    return av
