"""Progress on long work: rate and time left on a person's terminal, silence anywhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """What :func:`track` hands out."""

    def advance(self, n: int = 1) -> None:
        """``n`` more are done."""


class _Silent:
    def advance(self, n: int = 1) -> None:
        """Nothing to show."""


@contextmanager
def track(total: int, description: str, unit: str = "images", quiet: bool = False, done: int = 0) -> Iterator[Progress]:
    """A progress bar with rate and time left on stderr; silent when stderr is no terminal or ``quiet``.

    Args:
        total: how many there are; ``done`` of them were finished earlier and do not count in the rate.
    """
    if quiet or not sys.stderr.isatty():
        yield _Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress
    from rich.progress import Task as RichTask
    from rich.text import Text

    class RateColumn(ProgressColumn):
        def render(self, task: RichTask) -> Text:
            return Text(f"{task.speed:,.1f} {unit}/s" if task.speed else f"– {unit}/s", style="progress.data.speed")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True), speed_estimate_period=30) as bars:
        task = bars.add_task(description, total=total, completed=done)

        class Bar:
            def advance(self, n: int = 1) -> None:
                bars.advance(task, n)

        yield Bar()


def duration(seconds: float) -> str:
    """``35 s``, ``12 min`` or ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
