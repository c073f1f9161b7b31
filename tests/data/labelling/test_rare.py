from collections import Counter
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.labelling.rare import Rare, fold_rare
from nijigen.errors import NijigenError
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [
        Attribute("hair_color", ("pink", "blue", "red")),
        Attribute("gender", ("girl", "boy")),
        Attribute("blush", range=(0, 1)),
    ]
)


def test_values_of_few_pictures_become_unknown_and_are_named():
    labels = [{"hair_color": "pink", "blush": 0.1}] * 3 + [{"hair_color": "blue", "gender": "girl", "blush": 0.9}] * 2
    folded, report = fold_rare(labels, SCHEMA, 3)
    assert folded == [{"hair_color": "pink", "blush": 0.1}] * 3 + [{"blush": 0.9}] * 2
    assert report == [Rare("hair_color", "blue", 2), Rare("gender", "girl", 2)]
    assert folded[0] is labels[0]  # what loses nothing is not copied
    assert labels[3] == {"hair_color": "blue", "gender": "girl", "blush": 0.9}


def test_the_count_that_is_asked_for_is_enough():
    labels = [{"hair_color": "pink"}, {"hair_color": "pink"}, {"hair_color": "red"}]
    assert fold_rare(labels, SCHEMA, 1) == (labels, [])
    assert fold_rare(labels, SCHEMA, 2) == ([*labels[:2], {}], [Rare("hair_color", "red", 1)])
    for count in (0, -1):
        with pytest.raises(NijigenError, match=f"--min-count {count} is no count: use 1"):
            fold_rare(labels, SCHEMA, count)


row = st.fixed_dictionaries(
    {},
    optional={
        "hair_color": st.sampled_from(["pink", "blue", "red"]),
        "gender": st.sampled_from(["girl", "boy"]),
        "blush": st.floats(0, 1),
    },
)


@settings(max_examples=200)
@given(st.lists(row, max_size=20), st.integers(1, 8))
def test_whatever_is_left_is_common_and_nothing_else_changed(labels, min_count):
    before = deepcopy(labels)
    folded, report = fold_rare(labels, SCHEMA, min_count)
    assert labels == before
    counts = Counter((name, value) for found in folded for name, value in found.items() if name != "blush")
    assert all(count >= min_count for count in counts.values())
    lost = Counter(item for old, new in zip(labels, folded, strict=True) for item in old.items() - new.items())
    assert lost == {(rare.attribute, rare.value): rare.count for rare in report}
    assert all(rare.count < min_count for rare in report)
    assert fold_rare(folded, SCHEMA, min_count) == (folded, [])
