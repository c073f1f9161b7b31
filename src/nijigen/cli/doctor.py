"""The verb doctor: what went wrong in a run, and what to change."""

from pathlib import Path
from typing import Annotated

import typer

from nijigen.cli.app import AsJson, Quiet, app
from nijigen.errors import NijigenError, did_you_mean

STYLES = {"name": "bold", "seen": "", "evidence": "cyan", "change": "green", "cost": "dim", "note": "dim"}
INDENT = {"name": 0, "seen": 2, "evidence": 2, "change": 2, "cost": 6, "note": 0}


@app.command()
def doctor(
    run: Annotated[Path, typer.Argument(help="The folder of a run, finished or not.")],
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Look at a run: what went wrong, how sure that is, what to change in the recipe, and what it costs.

    `nijigen doctor runs/faces`

    `nijigen doctor runs/faces --lang zh`

    `nijigen doctor runs/faces --json`
    """
    from nijigen.doctor.page import lines
    from nijigen.doctor.words import LANGUAGES
    from nijigen.terminal import report
    from nijigen.training.examination import examine, open_case

    chosen = next((language for language in LANGUAGES if language == lang), None)
    if chosen is None:
        raise NijigenError(f"--lang {lang}{did_you_mean(lang, LANGUAGES)}: use {' or '.join(LANGUAGES)}")
    case = open_case(run)
    diagnosis = examine(case)
    if json or quiet:
        report({"run": str(run), **diagnosis.as_dict()}, [], json, quiet)
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    for style, text in lines(case, diagnosis, chosen):
        if style == "name":
            console.print()
        console.print(Padding(Text(text, STYLES[style]), (0, 0, 0, INDENT[style])), soft_wrap=style == "change")
