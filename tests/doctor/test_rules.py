"""Each rule on rows that were made for it: it sees its illness, and stays silent on a healthy or a young run."""

from collections.abc import Callable
from typing import Any

import pytest

from nijigen.doctor.case import Case, Series
from nijigen.doctor.diagnosis import RULES, diagnose
from nijigen.doctor.finding import ILLNESSES, Sign, Unknown
from nijigen.training.recipe import load_recipe

Make = Callable[..., Case]

ILL: dict[str, dict[str, Any]] = {
    "divergence": {"gap": [0.02, 0.9], "detail": [1.0, 4.0], "saturated": [0.0, 0.6]},
    "collapse": {"diversity": [0.95, 0.3], "diversity__nearest": [0.9, 0.1], "gap": [0.02, 0.5]},
    "collapse_within": {"diversity__label": 0.05, "diversity__value": 0.35},
    "overfitting": {"d__real": 2.0, "d__held_out": 0.3, "d__fake": -1.0},
    "too_strong": {"d__right": 1.0, "gap": 0.9, "slope__loss": [0.5, 0.01], "diversity": 0.2},
    "too_weak": {"d__right": 0.5, "gap": 0.5},
    "leak": {"leak": 0.9, "leak__explained": 0.9, "augment__p": 0.9},
    "labels_ignored": {"labels__followed": 0.05, "change__label": 0.05},
    "plateau": {"gap": 0.2},
}


def strength(rule: str, case: Case) -> float:
    verdict = RULES[rule](case)
    assert isinstance(verdict, Sign)
    return verdict.strength


def told(case: Case) -> list[str]:
    return [finding.illness for finding in diagnose(case, fits=lambda words: True).findings]


def test_every_illness_has_a_rule() -> None:
    assert tuple(RULES) == ILLNESSES == tuple(ILL)


def test_a_healthy_run_has_nothing(case: Make) -> None:
    assert told(case()) == []
    assert told(case(gap=[0.5, 0.02], diversity=[0.4, 0.9], diversity__nearest=[0.4, 0.8])) == []


@pytest.mark.parametrize("illness", ILLNESSES)
def test_an_ill_run_has_its_illness_alone(illness: str, case: Make) -> None:
    assert told(case(**ILL[illness])) == [illness]


def test_a_fall_is_a_collapse_where_the_level_alone_is_not(case: Make) -> None:
    assert told(case(diversity=0.55, diversity__nearest=0.5)) == []
    assert told(case(diversity=[1.0, 0.5], diversity__nearest=0.5)) == ["collapse"]


def test_a_young_run_that_comes_on_is_not_ill(case: Make) -> None:
    """As healthy runs were measured: hardly any diversity, no labels followed, pictures far off; and rising."""
    young = {
        "gap": [0.6, 0.1],
        "diversity": [0.1, 0.65],
        "diversity__nearest": [0.1, 0.6],
        "labels__followed": [0.0, 0.5],
        "diversity__value": [0.1, 0.6],
        "d__right": [1.0, 0.9],
    }
    assert told(case(**young)) == []


@pytest.mark.parametrize(
    ("rule", "name", "worse"),
    [
        ("collapse", "diversity", -1),
        ("collapse_within", "diversity__label", -1),
        ("overfitting", "d__held_out", -1),
        ("too_strong", "d__right", 1),
        ("too_weak", "d__right", -1),
        ("leak", "leak", 1),
        ("labels_ignored", "labels__followed", -1),
        ("plateau", "gap", 1),
    ],
)
def test_the_worse_the_number_the_stronger_the_sign(rule: str, name: str, worse: int, case: Make) -> None:
    ill = {key: value for key, value in ILL[rule].items() if key != name}
    strengths = [strength(rule, case(**ill, **{name: value})) for value in (0.02, 0.05, 0.5, 0.98)]
    assert strengths == sorted(strengths, reverse=worse < 0)
    assert strengths[0] != strengths[-1]
    assert all(-8 <= value <= 3 for value in strengths)


def test_nothing_is_said_before_it_shows_where_a_number_goes(case: Make) -> None:
    ill = case(**ILL["collapse"] | {"diversity": 0.2})
    assert told(Case([], ill.probes[:4], ill.recipe)) == []
    assert told(Case([], ill.probes[:5], ill.recipe)) == ["collapse"]


def test_one_bad_row_is_chance(case: Make) -> None:
    healthy = case()
    rows = [dict(row) for row in healthy.probes]
    rows[-1] |= {"diversity": 0.05, "gap": 2.0, "d.held_out": -3.0, "leak": 2.0, "labels.followed": 0.0, "d.right": 0.4}
    assert told(Case([], rows, healthy.recipe)) == []


