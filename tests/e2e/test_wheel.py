"""A wheel built from the tree works outside the checkout: every file it needs is inside."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def run(arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run Python in a folder; returns what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    plain = {**os.environ, "NIJIGEN_HOME": str(tmp_path / "home"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    run(
        ["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path / "wheels"), str(ROOT)],
        tmp_path,
        plain,
    )
    (wheel,) = (tmp_path / "wheels").glob("nijigen-*.whl")
    site = tmp_path / "site"
    run(["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)], tmp_path, plain)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    installed = {**plain, "PYTHONPATH": str(site)}
    where = run(["-c", "import nijigen; print(nijigen.__file__)"], elsewhere, installed)
    assert Path(where.strip()).is_relative_to(site)
    run(["-m", "nijigen", "draw", "-n", "2", "--set", "发色=粉色", "--size", "64"], elsewhere, installed)
    run(["-m", "nijigen", "draw", "-n", "1", "--text", "粉色短发", "--size", "64"], elsewhere, installed)
    run(["-m", "nijigen", "generate", "-n", "1", "--out", "bundled"], elsewhere, installed)
    run(["-m", "nijigen", "edit", "bundled/avatar-0000.png", "--set", "hair_color=blue"], elsewhere, installed)
    run(["-m", "nijigen", "recipes"], elsewhere, installed)
    run(["-m", "nijigen", "prepare", "chibi:32", "tiny", "--size", "16"], elsewhere, installed)
    overrides = ["--set", "resolution=16", "--set", "batch=8", "--set", "network.width=4"]
    run(
        ["-m", "nijigen", "train", "tiny", "--recipe", "dcgan-laptop-64", "--images", "32", "--out", "run", *overrides],
        elsewhere,
        installed,
    )
    run(["-m", "nijigen", "generate", "--model", "run", "-n", "2"], elsewhere, installed)
    assert len(list((elsewhere / "avatars").glob("avatar-*.png"))) == 2
