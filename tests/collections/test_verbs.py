"""`nijigen collect` and `nijigen collection`, as a person types them."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Draw = Callable[..., bytes]
Command = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: Draw) -> Iterator[Path]:
    """An empty home, and a folder with three avatars: 0 and 1 pink, 2 blue."""
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NIJIGEN_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    for seed, colour in enumerate(("pink", "pink", "blue")):
        (tmp_path / f"{seed}.png").write_bytes(drawn(seed, hair_color=colour))
    return tmp_path


def test_collect_and_list(home: Path, command: Command) -> None:
    assert "nothing is kept yet" in command("collection").out
    assert (
        command("collect", "0.png", "1.png", "2.png", "--note", "for the forum").out == "favourites holds 3 avatars\n"
    )
    assert command("collect", "0.png").out == "favourites holds 3 avatars\n"
    assert command("collect", "2.png", "--to", "英雄").out == "英雄 holds 1 avatar\n"
    assert command("collection").out == "favourites: 3 avatars\n英雄: 1 avatar\n"
    assert json.loads(command("collection", "--json").out) == [
        {"name": "favourites", "count": 3},
        {"name": "英雄", "count": 1},
    ]
    lines = command("collection", "favourites").out.splitlines()
    assert len(lines) == 3
    assert "illustrator 2" in lines[0]
    assert "hair_color=blue" in lines[0]
    assert lines[0].endswith("— for the forum")
    assert command("collect", "0.png", "--quiet").out == ""


def test_search(home: Path, command: Command) -> None:
    command("collect", "0.png", "1.png", "2.png", "--note", "for the forum")
    found = json.loads(command("collection", "favourites", "--set", "发色＝粉色", "--json").out)
    assert (found["count"], [kept["seed"] for kept in found["kept"]]) == (2, [1, 0])
    assert found["kept"][0]["added"].endswith("Z")
    assert len(command("collection", "--text", "forum", "--set", "hair=blue").out.splitlines()) == 1
    assert command("collection", "--text", "elsewhere").out == "nothing kept fits\n"
    lines = command("collection", "favourites", "--limit", "1").out.splitlines()
    assert lines[1:] == ["1 of 3 avatars: --offset 1 shows more"]
    assert len(command("collection", "favourites", "--offset", "1").out.splitlines()) == 2
    assert len(command("collection", "--model", "illustrator").out.splitlines()) == 3


def test_export(home: Path, command: Command, drawn: Draw) -> None:
    command("collect", "0.png", "1.png", "2.png")
    assert command("collection", "favourites", "--export", "zip", "--out", "a.zip").out == "3 avatars in a.zip\n"
    with zipfile.ZipFile("a.zip") as archive:
        assert {archive.read(name) for name in archive.namelist() if name.endswith(".png")} == {
            drawn(0, hair_color="pink"),
            drawn(1, hair_color="pink"),
            drawn(2, hair_color="blue"),
        }
    command("collection", "--set", "hair_color=pink", "--export", "sheet", "--out", "pink")
    assert {path.name for path in Path("pink").iterdir()} == {"favourites.png", "favourites.json"}
    assert len(json.loads(Path("pink/favourites.json").read_text("utf-8"))["frames"]) == 2
    command("collection", "favourites", "--limit", "1", "--export", "stickers", "--out", "s")
    assert len(list(Path("s").rglob("*.*"))) == 3


def test_remove(home: Path, command: Command) -> None:
    command("collect", "0.png", "1.png", "2.png")
    kept = json.loads(command("collection", "favourites", "--json").out)["kept"]
    idents = [row["ident"] for row in kept]
    command("collection", "--remove", idents[0], "--remove", "0" * 16).refused("nothing is kept under")
    assert command("collection").out == "favourites: 3 avatars\n"
    assert command("collection", "--remove", idents[0], "--remove", idents[1]).out == "removed 2 avatars\n"
    assert command("collection", "favourites").out.startswith(idents[2])
    command("collect", "0.png", "--to", "heroes")
    command("collection", "heroes", "--remove", idents[2]).refused(f"{idents[2]} is in favourites, not in heroes")


def test_a_missing_file_is_shown(home: Path, command: Command) -> None:
    command("collect", "0.png")
    (file,) = (home / "home").rglob("*.png")
    file.unlink()
    assert command("collection", "favourites").out.endswith("[its file is missing]\n")
    command("collection", "favourites", "--export", "zip", "--out", "a.zip").refused(
        "is missing: add the picture again"
    )
    assert not Path("a.zip").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["collect", "nowhere.png"], ["nowhere.png does not exist"]),
        (["collect", "0.png", "plain.png"], ["plain.png carries no birth certificate"]),
        (["collect", "text.png"], ["text.png is no PNG and no WebP"]),
        (["collect", "0.png", "--to", ""], ["a collection's name has 1 to 80 characters"]),
        (["collect", "0.png", "--note", "a" * 2_001], ["at most 2,000 characters"]),
        (["collect"], ["collect --help"]),
        (["collection", "favorites"], ["no collection 'favorites' (did you mean favourites?)"]),
        (["collection", "--set", "hair"], ["--set 'hair' is not key=value"]),
        (["collection", "--set", "hair_color=pnk"], ["did you mean pink?"]),
        (["collection", "--export", "zip"], ["--export and --out go together"]),
        (["collection", "--out", "a.zip"], ["--export and --out go together"]),
        (["collection", "--export", "rar", "--out", "a.zip"], ["--export rar: use zip, sheet, stickers"]),
        (["collection", "favourites", "--set", "hair=blue", "--export", "zip", "--out", "a.zip"], ["nothing to pack"]),
        (["collection", "--remove", "a", "--text", "b"], ["--remove takes what a listing names"]),
        (["collection", "favourites", "--limit", "0"], ["a page of 0"]),
        (["collection", "favourites", "--limit", "2000"], ["use 1 to 1,000"]),
    ],
)
def test_mistakes(home: Path, command: Command, arguments: list[str], words: list[str]) -> None:
    from PIL import Image

    Image.new("RGB", (4, 4)).save("plain.png")
    Path("text.png").write_text("hello", encoding="utf-8")
    command("collect", "1.png")
    command(*arguments).refused(*words)
    assert not Path("a.zip").exists()


def test_help_has_examples(command: Command) -> None:
    assert "nijigen collect avatars/" in command("collect", "--help").out
    assert "--export stickers" in command("collection", "--help").out
