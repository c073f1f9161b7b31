"""All rules on one run: what was found, how sure it is, and what helps.

>>> from nijigen.training.recipe import load_recipe
>>> from nijigen.doctor.case import Case
>>> from nijigen.doctor.diagnosis import diagnose
>>> diagnose(Case([], [], load_recipe("dcgan-64")), fits=lambda words: True).findings
()
"""

import math
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from nijigen.doctor.case import Case
from nijigen.doctor.finding import ILLNESSES, Diagnosis, Finding, Sign, Unknown, Verdict
from nijigen.doctor.remedies import Fits, remedies
from nijigen.doctor.rules_balance import overfitting, too_strong, too_weak
from nijigen.doctor.rules_course import divergence, leak, plateau
from nijigen.doctor.rules_pictures import collapse, collapse_within, labels_ignored

RULES: dict[str, Callable[[Case], Verdict]] = {
    "divergence": divergence,
    "collapse": collapse,
    "collapse_within": collapse_within,
    "overfitting": overfitting,
    "too_strong": too_strong,
    "too_weak": too_weak,
    "leak": leak,
    "labels_ignored": labels_ignored,
    "plateau": plateau,
}
# What the same numbers tell of translators too; how near to drawings translations can come nobody has measured.
OF_TRANSLATORS = frozenset({"divergence", "collapse", "overfitting"})
OF_PAINTERS = frozenset({"divergence"})  # they have no discriminator
SUREST = 0.99  # a few dozen runs cannot teach more
SAID_FROM = 0.5  # how sure a sign must be to be said
# What follows from what: a symptom is not said beside its cause.
EXPLAINS: dict[str, frozenset[str]] = {
    "divergence": frozenset(ILLNESSES) - {"divergence"},
    "leak": frozenset({"too_weak", "collapse", "collapse_within", "plateau"}),
    "too_weak": frozenset({"collapse", "collapse_within", "labels_ignored", "plateau"}),
    "too_strong": frozenset({"collapse", "collapse_within", "labels_ignored", "plateau"}),
    "collapse": frozenset({"collapse_within", "labels_ignored", "plateau"}),
    "collapse_within": frozenset({"plateau"}),
    "overfitting": frozenset({"plateau"}),
    "labels_ignored": frozenset({"plateau"}),
}


def diagnose(case: Case, fits: Fits) -> Diagnosis:
    """Look at a run with every rule.

    Args:
        fits: whether the run's recipe with some ``--set`` words is valid (see :func:`remedies`).
    """
    fit, why = frozenset(ILLNESSES), ""
    if case.translates or case.paints:
        fit, why = (OF_PAINTERS, "painter") if case.paints else (OF_TRANSLATORS, "translator")
    verdicts = {illness: RULES[illness](case) if illness in fit else Unknown(why) for illness in ILLNESSES}
    unknown = {illness: verdict.why for illness, verdict in verdicts.items() if isinstance(verdict, Unknown)}
    if case.recipe.probe.every:  # it has probes, of which none was due so far: to ask for them would help nothing
        unknown = {illness: "no_probe_yet" if why == "no_probes" else why for illness, why in unknown.items()}
    signs = {illness: verdict for illness, verdict in verdicts.items() if isinstance(verdict, Sign)}
    sure = {illness: how_sure(sign.strength) for illness, sign in signs.items()}
    said = [illness for illness in signs if sure[illness] >= SAID_FROM]
    for illness in tuple(EXPLAINS):  # causes first
        if illness in said:
            said = [other for other in said if other not in EXPLAINS[illness]]
    said.sort(key=lambda illness: -sure[illness])
    found = tuple(
        Finding(illness, sure[illness], signs[illness], remedies(illness, case.recipe, fits)) for illness in said
    )
    return Diagnosis(case.images, found, unknown, sure)


def how_sure(strength: float) -> float:
    """From the strength of a sign to a probability, as calibrated on provoked and healthy runs; never quite certain."""
    return min(SUREST, max(1 - SUREST, 1 / (1 + math.exp(-calibration() * strength))))


@cache
def calibration() -> float:
    """Slope of a logistic curve (Platt 1999) that has one half at 0, where signs begin.

    One for all illnesses: strengths have one scale, and of each illness there are too few runs for a curve of its own.
    """
    table = tomllib.loads((files("nijigen") / "doctor" / "calibration.toml").read_text(encoding="utf-8"))
    return float(table["slope"])
