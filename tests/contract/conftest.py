"""Which of the contract's many trainings are for the slow tests."""

import pytest

TRAININGS = ("test_resume_is_exact", "test_a_few_steps_change_every_weight_and_stay_finite")


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast: every family in colour and with labels in every way of training, and its other forms in the first way."""
    first: dict[str, str] = {}
    for item in items:
        name = getattr(item, "originalname", "")
        if name not in TRAININGS or not hasattr(item, "callspec"):
            continue
        way = item.callspec.params.get("way")
        if way is not None and way != first.setdefault(name, way) and "-3-3-" not in item.name:
            item.add_marker(pytest.mark.slow)
