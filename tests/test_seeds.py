"""Seeds: integers stand for themselves, texts for one number each, and every part of a derivation counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.errors import NijigenError
from nijigen.seeds import SEED_LIMIT, derive, seed_number

numbers = st.integers(0, SEED_LIMIT - 1)


@given(numbers)
def test_an_integer_and_its_digits_are_one_seed(number: int) -> None:
    assert seed_number(number) == seed_number(str(number)) == number


@given(st.text())
def test_any_text_is_a_seed_in_range(text: str) -> None:
    assert 0 <= seed_number(text) < SEED_LIMIT


@pytest.mark.parametrize("text", ["9" * 5000, "-", "٣", "\udcff", ""])
def test_odd_texts_are_seeds_too(text: str) -> None:
    """More digits than Python converts, a sign, digits of other scripts, bytes that are no UTF-8, nothing."""
    assert 0 <= seed_number(text) < SEED_LIMIT
    assert seed_number(text) == seed_number(text)


def test_known_numbers_never_change() -> None:
    """Avatars made with a text seed last year must come back: these are part of the format."""
    assert seed_number("alice") == 8117968587418594811
    assert derive(7, "z") == 7731377178196697069


def test_one_word_typed_on_two_keyboards_is_one_seed() -> None:
    assert seed_number("Cafe\u0301") == seed_number("Caf\u00e9") != seed_number("Cafe")
    assert seed_number("が") == seed_number("か\u3099")


@pytest.mark.parametrize("seed", [-1, SEED_LIMIT, "-1", "-" + "9" * 5000])
def test_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(NijigenError, match="out of range"):
        seed_number(seed)


@given(
    st.lists(numbers | st.text(alphabet="abc:"), max_size=4), st.lists(numbers | st.text(alphabet="abc:"), max_size=4)
)
def test_different_parts_give_different_numbers(first: list[int | str], second: list[int | str]) -> None:
    assert (derive(*first) == derive(*second)) == (first == second)


def test_a_number_and_its_digits_are_different_parts() -> None:
    assert derive(1) != derive("1")
    assert derive("a", "b") != derive("ab") != derive("b", "a")
