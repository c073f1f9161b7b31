"""A film in another look: frame by frame, in pieces that outlive an interruption, with its sound."""

import json
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.data.folder_work import Done
from nijigen.errors import NijigenError
from nijigen.files import locked, printable, write_bytes, write_json, written_beside
from nijigen.images.sheet import Pixels
from nijigen.progress import track
from nijigen.translate.footage import Footage, check_sound, frames, join, look_at, piece
from nijigen.translate.kinds import check_film
from nijigen.translate.steady import Steady
from nijigen.translate.stylizer import Stylizer

PIECE = 24  # frames: what an interruption costs at most


def stylize_film(stylizer: Stylizer, source: Path, target: Path, quiet: bool = False) -> Done:
    """Draw every frame of a film, and copy its sound.

    Finished pieces are kept in a folder beside the target, ``.NAME.pieces``, until the film is whole; run again, it
    goes on behind them.

    Raises:
        NijigenError: the film cannot be read or its sound not be copied, PyAV is missing, or another process is at it.
        OSError: a file cannot be written.
    """
    check_film(source, target)
    footage = look_at(source)
    check_sound(footage, target)
    folder = target.with_name(f".{target.name[:80]}.pieces")
    with locked(folder):
        _keep_only_ours(folder, _told_apart(stylizer, source))
        done = _finished(folder, target.suffix.lower())
        already = sum(len(facts["times"]) for _, facts in done)
        with track(max(footage.count, already), "stylizing", unit="frames", quiet=quiet, done=already) as bar:
            rest = islice(frames(footage), already, None)
            shown = Steady(stylizer, done[-1][1]["faces"] if done else ())
            while True:
                times: list[int] = []
                size: list[int] = []

                def drawn(times: list[int] = times, size: list[int] = size) -> Iterator[Pixels]:
                    for pixels, time in islice(rest, PIECE):
                        picture = np.asarray(shown(Image.fromarray(pixels)))
                        times.append(time)
                        size[:] = [side // 2 * 2 for side in (picture.shape[1], picture.shape[0])]
                        yield picture
                        bar.advance()

                data = piece(drawn(), footage, target.suffix.lower())
                if not times:
                    break
                path = folder / f"{len(done):06d}{target.suffix.lower()}"
                write_bytes(path, data)
                facts = {"times": times, "faces": shown.remember(), "size": size}
                write_json(path.with_suffix(".json"), facts)  # after the piece: where it is, the piece is whole
                done.append((path, facts))
        if not done:
            raise NijigenError(f"{source} holds no film: there is no frame in it")
        _write(done, footage, target)
    shutil.rmtree(folder, ignore_errors=True)
    width, height = done[0][1]["size"]
    return Done(printable(str(source)), printable(str(target)), (width, height))


def _write(done: list[tuple[Path, dict[str, Any]]], footage: Footage, target: Path) -> None:
    pieces = [(path, facts["times"]) for path, facts in done]
    with written_beside(target) as beside:
        join(pieces, footage, beside, target.suffix.lower())


def _told_apart(stylizer: Stylizer, source: Path) -> dict[str, Any]:
    """What pieces depend on; those of another film or another style are of no use."""
    status = source.stat()
    return {
        "film": [printable(source.name), status.st_size, status.st_mtime_ns],
        "style": stylizer.style.digest,
        "strength": stylizer.settings.strength,
        "faces": stylizer.detector is not None,
        "size": stylizer.settings.size,
    }


def _keep_only_ours(folder: Path, ours: dict[str, Any]) -> None:
    note = folder / "film.json"
    try:
        if json.loads(note.read_text(encoding="utf-8")) == ours:
            return
    except (OSError, ValueError):
        pass
    for path in folder.iterdir():
        if path.name != ".lock":
            path.unlink()
    write_json(note, ours)


def _finished(folder: Path, suffix: str) -> list[tuple[Path, dict[str, Any]]]:
    """The pieces that are there, in order, and what is noted of them; those behind a gap do not count."""
    done: list[tuple[Path, dict[str, Any]]] = []
    while True:
        path = folder / f"{len(done):06d}{suffix}"
        try:
            facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            if (
                not path.is_file() or len(facts["times"]) < PIECE
            ):  # a short one is the last: made again, it costs little
                return done
        except (OSError, ValueError, KeyError, TypeError):
            return done
        done.append((path, facts))
