"""What people get to read: complete in both languages, escaped, and drawn from the numbers."""

import math
import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from nijigen.doctor import page, words
from nijigen.doctor.case import Case, Series
from nijigen.doctor.diagnosis import calibration, diagnose, how_sure
from nijigen.doctor.finding import ILLNESSES, Change, Diagnosis, Finding, Sign
from nijigen.doctor.plot import blocks, panels, svg
from nijigen.doctor.words import LANGUAGES
from nijigen.training.recipe import load_recipe

Make = Callable[..., Case]
WORDS = tomllib.loads((files("nijigen") / "doctor" / "words.toml").read_text(encoding="utf-8"))


def ill(case: Make) -> tuple[Case, Diagnosis]:
    found = case(diversity=[0.95, 0.2], diversity__nearest=[0.9, 0.1], d__real=2.0, d__held_out=0.2, d__fake=-1.0)
    return found, diagnose(found, fits=lambda words: True)


def entries(table: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, str]]]:
    if "en" in table:
        return [(path, table)]
    return [entry for key, inner in table.items() for entry in entries(inner, f"{path}.{key}")]


def test_both_languages_say_the_same_numbers() -> None:
    for path, entry in entries(WORDS):
        assert set(entry) == set(LANGUAGES), path
        fields = [sorted(name for _, name, _, _ in Formatter().parse(entry[lang]) if name) for lang in LANGUAGES]
        assert fields[0] == fields[1], path
        assert re.search(r"[\u4e00-\u9fff]", entry["zh"]), path


def test_every_illness_is_named() -> None:
    assert set(WORDS["illness"]) == set(WORDS["seen"]) == set(ILLNESSES)


def test_how_sure_is_a_calibrated_curve_that_is_never_certain() -> None:
    assert how_sure(-2) < 0.1 < 0.9 < how_sure(2)
    assert how_sure(99) == 0.99
    assert how_sure(-99) == pytest.approx(0.01)
    assert how_sure(0.3) == pytest.approx(1 / (1 + math.exp(-0.3 * calibration())))


def test_every_key_that_rules_and_remedies_use_has_words() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in (files("nijigen") / "doctor").iterdir() if path.name[-3:] == ".py"
    )
    assert set(re.findall(r'Unknown\("(\w+)"', source)) <= set(WORDS["why"])
    assert set(re.findall(r'Change\(.*, "(\w+)"\)', source)) <= set(WORDS["cost"])
    assert len(re.findall(r'Unknown\("(\w+)"', source)) > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_tell_all(language: words.Language, case: Make) -> None:
    found, diagnosis = ill(case)
    told = page.lines(found, diagnosis, language)
    text = "\n".join(line for _, line in told)
    assert [words.illness(finding.illness, language) in text for finding in diagnosis.findings] == [True, True]
    assert text.count("--set ") >= 2
    assert "▁" in text
    assert "{" not in text
    healthy = case()
    assert words.page("healthy", language) in [
        line for _, line in page.lines(healthy, diagnose(healthy, lambda words: True), language)
    ]


def test_the_section_is_in_both_languages_and_harmless(case: Make) -> None:
    found, diagnosis = ill(case)
    section = page.section(found, diagnosis)
    assert section.count("<svg") == 2
    assert section.count("lang='en'") == section.count("lang='zh'") >= 3
    assert not re.search(r"https?://|<script", section)
    sign = Sign(1.0, {"words": "<script>alert(1)</script>"}, (), "stopped")
    bad = Diagnosis(0, (Finding("divergence", 1.0, sign, (Change(("a=<b>",), "none"),)),), {}, {})
    assert "<script" not in page.section(found, bad)
    assert "<b>" not in page.section(found, bad)


def test_a_new_finding_is_one_line(case: Make) -> None:
    found, diagnosis = ill(case)
    for finding in diagnosis.findings:
        line = page.line(finding, found.images)
        assert "\n" not in line
        assert "Try --set " in line


def test_what_cannot_be_told_is_said_by_reason(case: Make) -> None:
    bare = Case([{"images": 10}], [], load_recipe(case().recipe, ["probe.every=0"]))
    told = page.unknown_line(diagnose(bare, lambda words: True), "en")
    assert "no probes" in told
    assert "too early" in told
    assert page.unknown_line(diagnose(case(), lambda words: True), "en") == ""


def test_the_drawing_shows_the_numbers_and_the_limit(case: Make) -> None:
    found, diagnosis = ill(case)
    collapse = next(finding for finding in diagnosis.findings if finding.illness == "collapse")
    assert [[curve.name for curve, _ in panel] for panel in panels(found, collapse.sign)] == [
        ["diversity"],
        ["diversity.nearest"],
    ]
    drawn = svg(found, collapse.sign)
    lines = [
        [tuple(map(float, point.split(","))) for point in points.split()]
        for points in re.findall(r'points="([^"]+)"', drawn)
    ]
    curve, limit = lines[0], lines[1]
    assert len(curve) == 12
    assert curve[0][1] < limit[0][1] < curve[-1][1]  # from above the dashed line to below it
    overfitting = next(finding for finding in diagnosis.findings if finding.illness == "overfitting")
    assert len(panels(found, overfitting.sign)) == 1  # the three logits beside each other
    assert svg(Case([], [], found.recipe), collapse.sign) == ""


def test_blocks() -> None:
    assert blocks(Series((1, 2, 3), (0.0, 0.5, 1.0))) == "▁▅█"
    assert blocks(Series((1,), (3.0,))) == "▁"
    assert len(blocks(Series(tuple(range(1000)), tuple(float(n) for n in range(1000))))) <= 32
