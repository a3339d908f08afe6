"""Who subscribed: until when, and how many there may be."""

import pytest

from segue.daemon.errors import OscError
from segue.daemon.osc.subscriptions import MOST, MOST_EACH, Subscriptions


def test_subscribers_end_unless_they_renew() -> None:
    subscriptions = Subscriptions()
    subscriptions.add("127.0.0.1", 9000, frozenset(["num"]), 20.0, 60.0, now_s=0.0)
    subscriptions.add("127.0.0.1", 9001, frozenset(["num"]), 20.0, 60.0, now_s=0.0)
    subscriptions.add("127.0.0.1", 9000, frozenset(["num"]), 20.0, 60.0, now_s=30.0)

    assert [t.port for t in subscriptions.live(59.0)] == [9001, 9000]
    assert [t.port for t in subscriptions.live(61.0)] == [9000]
    assert subscriptions.live(91.0) == []


def test_there_are_at_most_sixteen_subscribers() -> None:
    subscriptions = Subscriptions()
    for port in range(MOST):
        subscriptions.add("127.0.0.1", 9000 + port, frozenset(["num"]), 20.0, 60.0, now_s=0.0)

    with pytest.raises(OscError, match="16 subscribers"):
        subscriptions.add("127.0.0.1", 9999, frozenset(["num"]), 20.0, 60.0, now_s=1.0)
    assert subscriptions.add("127.0.0.1", 9000, frozenset(["text"]), 20.0, 60.0, now_s=1.0).planes == {"text"}
    assert subscriptions.add("127.0.0.1", 9999, frozenset(["num"]), 20.0, 60.0, now_s=62.0)


def test_another_machine_takes_four_places_at_most() -> None:
    subscriptions = Subscriptions()
    for port in range(MOST_EACH):
        subscriptions.add("10.0.0.1", 9000 + port, frozenset(["num"]), 20.0, 60.0, now_s=0.0)

    with pytest.raises(OscError, match=r"4 subscribers of 10\.0\.0\.1"):
        subscriptions.add("10.0.0.1", 9999, frozenset(["num"]), 20.0, 60.0, now_s=1.0)
    assert subscriptions.add("10.0.0.1", 9000, frozenset(["text"]), 20.0, 60.0, now_s=1.0).planes == {"text"}
    assert subscriptions.add("10.0.0.2", 9999, frozenset(["num"]), 20.0, 60.0, now_s=1.0)


def test_renewing_keeps_what_a_slow_target_has_held_back() -> None:
    subscriptions = Subscriptions()
    one = subscriptions.add("127.0.0.1", 9000, frozenset(["num"]), 5.0, 60.0, now_s=0.0)

    assert subscriptions.add("127.0.0.1", 9000, frozenset(["num"]), 5.0, 60.0, now_s=1.0) is one