def test_overfitting_needs_a_difference_beyond_chance(case: Make) -> None:
    assert strength("overfitting", case(d__real=0.3, d__held_out=0.15, d__fake=0.0, d__spread=1.0)) < 0
    few, many = load_recipe("dcgan-64", ["probe.pictures=16"]), load_recipe("dcgan-64", ["probe.pictures=1024"])
    numbers = {"d__real": 1.0, "d__held_out": 0.55, "d__fake": 0.0, "d__spread": 0.4}
    assert strength("overfitting", case(recipe=few, **numbers)) < strength("overfitting", case(recipe=many, **numbers))


def test_a_little_is_remembered_by_every_discriminator(case: Make) -> None:
    """A healthy run: it hardly tells made pictures from real ones, and from held-out ones as little."""
    assert told(case(d__real=0.42, d__held_out=0.31, d__fake=0.33, d__spread=0.2, d__right=0.62)) == []


def test_a_weak_discriminator_that_pictures_come_closer_with_is_left_alone(case: Make) -> None:
    assert told(case(d__right=0.45, gap=[0.6, 0.15])) == []
    assert told(case(d__right=0.45, gap=0.4)) == ["too_weak"]


def test_a_few_pictures_near_the_real_ones_are_a_collapse_also_where_they_fool_it(case: Make) -> None:
    """A critic that runs after a generator which jumps between three pictures; and one that learns next to nothing."""
    few = {"diversity": 0.75, "diversity__nearest": 0.03}
    assert told(case(d__right=0.1, gap=0.2, **few)) == ["collapse"]
    assert told(case(d__right=0.1, gap=3.5, **few)) == ["too_weak"]


def test_the_same_pictures_again_and_again_are_a_collapse_though_they_are_easy_to_tell(case: Make) -> None:
    same = {"diversity": 0.33, "diversity__nearest": 0.0, "d__right": 1.0, "gap": 0.3}
    assert told(case(**same)) == ["collapse"]
    assert told(case(**same, slope__loss=[0.5, 0.001], slope__fake=0.5)) == ["too_strong"]


def test_pictures_are_waited_for_by_steps_of_the_generator_and_its_judge_by_its_own(case: Make) -> None:
    """With six critic steps for each of the generator's, all twelve rows lie before the end of its warm-up."""
    slow = load_recipe("wgan-gp-laptop-32", ["discriminator_steps=6"])
    assert told(case(recipe=slow, **ILL["collapse"])) == []
    assert told(case(recipe=slow, **ILL["too_strong"])) == ["too_strong"]
    assert told(case(recipe=load_recipe(slow, ["discriminator_steps=1"]), **ILL["collapse"])) == ["collapse"]


def test_a_discriminator_that_has_died(case: Make) -> None:
    """It says 0.5 of everything; that all pictures are grey by now follows from it."""
    dead = {"d__real": 0.5, "d__fake": 0.5, "d__spread": 0.0, "d__right": 0.5, "slope__fake": 0.0}
    healthy = case()
    (finding,) = diagnose(case(**dead, gap=0.85, diversity=0.25), fits=lambda words: True).findings
    assert (finding.illness, finding.sign.seen) == ("divergence", "dead")
    assert told(healthy) == []


def test_blobs_that_never_were_pictures_have_not_fallen_apart(case: Make) -> None:
    """The discriminator is never wrong, and the generator never found out what it wants."""
    blobs = {"gap": [1.0, 1.3], "detail": [0.6, 0.15], "diversity": 0.13, "d__right": 1.0}
    assert told(case(**blobs)) == ["too_strong"]
    assert strength("divergence", case(gap=[0.1, 1.3], detail=[1.0, 0.1], diversity=0.9)) > 0.5


def test_what_augmentation_makes_of_pictures_is_a_leak_and_no_divergence(case: Make) -> None:
    torn = {"gap": [0.1, 3.4], "detail": [1.0, 3.4]}
    assert told(case(**torn)) == ["divergence"]
    assert told(case(**torn, **ILL["leak"])) == ["leak"]


def test_a_numbers_explosion(case: Make) -> None:
    def rows(last: float) -> list[dict[str, Any]]:
        return [{"images": 100 * n, "gradient.generator": last if n > 37 else 3.0 + n % 2} for n in range(1, 41)]

    assert told(case(metrics=rows(4.0))) == []
    assert told(case(metrics=rows(4e3))) == ["divergence"]


