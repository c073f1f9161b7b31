"""Valid files, damaged at random: each is read or refused in one line; nothing runs, and memory stays bounded."""

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interop.test_hostile import NETWORKS, run_child

from nijigen.errors import NijigenError
from nijigen.interop.checkpoint import open_checkpoint
from nijigen.interop.importing import import_model
from nijigen.interop.layouts import read_foreign
from nijigen.models.package import load_package

NUMBERS = (0, 1, 0x7F, 0xFF, 2**15, 2**31 - 1, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
OPCODES = b".(0125FIJKLMNPQRSTUVXabcdeghijlopqrstu)]}\x80\x81\x82\x85\x86\x87" + bytes(range(0x8A, 0x97))


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A file of each layout and container."""
    folder = tmp_path_factory.mktemp("valid")
    return {name: write(folder / name).read_bytes() for name, write in NETWORKS.items()}


def damaged(data: bytes, random: random.Random) -> bytes:
    """One to six changes: bits, bytes, lengths, opcodes, pieces taken out, doubled or moved."""
    made = bytearray(data)
    for _ in range(random.randint(1, 6)):
        reach = min(len(made), 12_000)
        at = random.randrange(reach) if random.random() < 0.7 else len(made) - 1 - random.randrange(reach)
        size = random.choice((1, 2, 4, 8, 40))
        way = random.randrange(6)
        if way == 0:
            made[at] ^= 1 << random.randrange(8)
        elif way == 1:
            made[at] = random.choice(OPCODES)
        elif way == 2:
            made[at : at + 8] = struct.pack("<Q", random.choice(NUMBERS))[: random.choice((1, 2, 4, 8))]
        elif way == 3:
            del made[at : at + size]
        elif way == 4:
            made[at:at] = made[at : at + size]
        else:
            other = random.randrange(reach)
            made[at : at + size] = made[other : other + size]
    return bytes(made)


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=120)
@given(seed=st.integers(0, 2**32))
def test_imported_or_refused(
    name: str, seed: int, valid: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / f"fuzzed-{name}.pkl"
    file.write_bytes(damaged(valid[name], random.Random(seed)))
    out = file.with_suffix(".safetensors")
    out.unlink(missing_ok=True)
    try:
        import_model(file, out)
    except NijigenError as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert not out.exists()
    else:
        load_package(out)


@settings(max_examples=200)
@given(data=st.binary(max_size=200))
def test_any_bytes(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.pkl"
    file.write_bytes(data)
    with pytest.raises(NijigenError), open_checkpoint(file) as checkpoint:
        read_foreign(checkpoint, "auto", "G_ema")


@settings(max_examples=200)
@given(codes=st.lists(st.sampled_from(OPCODES), max_size=300), seed=st.integers(0, 2**32))
def test_any_instructions(codes: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Opcodes in any order, with arguments short enough to be met often."""
    numbers = random.Random(seed)
    file = tmp_path_factory.getbasetemp() / "codes.pkl"
    file.write_bytes(b"".join(bytes([code]) + bytes(numbers.randrange(3) for _ in range(numbers.randrange(5)))
                              for code in codes) + b".")  # fmt: skip
    with pytest.raises(NijigenError), open_checkpoint(file) as checkpoint:
        read_foreign(checkpoint, "auto", "G_ema")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux has it")
@pytest.mark.parametrize("count", [150, pytest.param(3_000, marks=pytest.mark.slow)])
def test_under_a_limit_of_memory_with_all_calls_watched(valid: dict[str, bytes], tmp_path: Path, count: int) -> None:
    for name, write in NETWORKS.items():
        write(tmp_path / f"valid-{name}")
    for number in range(count):
        source = list(valid.values())[number % len(valid)]
        (tmp_path / f"fuzzed-{number:05d}").write_bytes(damaged(source, random.Random(number)))
    found = run_child(tmp_path)
    assert len(found) == count + len(NETWORKS)
    assert all(said.startswith(("read ", "refused ")) for said in found.values())
    assert sum(said.startswith("refused") for name, said in found.items() if name.startswith("fuzzed")) > 0
