"""The door: runs the command line, and turns every mistake into one line."""

import errno
import io
import re
import sys

import typer

from nijigen.cli import (  # noqa: F401  # their verbs register themselves
    attending,
    avatarizing,
    avatars,
    blending,
    collecting,
    data,
    directions,
    doctor,
    editing,
    engines,
    enlarging,
    evaluation,
    exporting,
    importing,
    labels,
    learning,
    morphing,
    packing,
    previewing,
    projecting,
    serving,
    sharing,
    sheets,
    styling,
    translating,
    verifying,
    weights,
)
from nijigen.cli.app import app
from nijigen.errors import NijigenError


def main() -> None:
    """Run the command line; a mistake is one line on standard error and exit code 2, without a traceback."""
    for stream in (sys.stdout, sys.stderr):  # a pipe of another encoding must not stop the work
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = app(standalone_mode=False)
    except NijigenError as error:
        _fail(str(error), 2)
    except typer.Abort:
        _fail("interrupted: run the same again", 130)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)):  # no quota on Windows
            place = error.filename or "while writing"
            _fail(f"the disk is full ({place}): nothing finished was lost; free some space and run the same again", 2)
        if error.filename is not None:
            # What a person asked for, not the file beside it that it is written to first.
            error.filename = re.sub(r"\.([^/\\]+)\.[0-9a-f]{12}\.part$", r"\1", str(error.filename))
            _fail(f"{error.filename}: {error.strerror}", 2)
        raise
    except KeyboardInterrupt:
        _fail("interrupted: run the same again", 130)
    except Exception as error:
        explain = getattr(error, "format_message", None)  # a wrong flag, as typer's parser puts it
        if explain is None:
            raise
        command = getattr(getattr(error, "ctx", None), "command_path", "nijigen")
        _fail(f"{explain().strip().rstrip('.')}: see {command} --help", 2)
    if code == 130:
        _fail("interrupted: run the same again", 130)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> None:
    line = " ".join(message.splitlines())  # one line, whatever a file name or a key holds
    print(f"nijigen: {line}", file=sys.stderr)
    sys.exit(code)
