"""How often one client may ask."""

from nijigen.serve.rates import MOST_CLIENTS, Rates


def test_a_burst_and_then_as_fast_as_it_fills() -> None:
    now = 0.0
    rates = Rates(3, 2.0, lambda: now)
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert rates.wait("b") == 0  # others are not held up
    now = 0.5
    assert rates.wait("a") == 0
    assert rates.wait("a") == 0.5
    now = 100.0  # no more than a burst is saved up
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_no_crowd_fills_the_memory() -> None:
    rates = Rates(1, 1.0, lambda: 0.0)
    for number in range(MOST_CLIENTS + 50):
        rates.wait(str(number))
    assert len(rates._buckets) == MOST_CLIENTS
    assert rates.wait(str(MOST_CLIENTS + 49)) > 0
