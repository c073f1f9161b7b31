"""Checkpoints: whole or not there, and any damage leads to the one before with nothing lost."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.training.checkpoint import list_checkpoints, load_newest, save_checkpoint

Make = Callable[..., Any]
FACTS = {"recipe": {"images": 320}, "window": {"sums": {"loss": 1.25}, "counts": {"loss": 2}}}


def save(folder: Path, images: int, keep: int = 2) -> Path:
    tensors = {"weight": torch.full((2, 3), float(images)), "step": torch.tensor(float(images))}
    return save_checkpoint(folder, images, tensors, FACTS, keep)


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    save(tmp_path, 320)
    found, remarks = load_newest(tmp_path)
    assert found is not None
    assert (found.images, remarks) == (320, [])
    assert {key: found.facts[key] for key in FACTS} == FACTS
    assert torch.equal(found.tensors["weight"], torch.full((2, 3), 320.0))
    assert found.tensors["step"].shape == ()


def test_no_folder_is_no_checkpoint(tmp_path: Path) -> None:
    assert load_newest(tmp_path / "none") == (None, [])


def test_the_newest_stay(tmp_path: Path) -> None:
    for images in (8, 16, 999_999_999, 1_000_000_000):
        save(tmp_path, images, keep=2)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["999999999", "1000000000"]
    found, _ = load_newest(tmp_path)
    assert found is not None
    assert found.images == 1_000_000_000


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-data[-1] % 40 - 2] ^= 0x10
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xff" * 300)


DAMAGES = [truncate, flip, empty, remove, garbage]


@pytest.mark.parametrize("file", ["state.safetensors", "state.json"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_leads_to_the_one_before(file: str, damage: Callable[[Path], None], tmp_path: Path) -> None:
    save(tmp_path, 8)
    damage(save(tmp_path, 16) / file)
    found, remarks = load_newest(tmp_path)
    assert found is not None
    assert found.images == 8
    assert len(remarks) == 1
    assert "000000016 is damaged" in remarks[0]


def test_every_flipped_bit_of_the_facts_is_noticed(tmp_path: Path) -> None:
    """A digit of a counter that turned into another digit is valid JSON, and still damage."""
    path = save(tmp_path, 320) / "state.json"
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in (1, 2, 16):
            changed = bytearray(whole)
            changed[place] ^= bit
            if _same_meaning(bytes(changed), whole):
                continue
            path.write_bytes(changed)
            try:
                found, _ = load_newest(tmp_path)
            except NijigenError:
                assert json.loads(changed)["format_version"] > 1  # refused as newer, which is as good
                continue
            assert found is None, (place, bit, changed[max(0, place - 20) : place + 20])


def _same_meaning(changed: bytes, whole: bytes) -> bool:
    try:
        return bool(json.loads(changed) == json.loads(whole))
    except ValueError:
        return False


def test_all_damaged_is_said_and_none_is_found(tmp_path: Path) -> None:
    for images in (8, 16):
        truncate(save(tmp_path, images) / "state.safetensors")
    found, remarks = load_newest(tmp_path)
    assert found is None
    assert len(remarks) == 2


def test_what_was_just_written_is_never_cleaned_up_for_a_damaged_newer_one(tmp_path: Path) -> None:
    save(tmp_path, 8, keep=1)
    truncate(save(tmp_path, 24, keep=1) / "state.safetensors")
    save(tmp_path, 16, keep=1)
    found, _ = load_newest(tmp_path)
    assert found is not None
    assert found.images == 16


def test_a_newer_format_is_refused_not_skipped(tmp_path: Path) -> None:
    save(tmp_path, 8)
    file = save(tmp_path, 16) / "state.json"
    facts = json.loads(file.read_text())
    file.write_text(json.dumps({**facts, "format_version": 99}))
    with pytest.raises(NijigenError, match=r"format 99.*update nijigen"):
        load_newest(tmp_path)


def test_a_failed_write_leaves_the_earlier_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, 8)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(tmp_path, 16)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["000000008"]
    found, remarks = load_newest(tmp_path)
    assert found is not None
    assert (found.images, remarks) == (8, [])


@pytest.mark.parametrize("file", ["state.safetensors", "state.json"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_run_with_a_damaged_checkpoint_ends_as_the_unbroken_one(
    file: str,
    damage: Callable[[Path], None],
    tiny_recipe: Make,
    tiny_train: Make,
    tiny_run: Path,
    outcome: Make,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / tiny_run.name
    shutil.copytree(tiny_run, run)
    damage(run / "checkpoints" / "000000064" / file)
    tiny_train(tiny_recipe(), run, quiet=False)
    said = capsys.readouterr()
    assert "000000064 is damaged" in said.err
    assert "going on from 32 images" in said.out
    assert outcome(run) == outcome(tiny_run)


def test_a_run_whose_checkpoints_are_all_damaged_is_left_as_it_is(
    tiny_recipe: Make, tiny_train: Make, tiny_run: Path, outcome: Make, tmp_path: Path
) -> None:
    run = tmp_path / tiny_run.name
    shutil.copytree(tiny_run, run)
    for path in list_checkpoints(run / "checkpoints"):
        truncate(path / "state.safetensors")
    before = outcome(run)
    with pytest.raises(NijigenError, match="none is whole: to begin again, remove"):
        tiny_train(tiny_recipe(), run)
    assert outcome(run) == before
