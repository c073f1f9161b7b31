"""The command line's application, and the flags that several verbs share.

Verbs are thin functions: a signature becomes flags. Heavy imports stay inside them, so that ``nijigen --help`` answers
at once.
"""

from pathlib import Path
from typing import Annotated

import typer

import nijigen

app = typer.Typer(
    name="nijigen",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

MODEL = "A name, a run folder, a model folder or a file."

ModelText = Annotated[str, typer.Argument(help=MODEL)]
ModelName = Annotated[str, typer.Option("--model", help=MODEL)]
ModelOf = Annotated[str | None, typer.Option("--model", help="Its model; by default found by digest.")]
AvatarFile = Annotated[Path, typer.Argument(help="An avatar's file, PNG or WebP, as nijigen wrote it.")]
Layers = Annotated[str, typer.Option(help="coarse, middle, fine, all, or numbers like 0-3,8 (StyleGAN families).")]
Folder = Annotated[Path, typer.Option(help="Folder for the avatars.")]
Sheet = Annotated[bool, typer.Option("--sheet", help="Also write sheet.png with all of them.")]
RecipeSets = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the recipe; repeatable.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No words, no progress bar.")]
AsJson = Annotated[bool, typer.Option("--json", help="Report as JSON on standard output.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Repeatable, or comma-separated.")]
TextWords = Annotated[
    str | None,
    typer.Option("--text", metavar="WORDS", help="Say it in words, in English, 中文 or 日本語; --set wins over it."),
]
SeedText = Annotated[str, typer.Option("--seed", help="An integer, or any text.")]
Kind = Annotated[str, typer.Option("--format", help="png or webp (lossless); both keep the birth certificate.")]
Threads = Annotated[int | None, typer.Option(help="CPU threads; by default all cores.")]
Engine = Annotated[str, typer.Option(help="torch, compiled, onnx, or auto: the fastest as far as was measured here.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]


@app.callback(invoke_without_command=True)
def no_verb(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False
) -> None:
    """Anime avatars (二次元): draw them, learn them from pictures, steer them, redo them.

    `nijigen draw -n 16 --seed alice --sheet`
    """
    if version:
        print(nijigen.__version__)
    elif context.invoked_subcommand is None:
        print(context.get_help())
