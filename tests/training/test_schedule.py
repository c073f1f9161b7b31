"""The schedule: pure functions of the images seen, right at every boundary, whatever the batch of a stage."""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.training.recipe import Recipe
from nijigen.training.schedule import (
    Moment,
    Stage,
    beta2,
    half_life,
    label_share,
    moment,
    noise_strength,
    penalty_share,
    rate_share,
    stages,
)


def recipe(**changes: Any) -> Recipe:
    """Of a family that does not grow: the schedule reads the recipe alone."""
    return Recipe.model_validate(
        {"name": "r", "family": "dcgan", "resolution": 32, "images": 1000, "batch": 8, **changes}
    )


def walk(run: Recipe, batches: int) -> list[Moment]:
    """The moments of a run as the loop comes by them."""
    found: list[Moment] = []
    images = 0
    for _ in range(batches):
        found.append(moment(run, images))
        images += found[-1].batch
    return found


GROWING = {"start": 8, "fade": 20, "stable": 30, "batch": {"16": 6}, "rate": {"32": 0.5}}


def test_without_growing_there_is_one_stage() -> None:
    assert stages(recipe()) == [Stage(0, 32, 8, 0, 1.0)]
    assert moment(recipe(), 0) == Moment(0, 8, 0, 32, 1.0, 1.0, 0.0)
    assert moment(recipe(), 808) == Moment(808, 8, 101, 32, 1.0, 1.0, 0.0)


def test_each_stage_is_a_whole_number_of_its_batches() -> None:
    assert stages(recipe(growth=GROWING)) == [
        Stage(0, 8, 8, 0, 1.0),  # 30 stable images are four batches of 8; nothing to fade in from
        Stage(32, 16, 6, 20, 1.0),  # 50 images are nine batches of 6
        Stage(86, 32, 8, 20, 0.5),
    ]


def test_growth_may_begin_at_its_end() -> None:
    assert stages(recipe(growth={"start": 32, "stable": 5})) == [Stage(0, 32, 8, 0, 1.0)]


def test_every_batch_of_a_growing_run() -> None:
    found = walk(recipe(growth=GROWING), 17)
    assert [now.images for now in found] == [0, 8, 16, 24, 32, 38, 44, 50, 56, 62, 68, 74, 80, 86, 94, 102, 110]
    assert [now.resolution for now in found] == [8] * 4 + [16] * 9 + [32] * 4
    assert [now.batch for now in found] == [8] * 4 + [6] * 9 + [8] * 4
    assert [now.step for now in found] == [*range(4), *range(9), *range(4)]
    assert [now.rate for now in found] == [1.0] * 13 + [0.5] * 4
    # The first batch of a fade already sees a part of the new resolution, and its last one all of it.
    assert [now.fade for now in found] == pytest.approx(
        [1, 1, 1, 1, 0.3, 0.6, 0.9, 1, 1, 1, 1, 1, 1, 0.4, 0.8, 1, 1], abs=1e-12
    )


def test_a_batch_longer_than_the_fade_is_all_of_it() -> None:
    assert [now.fade for now in walk(recipe(growth={"start": 16, "fade": 3, "stable": 8}), 3)] == [1, 1, 1]


