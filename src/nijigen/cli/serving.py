"""The verb that opens the studio and the API: serve."""

from typing import Annotated

import typer

from nijigen.cli.app import Device, Engine, Quiet, Threads, app


@app.command()
def serve(
    model: Annotated[
        list[str] | None,
        typer.Option(help="A name, a run folder, a model folder or a file. Repeatable; the first is the default."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on; beyond 127.0.0.1 a token is needed.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any that is free.")] = 7860,
    token: Annotated[
        str | None,
        typer.Option(envvar="NIJIGEN_TOKEN", help="What clients must show; one is made where it is needed."),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name that the server is reached by. Repeatable.")
    ] = None,
    cors: Annotated[
        list[str] | None, typer.Option(metavar="ORIGIN", help="A web site whose pages may use the API. Repeatable.")
    ] = None,
    api_only: Annotated[
        bool, typer.Option("--api-only", help="The API without the studio, which starts sooner.")
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Open it in this computer's browser.")] = False,
    engine: Engine = "auto",
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """The studio at `/` and the API at `/api/v1`, in one process and without the network. Ctrl-C ends it.

    `nijigen serve --open`

    `nijigen serve --model runs/faces --model chibi --port 8080`

    `nijigen serve --api-only --quiet` — docs/api.md tells how to ask it

    `nijigen serve --host 0.0.0.0 --allow-host avatars.example.com` — for others too: a token is made and shown
    """
    from nijigen.terminal import need_extra

    need_extra("serve", "fastapi", "uvicorn", "multipart", "gradio", "sqlalchemy", "alembic")
    from nijigen.serve.running import run_server
    from nijigen.serve.settings import Settings, check_origin, secret_of

    settings = Settings(
        models=tuple(model or ()),
        host=host,
        port=port,
        token=secret_of(token),
        hosts=tuple(allow_host or ()),
        origins=tuple(check_origin(origin) for origin in cors or ()),
        device=device,
        threads=threads,
        engine=engine,
        quiet=quiet,
        studio=not api_only,
    )
    run_server(settings, show)
