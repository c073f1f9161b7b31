"""The table of recipes for people: columns that hold, groups, and a foot that says what is meant."""

from typing import Any

import pytest

from nijigen.training.listing import list_recipes
from nijigen.training.recipe_table import WIDTH, about, short, table_lines


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    found = list_recipes(speed=False)
    for row in found:
        row |= {"images_per_second": 0.0012, "seconds": 1.9e9}
    return found


def test_figures_fit_into_a_hundred_columns(rows: list[dict[str, Any]]) -> None:
    lines = table_lines(rows, 100)
    assert max(map(len, lines)) <= WIDTH
    for row in rows:
        at = next(index for index, line in enumerate(lines) if line.startswith(f"{row['name']} "))
        assert row["family"] in lines[at]
        assert lines[at + 1].strip() == row["description"]
    ends = {len(line) for line in lines if line.endswith(" GB")}
    assert ends == {len(lines[0])}  # the columns hold, of every recipe


def test_a_wide_terminal_has_a_line_a_recipe(rows: list[dict[str, Any]]) -> None:
    lines = table_lines(rows, 250)
    by_name = {line.split()[0]: line for line in lines if line}
    assert all(by_name[row["name"]].endswith(f" GB  {row['description']}") for row in rows)


def test_a_recipe_to_start_with_and_what_the_columns_mean(rows: list[dict[str, Any]]) -> None:
    text = "\n".join(table_lines(rows, 100)).replace("\n    ", " ")
    assert "start here: nijigen train DATASET --recipe dcgan-quick-32" in text
    for word in ("G, D:", "memory:", "time:", "nijigen bench RECIPE measures", "laptop:", "\n\n64 px\n"):
        assert word in text


def test_without_speed_there_are_question_marks() -> None:
    lines = table_lines(list_recipes(speed=False)[:1], 100)
    assert lines[3].split().count("?") == 2


def test_on_a_gpu_other_words() -> None:
    rows = list_recipes(speed=False)
    for row in rows:
        row["memory_here"] = row["memory"]
    assert "memory: on the GPU" in "\n".join(table_lines(rows, 100))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (35, "35 s"),
        (89.4, "89 s"),
        (540, "9 min"),
        (18000, "5 h"),
        (40 * 86400, "40 days"),
        (3.21e7, "370 days"),
        (2e9, "63 years"),
    ],
)
def test_times_are_short(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_counts_are_short() -> None:
    assert [short(count) for count in (950, 40_000, 150_000, 2_000_000, 8_400_000, 25_000_000)] == [
        "950",
        "40k",
        "150k",
        "2M",
        "8.4M",
        "25M",
    ]
