"""What is kept of real pictures is what would be gathered; damaged, it is gathered again."""

from pathlib import Path

import pytest
import torch

from nijigen.data import Dataset
from nijigen.evaluate import references
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.references import Reference, find_reference, is_kept
from nijigen.store import home


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))


def kept_files() -> list[Path]:
    return sorted((home() / "cache" / "references").glob("*"))


def same(one: Reference, other: Reference) -> bool:
    pairs = [(one.rows, other.rows), (one.places, other.places)]
    pairs += [(getattr(one.moments, name), getattr(other.moments, name)) for name in ("mean", "scatter")]
    pairs += [(getattr(one.spreads, name), getattr(other.spreads, name)) for name in ("counts", "sums", "squares")]
    return one.count == other.count and one.digest == other.digest and all(torch.equal(*pair) for pair in pairs)


def test_kept_is_gathered(tiny_dataset: Path, looker: Looker) -> None:
    dataset = Dataset.open(tiny_dataset)
    assert not is_kept(dataset, looker, 1000)
    gathered = find_reference(dataset, looker, 1000)
    assert is_kept(dataset, looker, 1000)
    kept, fresh = find_reference(dataset, looker, 1000), find_reference(dataset, looker, 1000, cache=False)
    assert (gathered.cached, kept.cached, fresh.cached) == (False, True, False)
    assert same(gathered, kept)
    assert same(gathered, fresh)
    pictures = torch.stack([torch.from_numpy(row) for row in dataset.load().images.numpy()])
    torch.testing.assert_close(gathered.rows, looker.extractor(pictures))
    assert gathered.moments.count == dataset.count


def test_damage_is_found_and_mended(tiny_dataset: Path, looker: Looker) -> None:
    dataset = Dataset.open(tiny_dataset)
    whole = find_reference(dataset, looker, 1000)
    (file,) = kept_files()
    good = file.read_bytes()
    flipped = bytearray(good)
    flipped[-100] ^= 1
    for damaged in (bytes(flipped), good[:-7], b"", b"not a cache"):
        file.write_bytes(damaged)
        mended = find_reference(dataset, looker, 1000)
        assert not mended.cached
        assert same(mended, whole)
        assert file.read_bytes() == good


def test_another_extractor_or_number_of_pictures_is_another_reference(tiny_dataset: Path, looker: Looker) -> None:
    dataset = Dataset.open(tiny_dataset)
    first = find_reference(dataset, looker, 1000)
    looker.extractor.digest = "6" * 64
    other = find_reference(dataset, looker, 1000)
    fewer = find_reference(dataset, looker, 10)
    assert len({first.digest, other.digest, fewer.digest}) == 3
    assert (fewer.count, fewer.places.tolist()) == (10, [i * dataset.count // 10 for i in range(10)])
    assert len(kept_files()) == 3


def test_rows_are_held_within_bounds_and_moments_of_all(
    tiny_dataset: Path, looker: Looker, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = Dataset.open(tiny_dataset)
    whole = find_reference(dataset, looker, 1000)
    monkeypatch.setattr(references, "HELD_BYTES", 4 * 48 * 10)
    held = find_reference(dataset, looker, 1000)
    assert len(held.rows) == 10
    assert torch.equal(held.rows, whole.rows[held.places])
    assert torch.equal(held.moments.scatter, whole.moments.scatter)


def test_the_oldest_make_room(tiny_dataset: Path, looker: Looker, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset.open(tiny_dataset)
    find_reference(dataset, looker, 64)
    monkeypatch.setattr(references, "CACHE_BYTES", kept_files()[0].stat().st_size + 1)
    find_reference(dataset, looker, 63)
    assert not is_kept(dataset, looker, 64)
    assert is_kept(dataset, looker, 63)


def test_a_cache_that_cannot_be_written_costs_no_result(
    tiny_dataset: Path, looker: Looker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder is wanted")
    monkeypatch.setenv("NIJIGEN_HOME", str(blocked))
    assert find_reference(Dataset.open(tiny_dataset), looker, 1000).count == Dataset.open(tiny_dataset).count
