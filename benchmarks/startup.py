"""How long a person waits before anything happens.

    python benchmarks/startup.py

Best of seven, in fresh processes: ``import nijigen`` beyond the bare interpreter, and ``nijigen --help``.
"""

import subprocess
import sys
import time
from pathlib import Path


def best(command: list[str], runs: int = 7) -> float:
    """The shortest wall time of a command, in seconds."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    bare = best([sys.executable, "-c", "pass"])
    beyond = best([sys.executable, "-c", "import nijigen"]) - bare
    print(f"import nijigen   {beyond:.3f} s (beyond the interpreter's {bare:.3f} s)")
    print(f"nijigen --help   {best([str(Path(sys.executable).with_name('nijigen')), '--help']):.3f} s")
