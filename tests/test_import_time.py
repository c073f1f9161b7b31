"""Starting is cheap because nothing heavy is imported: proved by what is loaded, not by a clock."""

import subprocess
import sys

import pytest

import nijigen

HEAVY = {"torch", "numpy", "PIL", "pydantic", "typer", "rich", "safetensors", "psutil", "resvg_py"}


def loaded_by(code: str) -> set[str]:
    """The top-level modules a fresh interpreter has loaded after ``code``."""
    probe = f"{code}\nimport sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_nijigen_loads_nothing_heavy() -> None:
    assert not loaded_by("import nijigen; dir(nijigen); nijigen.__version__") & HEAVY


def test_help_loads_neither_torch_nor_numpy() -> None:
    start = "import sys; sys.argv = ['nijigen', '--help']\nfrom nijigen.cli import main"
    code = f"{start}\ntry: main()\nexcept SystemExit: pass"
    assert not loaded_by(code) & {"torch", "numpy", "PIL", "pydantic", "safetensors"}


def test_the_schema_and_the_store_need_no_torch() -> None:
    code = "from nijigen.schema import AttributeSchema; from nijigen.store import find_model; import nijigen.training"
    assert not loaded_by(code) & {"torch", "numpy"}


def test_a_file_is_held_to_its_certificate_without_torch() -> None:
    assert "torch" not in loaded_by("import nijigen.provenance.statement, nijigen.enlarge.certificate")


def test_the_server_listens_before_torch_is_there() -> None:
    pytest.importorskip("fastapi", reason="fastapi is not installed: the extra [serve]")
    assert "torch" not in loaded_by("import nijigen.serve.app")


@pytest.mark.parametrize("name", nijigen.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(nijigen, name).__doc__


def test_no_other_name_is_there() -> None:
    assert dir(nijigen) == sorted(nijigen.__all__)
    with pytest.raises(AttributeError, match="no attribute 'stilize'"):
        _ = nijigen.stilize
