"""The commands and the Python blocks of both READMEs and of docs/ do what they say, run in order in an empty folder."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "README.zh-CN.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md"))]
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)

# A reader's run is long; here a few steps show that the command is right.
SHORTER = {
    "nijigen train adaattn-laptop": ["--images", "32", "--set", "output.metrics_every=16"],
    "nijigen train": ["--images", "192", "--set", "output.metrics_every=96"],
    "nijigen project": ["--steps", "40"],
    "nijigen style --fast": ["--size", "64"],
    "nijigen style": ["--steps", "2", "--size", "32"],
    "nijigen generate --style-image": ["--style-steps", "2"],
}

# What needs weights of others is shown where they lie beside the checkout or in a folder of NIJIGEN_WEIGHTS.
BESIDE = ROOT.parent / "shared" / "weights"
NEEDS = {
    "nijigen style": "vgg19-conv3_4",
    "nijigen stylize": "cartoongan-hayao",
    "nijigen --style-image": "vgg19-conv3_4",
    "--recipe styled": "vgg19-conv3_4",
    "generate runs/waves": "vgg19-conv3_4",  # which that one trains
    "--photos cartoongan-laptop": "vgg19-conv3_4",
    "--photos adaattn-laptop": "vgg19-conv3_4",
}

# What needs a program that is no part of Python is shown where it is installed.
PROGRAMS = {"nijigen export --to web": "npm", "curl": "curl"}


def blocks(document: str) -> list[tuple[str, str]]:
    """(language, text) of each block of a document that can be run."""
    return BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))


def commands(text: str) -> list[list[str]]:
    """The command lines of a console block; ``make`` is run by CI itself, ``pip`` by make."""
    lines = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    return [words for line in lines if (words := shlex.split(line, comments=True))[0] not in ("make", "pip")]


def of(table: dict[str, Any], run: list[str], otherwise: Any) -> Any:
    """The row of a table whose words a command begins with, or has among its others."""
    return next((row for words, row in table.items() if set(words.split()) <= set(run)), otherwise)


def lay_out_pictures(folder: Path) -> None:
    """What the documents assume a reader has: a zip of labelled pictures."""
    from nijigen.illustrator import compose

    rows = ["file_name,hair_color,eye_color"]
    with zipfile.ZipFile(folder / "my-pictures.zip", "w") as archive:
        for index in range(96):
            person = compose(index)
            archive.writestr(f"faces/{index:03d}.png", person.png(96))
            rows.append(f"{index:03d}.png,{person.attributes['hair_color']},{person.attributes['eye_color']}")
        archive.writestr("faces/metadata.csv", "\n".join(rows))
    with zipfile.ZipFile(folder / "my-pictures.zip") as archive:
        archive.extractall(folder / "my-pictures")


def usable(weights: str, environment: dict[str, str]) -> bool:
    """Whether weights of others are here, so that a command that needs them can be run."""
    from nijigen.weights import find_file, known_weights

    if not weights:
        return True
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIJIGEN_WEIGHTS", environment.get("NIJIGEN_WEIGHTS", ""))
        return find_file(known_weights(weights).file) is not None


@contextmanager
def served(document: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A server as `nijigen serve` starts it, where a document asks one with curl."""
    runs = [run for language, text in blocks(document) if language == "console" for run in commands(text)]
    if not any(run[0] == "curl" for run in runs):
        yield
        return
    command = [sys.executable, "-m", "nijigen", "serve", "--api-only", "--quiet"]
    running = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        for _ in range(240):
            with suppress(OSError), urllib.request.urlopen("http://127.0.0.1:7860/api/v1/ready", timeout=5):
                break
            assert running.poll() is None
            time.sleep(0.25)
        else:
            raise AssertionError("nijigen serve was not ready within a minute")
        assert running.poll() is None  # it is ours that answers
        yield
    finally:
        running.terminate()
        try:
            running.wait(60)
        except subprocess.TimeoutExpired:
            running.kill()


def translations(document: str) -> list[str]:
    """The same document in other languages."""
    return [name for name in DOCUMENTS if name == document.replace(".md", ".zh-CN.md")]


@pytest.mark.slow
@pytest.mark.parametrize("document", [name for name in DOCUMENTS if blocks(name) and ".zh-CN." not in name])
def test_document(document: str, tmp_path: Path) -> None:
    lay_out_pictures(tmp_path)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NIJIGEN_HOME": str(tmp_path / "home"),
    }
    if BESIDE.is_dir():
        environment.setdefault("NIJIGEN_WEIGHTS", str(BESIDE))
    with served(document, tmp_path, environment):
        done = run_all(document, tmp_path, environment, [])
        for name in translations(document):
            run_all(name, tmp_path, environment, done)


def run_all(document: str, tmp_path: Path, environment: dict[str, str], already: list[list[str]]) -> list[list[str]]:
    """Run the blocks of a document, in order; what ran already to the letter, as in another language, is shown."""
    ran = []
    for language, text in blocks(document):
        runs = [[sys.executable, "-c", text]] if language == "python" else commands(text)
        for run in runs:
            if run in already or not usable(of(NEEDS, run, ""), environment):
                continue
            if not shutil.which(of(PROGRAMS, run, "") or sys.executable):
                continue
            words = run + of(SHORTER, run, [])
            done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
            assert done.returncode == 0, f"{document}: {' '.join(run)}\n{done.stdout}\n{done.stderr}"
            ran.append(run)
    return ran


def test_the_readmes_show_the_same_commands() -> None:
    english, chinese = (
        [words[:2] for language, text in blocks(name) if language == "console" for words in commands(text)]
        for name in DOCUMENTS[:2]
    )
    assert english == chinese


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert (ROOT / document).parent.joinpath(target).exists(), f"{document} links to {target}"
