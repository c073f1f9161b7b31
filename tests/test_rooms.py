"""The house is built upward: rooms (folders and single files of the package) never import each other in a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import nijigen

HOUSE = Path(nijigen.__file__).parent
DOORS = ("__init__", "__main__")  # what a user enters by leads everywhere


class Imports(ast.NodeVisitor):
    """The modules of nijigen that a file imports, in functions too; not what is there for type checkers alone."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" not in ast.unparse(node.test):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.found |= {f"{node.module}.{alias.name}" for alias in node.names}


def imported(text: str) -> set[str]:
    """Rooms that a file's text imports."""
    visitor = Imports()
    visitor.visit(ast.parse(text))
    parts = [name.split(".") for name in visitor.found]
    return {names[1] for names in parts if names[0] == "nijigen" and len(names) > 1}


def rooms() -> Iterator[tuple[str, Path]]:
    for file in HOUSE.rglob("*.py"):
        room = file.relative_to(HOUSE).parts[0].removesuffix(".py")
        if room not in DOORS:
            yield room, file


def test_no_two_rooms_import_each_other() -> None:
    arrows: dict[str, set[str]] = {}
    for room, file in rooms():
        arrows.setdefault(room, set()).update(imported(file.read_text(encoding="utf-8")) - {room})
    known = {room: others & arrows.keys() for room, others in arrows.items()}
    assert len(known) > 30
    TopologicalSorter(known).prepare()  # CycleError names the circle


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from nijigen.data.chibi import draw", {"data"}),
        ("from nijigen import errors, files", {"errors", "files"}),
        ("import nijigen.engine.model as m", {"engine"}),
        ("def f():\n    from nijigen.cli import app", {"cli"}),
        ("if TYPE_CHECKING:\n    from nijigen.cli import app", set()),
        ("import torch", set()),
    ],
)
def test_what_is_an_import(text: str, found: set[str]) -> None:
    assert imported(text) == found
