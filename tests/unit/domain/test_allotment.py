"""Who may send how much: priority, fairness, and nothing left unused."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.allotment import SHARE_PORTIONS, Sender, allot

WINDOWS = st.integers(1, 300)


@st.composite
def sender_lists(draw: st.DrawFn, priorities: int = 3) -> list[Sender]:
    size = draw(st.integers(0, 8))
    amounts = st.one_of(st.integers(0, 3), st.integers(0, 400))
    return [
        Sender(f"b{number}", draw(st.integers(0, priorities - 1)), draw(amounts), draw(amounts))
        for number in range(size)
    ]


def wanting(senders: Sequence[Sender]) -> list[Sender]:
    return [sender for sender in senders if sender.unsent]


def first(senders: Sequence[Sender]) -> list[Sender]:
    """Those of the highest priority that want to send."""
    top = max((sender.priority for sender in wanting(senders)), default=0)
    return [sender for sender in wanting(senders) if sender.priority == top]


def test_the_first_batch_gets_the_whole_window_and_the_second_its_half_at_once() -> None:
    assert allot(90, [Sender("bulk", 0, 0, 30_000)]) == {"bulk": 90}
    full = Sender("bulk", 0, 90, 29_910)
    assert allot(90, [full, Sender("small", 0, 0, 200)]) == {"small": 45}
    assert allot(90, [full, Sender("small", 0, 0, 7)]) == {"small": 7}


def test_what_one_batch_cannot_use_the_others_may() -> None:
    senders = [Sender("a", 0, 0, 10), Sender("b", 0, 0, 500), Sender("c", 0, 0, 500)]
    assert allot(90, senders) == {"a": 10, "b": 40, "c": 40}


def test_a_batch_waits_until_it_may_have_a_quarter_of_its_share() -> None:
    assert allot(80, [Sender("a", 0, 61, 500)]) == {}
    assert allot(80, [Sender("a", 0, 60, 500)]) == {"a": 20}
    assert allot(80, [Sender("a", 0, 78, 2)]) == {"a": 2}


def test_lines_of_a_lower_priority_that_are_out_hold_nobody_up() -> None:
    senders = [Sender("bulk", 1, 90, 500), Sender("urgent", 7, 0, 500)]
    assert allot(90, senders) == {"urgent": 90}


@given(WINDOWS, sender_lists())
def test_nothing_goes_to_a_batch_while_one_of_higher_priority_has_lines_to_send(
    window: int, senders: list[Sender]
) -> None:
    assert set(allot(window, senders)) <= {sender.batch_id for sender in first(senders)}


@given(WINDOWS, sender_lists())
def test_nobody_gets_more_than_it_has_or_than_window_and_entitlement_allow(window: int, senders: list[Sender]) -> None:
    given_lines = allot(window, senders)
    rivals = {sender.batch_id: sender for sender in first(senders)}
    share = max(1, window // max(1, len(rivals)))
    room = max(0, window - sum(sender.in_flight for sender in senders))
    for name, lines in given_lines.items():
        assert 0 < lines <= rivals[name].unsent
    beyond = sum(
        max(0, rivals[name].in_flight + lines - max(share, rivals[name].in_flight))
        for name, lines in given_lines.items()
    )
    assert beyond <= room
    before = sum(sender.in_flight for sender in senders)
    assert before + sum(given_lines.values()) <= max(window, before) + max(window, len(rivals))


@given(WINDOWS, sender_lists())
def test_every_batch_of_the_first_priority_comes_up_to_its_share(window: int, senders: list[Sender]) -> None:
    given_lines = allot(window, senders)
    rivals = first(senders)
    share = max(1, window // max(1, len(rivals)))
    for rival in rivals:
        after = rival.in_flight + given_lines.get(rival.batch_id, 0)
        assert after >= min(share, rival.in_flight + rival.unsent) or (
            rival.in_flight and share - after < share // SHARE_PORTIONS
        )


@given(WINDOWS, sender_lists())
def test_no_room_is_left_that_somebody_could_use_but_for_portions_too_small(window: int, senders: list[Sender]) -> None:
    given_lines = allot(window, senders)
    rivals = first(senders)
    share = max(1, window // max(1, len(rivals)))
    left = window - sum(sender.in_flight for sender in senders) - sum(given_lines.values())
    hungry = [rival for rival in rivals if rival.unsent > given_lines.get(rival.batch_id, 0)]
    waiting = [rival for rival in hungry if rival.batch_id not in given_lines]
    if left > 0 and hungry:
        assert waiting
        assert left < len(waiting) * (share // SHARE_PORTIONS)


@given(WINDOWS, sender_lists(priorities=1))
def test_among_equals_who_gets_more_has_no_more_out_afterwards(window: int, senders: list[Sender]) -> None:
    given_lines = allot(window, senders)
    share = max(1, window // max(1, len(first(senders))))
    for sender in first(senders):
        lines = given_lines.get(sender.batch_id, 0)
        after = sender.in_flight + lines
        for other in first(senders):
            other_lines = given_lines.get(other.batch_id, 0)
            starved = other_lines < other.unsent and other.batch_id in given_lines
            if lines and starved:
                assert after <= other.in_flight + other_lines + 1 or after <= share


@given(WINDOWS, sender_lists().flatmap(lambda senders: st.tuples(st.just(senders), st.permutations(senders))))
def test_the_order_in_which_batches_are_read_changes_nothing(
    window: int, orders: tuple[list[Sender], list[Sender]]
) -> None:
    one, other = orders
    assert allot(window, one) == allot(window, other)


@given(WINDOWS, st.lists(st.integers(1, 200), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_whatever_ends_in_whatever_order_every_batch_sends_all_of_its_lines(
    window: int, sizes: list[int], chance: Random
) -> None:
    senders = [Sender(f"b{number}", 0, 0, size) for number, size in enumerate(sizes)]
    for _ in range(10_000):
        given_lines = allot(window, senders)
        sent = [
            Sender(
                it.batch_id,
                0,
                it.in_flight + given_lines.get(it.batch_id, 0),
                it.unsent - given_lines.get(it.batch_id, 0),
            )
            for it in senders
        ]
        senders = [Sender(it.batch_id, 0, chance.randint(0, it.in_flight // 2), it.unsent) for it in sent]
        if not wanting(senders):
            return
    raise AssertionError(senders)
