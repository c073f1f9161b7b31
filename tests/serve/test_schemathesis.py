"""Every route, asked with what schemathesis makes of its OpenAPI description: right things and wrong ones."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: the extra [dev]")

EXAMPLES = 25  # of each route


@pytest.fixture(scope="module")
def described(served: Any) -> Any:
    for _ in range(600):
        if served.get("ready").status_code == 200:
            break
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json")


def operations(described: Any) -> Iterator[Any]:
    for found in described.get_all_operations():
        yield found.ok()


@pytest.mark.slow
def test_no_request_breaks_a_route_and_every_answer_is_as_described(described: Any) -> None:
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    asked = 0
    for operation in operations(described):

        @settings(
            max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            # What fits the description can still be a word that the model does not know.
            case.call_and_validate(excluded_checks=[positive_data_acceptance], timeout=30)

        ask()
    assert asked > 200
