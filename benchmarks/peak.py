"""What one command of nijigen costs: its own process, the most memory it had and the time of a core.

Not a benchmark by itself: others ask it.
"""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# What a process started by another one is told of its memory may be that of the other one; its own is in /proc.
MEASURED = """
import sys, time
sys.argv[0] = "nijigen"
from nijigen.cli import main
try:
    main()
except SystemExit as stop:
    if stop.code:
        raise
most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(int(most) * 1024, time.process_time())
"""


class Peak(NamedTuple):
    """The most memory of a process in bytes, its time of all cores in seconds."""

    bytes: int
    seconds: float

    @property
    def megabytes(self) -> float:
        """The memory in MB."""
        return self.bytes / 1e6


def run(*words: object, folder: Path | None = None) -> Peak:
    """``nijigen WORDS… --quiet --device cpu`` in a folder.

    Raises:
        CalledProcessError: the command failed.
    """
    command = [sys.executable, "-c", MEASURED, *map(str, words), "--quiet", "--device", "cpu"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    most, seconds = done.stdout.split()[-2:]
    return Peak(int(most), float(seconds))