def test_the_last_stage_does_not_end() -> None:
    far = moment(recipe(growth=GROWING), 10**9 - (10**9 - 86) % 8)
    assert (far.resolution, far.fade, far.step) == (32, 1.0, (10**9 - 86) // 8)


growths = st.builds(
    lambda start, fade, stable, batches, rates: {
        "start": start,
        "fade": fade,
        "stable": stable,
        "batch": {str(size): batch for size, batch in batches.items()},
        "rate": {str(size): rate for size, rate in rates.items()},
    },
    st.sampled_from([4, 8, 16, 32]),
    st.integers(0, 70),
    st.integers(1, 70),
    st.dictionaries(st.sampled_from([4, 8, 16, 32]), st.integers(2, 13)),
    st.dictionaries(st.sampled_from([4, 8, 16, 32]), st.floats(0.01, 3)),
)


@given(growths, st.integers(2, 17))
def test_a_walk_by_batches_visits_every_stage_once(growth: dict[str, Any], batch: int) -> None:
    run = recipe(growth=growth, batch=batch)
    expected = stages(run)
    found = walk(run, sum((growth["fade"] + growth["stable"]) // 2 + 2 for _ in expected))
    for stage, following in pairwise([*expected, None]):
        assert stage is not None
        inside = [now for now in found if now.resolution == stage.resolution]
        assert inside[0].images == stage.start
        assert [now.step for now in inside] == list(range(len(inside)))
        assert {now.batch for now in inside} == {stage.batch}
        fades = [now.fade for now in inside]
        assert all(0 < fade <= 1 for fade in fades)
        assert fades == sorted(fades)
        if following is not None:
            assert inside[-1].images + stage.batch == following.start
            assert len(inside) == math.ceil((stage.fade + growth["stable"]) / stage.batch)
            assert fades[-1] == 1
    assert [now.resolution for now in found] == sorted(now.resolution for now in found)


@given(growths, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_moment_does_not_depend_on_what_was_asked_before(growth: dict[str, Any], images: int, other: int) -> None:
    run = recipe(growth=growth, burn_in={"images": 500, "rate": 0.25}, optimizer={"decay": 0.5})
    first = moment(run, images)
    moment(run, other)
    assert moment(recipe(**run.model_dump(exclude={"name", "family", "resolution"})), images) == first


@given(st.floats(0, 1), st.floats(1e-6, 1), st.integers(1, 10**7), st.integers(0, 2 * 10**7))
def test_a_decay_ends_where_it_says(decay: float, decay_to: float, images: int, seen: int) -> None:
    run = recipe(images=images, optimizer={"decay": decay, "decay_to": decay_to})
    share = rate_share(run, seen)
    assert decay_to <= share * (1 + 1e-12)
    assert share <= 1
    assert rate_share(run, 0) == 1
    assert rate_share(run, seen + 1000) <= share
    if images * (1 - decay) < images <= seen:
        assert share == pytest.approx(decay_to)


def test_a_decay_too_short_to_be_seen() -> None:
    assert rate_share(recipe(optimizer={"decay": 1e-17}), 2000) == 1


BURN_IN = {"images": 100, "rate": 0.25, "beta2": 0.99, "penalty": 0.1}


def burning(**changes: Any) -> Recipe:
    return recipe(burn_in={**BURN_IN, **changes}, average={"half_life": 40, "ramp": 0.0})


def test_a_burn_in_goes_along_half_a_cosine() -> None:
    run = burning()
    for images in (0, 8, 24, 48, 50, 96, 100, 104, 10_000):
        progress = (1 - math.cos(math.pi * min(1, images / 100))) / 2
        now = moment(run, images)
        assert now.burn_in == pytest.approx(progress)
        assert now.rate == pytest.approx(1 + (0.25 - 1) * progress)
        assert beta2(run, 0.9, now) == pytest.approx(0.9 + 0.09 * progress)
        assert penalty_share(run, now) == pytest.approx(1 - 0.9 * progress)
        assert half_life(run, images) == pytest.approx(40 * progress)


def test_a_burn_in_has_whole_ends() -> None:
    run = burning()
    first, last = moment(run, 0), moment(run, 100)
    assert (first.burn_in, first.rate, beta2(run, 0.9, first), penalty_share(run, first)) == (0, 1, 0.9, 1)
    assert (last.burn_in, last.rate, beta2(run, 0.9, last), penalty_share(run, last)) == pytest.approx(
        (1, 0.25, 0.99, 0.1)
    )
    assert (half_life(run, 0), half_life(run, 100)) == (0, 40)


def test_a_burn_in_of_no_images_changes_nothing() -> None:
    run = burning(images=0)
    for images in (0, 8, 10_000):
        now = moment(run, images)
        assert (now.rate, beta2(run, 0.9, now), penalty_share(run, now)) == (1, 0.9, 1)
        assert half_life(run, images) == 40


def test_beta2_stays_where_the_burn_in_has_none() -> None:
    run = burning(beta2=0.0)
    assert {beta2(run, 0.9, moment(run, images)) for images in (0, 48, 100)} == {0.9}


def test_rates_are_multiplied() -> None:
    run = recipe(growth=GROWING, burn_in=BURN_IN, optimizer={"decay": 1.0, "decay_to": 0.01})
    assert moment(run, 502).rate == pytest.approx(0.5 * 0.25 * 0.01**0.502)


def test_the_half_life_is_held_by_the_images_seen() -> None:
    ramped = recipe(average={"half_life": 40, "ramp": 0.5})
    assert [half_life(ramped, images) for images in (0, 8, 80, 88)] == [0, 4, 40, 40]
    assert half_life(recipe(average={"half_life": 40, "ramp": 0.0}), 0) == 40
    assert half_life(recipe(average={"half_life": 0}), 500) == 0
    both = recipe(average={"half_life": 40, "ramp": 0.1}, burn_in={"images": 100})
    assert half_life(both, 96) == pytest.approx(9.6)  # the lower of both


def test_labels_come_in_and_stay() -> None:
    assert {label_share(recipe(), images) for images in (0, 8, 10**6)} == {1}
    assert {label_share(recipe(conditioning={"dropout": 0.25}), images) for images in (0, 10**6)} == {0.75}
    ramp = recipe(conditioning={"dropout": 0.5, "ramp": 100})
    assert [label_share(ramp, images) for images in (0, 50, 100, 10**6)] == [0, 0.25, 0.5, 0.5]


def test_noise_falls_to_nothing_or_stays() -> None:
    assert {noise_strength(recipe(softening={"noise": 0.2}), images) for images in (0, 10**6)} == {0.2}
    falling = recipe(softening={"noise": 0.2, "noise_images": 100})
    assert [noise_strength(falling, images) for images in (0, 50, 100, 10**6)] == [0.2, 0.1, 0, 0]
    assert noise_strength(recipe(), 0) == 0
