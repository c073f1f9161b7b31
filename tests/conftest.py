"""Fixtures shared by every test."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real pictures for tests, which is not part of the project."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"no real pictures: {folder.name}/ is not beside the checkout")
    return folder
