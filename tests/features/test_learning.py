"""A labeler is taught: it learns, the same way twice, and says what it could not learn."""

import pytest
import torch

from nijigen.features.learning import FEWEST, Taught, answers, judge, learnable, teach
from nijigen.features.reading import read_pictures
from nijigen.machine import prepare_machine
from nijigen.schema import Attribute, AttributeSchema

STEPS = 30


@pytest.fixture(scope="module")
def taught(schema, squares) -> Taught:
    pictures, labels = squares(600, seed=1)
    labels[:60, schema.block("type")] = 0  # some are not labelled
    prepare_machine(1)
    return teach(pictures, labels, schema, seen=STEPS * 64, seed=7, quiet=True)


def test_it_learns_to_read_pictures_it_has_not_seen(taught, schema, squares):
    assert [head.name for head in taught.heads] == ["type", "shade"]
    pictures, labels = squares(200, seed=2)
    heads = judge(
        taught.labeler, taught.labeler.probabilities(pictures), answers(labels, schema, taught.labeler.schema)
    )
    for head in (*taught.heads, *heads):
        assert head.chance < 0.75
        assert head.right > 0.95, head
        assert head.error < 0.15
    assert [head.count for head in heads] == [200, 200]
    assert taught.seen == STEPS * 64
    assert taught.labeler.hidden == ()


def test_it_reads_small_and_large_pictures(taught, squares, schema):
    for size in (32, 128):
        pictures, labels = squares(100, seed=3, size=size)
        right = answers(labels, schema, taught.labeler.schema)
        heads = judge(taught.labeler, taught.labeler.probabilities(pictures), right)
        assert min(head.right for head in heads) > 0.9, (size, heads)


def test_what_is_nothing_like_it_stays_unlabelled(taught, squares):
    familiar = list(read_pictures(taught.labeler, squares(100, seed=4)[0]))
    assert sum(reading.strange for reading in familiar) <= 10
    assert sum(len(reading.labels) for reading in familiar) > 150
    noise = torch.randint(0, 256, (40, 3, 64, 64), dtype=torch.uint8)
    for reading in read_pictures(taught.labeler, torch.cat([noise, torch.zeros_like(noise), noise // 255 * 255])):
        assert reading.strange
        assert reading.strangeness > 1
        assert reading.labels == {}
        assert set(reading.confidence) == {"type", "shade"}


def test_labels_need_the_confidence_that_is_asked_for(taught, squares):
    pictures, _ = squares(64, seed=5)
    least = 0.97
    for strict, open_ in zip(read_pictures(taught.labeler, pictures, least), read_pictures(taught.labeler, pictures, 0),
                             strict=True):  # fmt: skip
        if not open_.strange:
            assert set(open_.labels) == {"type", "shade"}
        assert {name for name in open_.labels if open_.confidence[name] >= least} == set(strict.labels)


@pytest.mark.parametrize("least", [-0.1, 1.5, float("nan")])
def test_a_confidence_that_is_no_share_is_refused(taught, squares, refused, least):
    with refused("--least", "0 to 1"):
        list(read_pictures(taught.labeler, squares(1)[0], least))


def test_the_same_seed_teaches_the_same(schema, squares):
    pictures, labels = squares(120, seed=1)
    first, again, other = (
        teach(pictures, labels, schema, seen=128, seed=seed, quiet=True).labeler.state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["dense.weight"], other["dense.weight"])


def test_rare_values_and_lonely_attributes_are_left_out(refused):
    schema = AttributeSchema([Attribute("mood", ("glad", "sad", "odd")), Attribute("hat", ("yes", "no"))])
    rows = [{"mood": "glad"}] * 30 + [{"mood": "sad", "hat": "yes"}] * 30 + [{"mood": "odd"}] * (FEWEST - 1) + [{}]
    labels = torch.stack([torch.from_numpy(schema.encode(row)) for row in rows])
    learned, left_out = learnable(labels, schema)
    assert [(a.name, a.values) for a in learned.attributes] == [("mood", ("glad", "sad"))]
    assert len(left_out) == 2
    assert "odd" in left_out[0]
    assert "hat" in left_out[1]
    assert answers(labels, schema, learned)["mood"].tolist() == [0] * 30 + [1] * 30 + [-1] * FEWEST
    with refused("nothing to learn"):
        learnable(labels[:30], schema)


def test_judging_counts_what_is_known_alone(taught):
    rows = {"type": torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.6, 0.4]]), "shade": torch.eye(4, 3)}
    right = {"type": torch.tensor([0, 0, 0, -1]), "shade": torch.full((4,), -1)}
    kind, shade = judge(taught.labeler, rows, right)
    assert (kind.right, kind.count, kind.chance) == (pytest.approx(2 / 3), 3, 1.0)
    assert (shade.right, shade.count, shade.error) == (0.0, 0, 0.0)