def test_a_run_that_stopped_by_itself(case: Make) -> None:
    healthy = case()
    rows = [*healthy.probes, {"images": 10**6, "diverged": "training diverged: loss.generator became nan\x1b[2J"}]
    (finding,) = diagnose(Case([], rows, healthy.recipe), fits=lambda words: True).findings
    assert (finding.illness, finding.sign.seen) == ("divergence", "stopped")
    assert finding.sure == 0.99
    assert "\x1b" not in str(finding.sign.numbers["words"])


def test_only_rows_of_the_newest_resolution_are_compared(case: Make) -> None:
    """A network that has just grown makes larger pictures, which are further off."""
    before, after = case(gap=0.01, resolution=8), case(gap=0.4, detail=0.9, resolution=16)
    rows = [*before.probes, *after.probes[:6]]
    assert told(Case([], rows, before.recipe)) == []
    assert len(Case([], rows, before.recipe).probe("gap")) == 6
    assert len(Case([], [*before.probes, {"images": 1, "diverged": "x"}], before.recipe).probe("gap")) == 12


def test_causes_are_said_and_their_symptoms_are_not(case: Make) -> None:
    assert told(case(**ILL["collapse"], labels__followed=0.0, diversity__label=0.01)) == ["collapse"]
    fooled = ILL["too_weak"] | {"d__right": 0.1, "diversity__nearest": 0.1}
    assert told(case(**fooled, diversity=0.1, labels__followed=0.0)) == ["too_weak"]
    assert told(case(**ILL["too_weak"], diversity=0.1, diversity__nearest=0.1)) == ["collapse"]
    assert told(case(**ILL["leak"], d__right=0.5, gap=0.9)) == ["leak"]
    both = told(case(**ILL["overfitting"], labels__followed=0.0))
    assert sorted(both) == ["labels_ignored", "overfitting"]


def test_what_cannot_be_known(case: Make) -> None:
    def why(case: Case) -> dict[str, str]:
        return diagnose(case, fits=lambda words: True).unknown

    bare = Case([], [], load_recipe("dcgan-64", ["probe.every=0"]))
    assert set(why(bare).values()) == {"no_probes", "too_early", "no_augmentation"}
    short = Case([], [], load_recipe("dcgan-64"))  # which has probes: to ask for them would help nothing
    assert why(short) == {illness: key.replace("no_probes", "no_probe_yet") for illness, key in why(bare).items()}
    assert why(case()) == {}
    assert why(case(d__held_out=None)) == {"overfitting": "none_held_out"}
    unlabelled = case(change__noise=None, diversity__label=None, labels__followed=None)
    assert why(unlabelled) == {"collapse_within": "no_labels", "labels_ignored": "no_labels"}
    assert why(case(labels__followed=None)) == {"labels_ignored": "labels_unseen"}
    assert why(case(augment__p=None, leak__explained=None, leak=None, leak__spread=None)) == {"leak": "no_strength"}
    early = case()
    assert set(why(Case([], early.probes[:2], early.recipe)).values()) == {"too_early"}
    assert isinstance(RULES["plateau"](Case([], early.probes[:5], early.recipe)), Unknown)


def old_rows(**last: float) -> list[dict[str, Any]]:
    """Metrics of a run without probes: forty rows, in which some numbers move to what is given."""
    first = {"gradient.generator": 5.0, "loss.discriminator": 1.0, "labels.made": 0.3, "labels.real": 0.35}
    rows: list[dict[str, Any]] = []
    for n in range(40):
        row = {"images": 1000 * (n + 1), **first}
        row |= {name: first[name] + (value - first[name]) * min(1.0, n / 20) for name, value in last.items()}
        rows.append(row)
    return rows


def test_a_run_without_probes_is_judged_by_its_metrics() -> None:
    recipe = load_recipe("dcgan-64")  # cross entropy
    healthy = {"gradient.generator": 2.0, "loss.discriminator": 0.9, "labels.real": 0.9, "labels.made": 0.8}
    assert told(Case(old_rows(**healthy), [], recipe)) == []
    assert told(Case(old_rows(**{"gradient.generator": 1e-3, "loss.discriminator": 1e-3}), [], recipe)) == [
        "too_strong"
    ]
    assert told(Case(old_rows(**{"labels.real": 0.9, "labels.made": 0.35}), [], recipe)) == ["labels_ignored"]


def test_series() -> None:
    series = Series((1, 2, 3, 4, 5), (1.0, 9.0, 2.0, 3.0, 4.0))
    assert (series.first(), series.last(), series.last(1)) == (2.0, 3.0, 4.0)
    assert series.smooth() == Series((3, 4, 5), (2.0, 3.0, 3.0))
    assert Series((), ()).smooth() == Series((), ())
