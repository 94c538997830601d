"""Which message may leave when; without broker and database."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from users_service.publisher.messages import Message
from users_service.publisher.window import Sent, Window

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def message(number: int, clinician_id: str | None = None) -> Message:
    return Message(
        number, UUID(int=number), "key", "{}", "", clinician_id, NOW, 0, 0, 51
    )


def send_all(window: Window) -> list[int]:
    """Send whatever may leave; return the numbers."""
    sent = []
    while each := window.next():
        window.sent(0)
        sent.append(each.id)
    return sent


def settle(window: Window) -> tuple[list[int], list[int]]:
    """Release what was confirmed; return its numbers and those refused."""
    delivered, refused = window.settled()
    window.release(delivered)
    return [each.id for each in delivered], [each.id for each in refused]


def test_messages_without_a_clinician_leave_at_once() -> None:
    window = Window()
    window.load([message(1), message(2), message(3)])
    assert send_all(window) == [1, 2, 3]


def test_of_a_clinician_one_is_on_its_way() -> None:
    window = Window()
    window.load([message(1, "A"), message(2, "A"), message(3, "B"), message(4, "A")])
    assert send_all(window) == [1, 3]
    window.acknowledge(1, multiple=False)
    assert settle(window) == ([1], [])
    assert send_all(window) == [2]


def test_the_next_one_waits_until_the_one_before_is_marked() -> None:
    window = Window()
    window.load([message(1, "A"), message(2, "A")])
    send_all(window)
    window.acknowledge(1, multiple=False)
    delivered, _ = window.settled()
    assert send_all(window) == []
    window.release(delivered)
    assert send_all(window) == [2]


def test_one_that_is_read_later_goes_behind_those_of_its_clinician() -> None:
    window = Window()
    window.load([message(1, "A"), message(3, "A")])
    send_all(window)
    window.load([message(4, "A"), message(2, "B")])
    assert send_all(window) == [2]
    order = [1]
    for tag in (1, 3, 4):
        window.acknowledge(tag, multiple=False)
        settle(window)
        order += send_all(window)
    assert order == [1, 3, 4]


def test_no_more_than_its_size_are_on_their_way() -> None:
    window = Window(size=2)
    window.load([message(1), message(2), message(3)])
    assert send_all(window) == [1, 2]
    assert len(window.unconfirmed) == 2
    window.acknowledge(2, multiple=False)
    assert send_all(window) == [3]


def test_one_confirmation_may_be_for_all_so_far() -> None:
    window = Window()
    window.load([message(number) for number in range(1, 6)])
    send_all(window)
    window.acknowledge(2, multiple=False)
    window.acknowledge(4, multiple=True)
    assert settle(window) == ([2, 1, 3, 4], [])
    assert len(window.unconfirmed) == 1
    assert window.loaded == {5}


def test_one_refusal_may_be_for_all_so_far() -> None:
    window = Window()
    window.load([message(1), message(2), message(3)])
    send_all(window)
    window.refuse(2, multiple=True)
    window.acknowledge(3, multiple=False)
    assert settle(window) == ([3], [1, 2])


def test_the_oldest_is_the_one_that_left_first() -> None:
    window = Window()
    window.load([message(1), message(2)])
    window.next()
    window.sent(5.0)
    window.next()
    window.sent(6.0)
    assert window.oldest == Sent(message(1), 5.0)
    window.acknowledge(1, multiple=False)
    assert window.oldest == Sent(message(2), 6.0)


@pytest.mark.parametrize(("clinician_id", "lane"), [("A", "A"), (None, 1)])
def test_a_refused_one_rests_with_all_behind_it(
    clinician_id: str | None, lane: str | int
) -> None:
    window = Window()
    window.load([message(1, clinician_id), message(2, "A"), message(3, "B")])
    send_all(window)
    window.refuse(1, multiple=False)
    _, [refused] = window.settled()
    window.rest(refused, until=10.0)
    assert 1 not in window.loaded
    assert window.resting(now=9.0) == {lane}
    assert window.resting(now=10.0) == frozenset()
    window.load([message(1, clinician_id)])
    assert send_all(window) == [1]


def test_messages_behind_a_refused_one_are_read_anew() -> None:
    window = Window()
    window.load([message(1, "A"), message(2, "A")])
    send_all(window)
    window.refuse(1, multiple=False)
    _, [refused] = window.settled()
    window.rest(refused, until=10.0)
    assert window.loaded == set()
    assert send_all(window) == []
    window.load([message(1, "A"), message(2, "A")])
    assert send_all(window) == [1]
