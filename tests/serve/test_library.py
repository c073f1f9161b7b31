"""Models that are here and cannot be opened: the server's fault, whose reason only its log has."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed: the extra [serve]")

from nijigen.serve.library import ClosedModelError
from nijigen.serve.problems import of_mistake
from nijigen.serve.settings import Settings
from nijigen.serve.shelf import UnknownModelError
from nijigen.serve.workshop import Workshop


def cut_short(model: Path) -> Path:
    """Have the weights of a model end too early; returns their file."""
    place = max((path for path in model.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    place.write_bytes(place.read_bytes()[:-8])
    return place


def test_a_model_that_cannot_be_opened(tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_run, broken)

    async def visit() -> None:
        workshop = Workshop(Settings(models=("chibi", str(broken)), threads=1, device="cpu", quiet=True))
        place = cut_short(workshop.shelf.path("tiny-run"))
        with pytest.raises(ClosedModelError) as closed:
            await workshop.model("tiny-run")
        answer = of_mistake(closed.value)
        assert answer.status_code == 500
        assert "tiny-run cannot be opened" in json.loads(bytes(answer.body))["detail"]
        assert str(tmp_path).encode() not in bytes(answer.body)
        with pytest.raises(UnknownModelError):
            await workshop.model("tiny-rum")
        shutil.copyfile(tiny_run / "model" / place.name, place)  # mended meanwhile
        assert await workshop.model("tiny-run")
        await workshop.close()

    asyncio.run(visit())
    assert str(tmp_path) in capsys.readouterr().err


def test_who_opens_a_model_is_at_work(tiny_run: Path) -> None:
    async def visit() -> None:
        workshop = Workshop(Settings(models=(str(tiny_run),), threads=1, device="cpu", quiet=True))
        assert workshop.idle
        opening = asyncio.create_task(workshop.model())
        await asyncio.sleep(0)
        assert not workshop.idle
        await opening
        assert workshop.idle
        await workshop.close()

    asyncio.run(visit())


def test_who_starts_the_server_is_told_why(tiny_run: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_run, broken)

    async def visit() -> None:
        workshop = Workshop(Settings(models=(str(broken),), threads=1, device="cpu", quiet=True))
        place = cut_short(workshop.shelf.path("tiny-run"))
        mistake = await workshop.warm()
        assert place.name in str(mistake)
        assert not isinstance(mistake, ClosedModelError)
        await workshop.close()

    asyncio.run(visit())
