"""A drawing worker: reads its share as one line of JSON, writes pictures until done (see ``batch.py``)."""

import json
import os
import signal
import sys
import threading

from nijigen.illustrator.batch import Share, write_drawing


def main() -> None:
    """Draw one share."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business; it ends its workers
    share = Share(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    stream = sys.stdout.buffer
    try:
        for index in share.indices():
            write_drawing(stream, *share.draw(index))
    except BrokenPipeError:
        pass
    os._exit(0)  # at once: the thread below sits in a read, which an orderly end would wait for


def _leave_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
