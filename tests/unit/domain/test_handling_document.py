import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.failure import Reason
from reelsift.domain.handling import DEFAULT_QUEUE, ON_FAILED, Handling, QueueRule
from reelsift.domain.handling_document import MOST_QUEUES
from reelsift.domain.policy import Policy, UnknownName
from reelsift.domain.policy_document import read_policy_document
from reelsift.domain.policy_yaml import PolicyError

HOUR_MS = 3_600_000


def read(text: str) -> Handling:
    return read_policy_document(text).handling


def test_what_a_policy_does_not_say_holds_as_if_it_stood_there() -> None:
    assert read("default: {}") == Handling()
    assert read("on_failed:\naudit_approvals:\nqueues:\ndue_hours:") == Handling()
    assert Policy.built_in().handling == Handling()


def test_failures_that_people_look_at_are_named_or_switched_off() -> None:
    assert read("on_failed: [unsupported_codec, archived]").on_failed == {Reason.UNSUPPORTED_CODEC, Reason.ARCHIVED}
    assert read("on_failed: too_large").on_failed == {Reason.TOO_LARGE}
    assert read("on_failed: off").on_failed == frozenset()
    assert read("on_failed: []").on_failed == frozenset()


@pytest.mark.parametrize(
    ("written", "share"), [("0.5 %", 0.005), ("0.005", 0.005), ("100%", 1.0), ("1", 1.0), ("0", 0.0), ("off", 0.0)]
)
def test_a_share_is_a_number_or_a_percentage(written: str, share: float) -> None:
    assert read(f"audit_approvals: {written}").audit_approvals == share


def test_a_queue_and_a_weight_are_looked_up_by_themselves_from_the_nearest_up() -> None:
    handling = read("queues: {Violence: rough, Graphic Violence: {weight: 3}, Hate Symbols: {queue: hate, weight: 5}}")
    assert handling.queues["hate symbols"] == QueueRule("hate", 5.0)
    assert handling.queue_of(("Violence",)) == ("rough", 1.0)
    assert handling.queue_of(("Violence", "Graphic Violence", "Blood & Gore")) == ("rough", 3.0)
    assert handling.queue_of(("HATE SYMBOLS", "Nazi Party")) == ("hate", 5.0)
    assert handling.queue_of(("Alcohol",)) == (DEFAULT_QUEUE, 1.0)


def test_due_hours_are_those_of_all_queues_or_of_each() -> None:
    assert read("default: {}").due_ms("any") == 24 * HOUR_MS
    assert read("due_hours: 0.5").due_ms("any") == HOUR_MS // 2
    by_queue = read("due_hours: {default: 48, appeals: 168}")
    assert [by_queue.due_ms(queue) for queue in ("appeals", "default", "rough")] == [
        hours * HOUR_MS for hours in (168, 48, 48)
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("on_failed: 5", "on_failed: must be a list of reasons, or off"),
        ("on_failed: [codec]", "on_failed: codec is no reason for which a video fails; there are access_denied, "),
        ("on_failed: [cancelled]", "on_failed: cancelled is no reason for which a video fails; there are "),
        ("on_failed: [3]", "on_failed: an entry is no reason for which a video fails; there are "),
        ("audit_approvals: yes", "audit_approvals: must be a share such as 0.5 % or 0.005, or off"),
        ("audit_approvals: some", "audit_approvals: must be a share such as 0.5 % or 0.005, or off"),
        ("audit_approvals: 5", "audit_approvals: must lie between 0 and 1, or between 0 % and 100 %: 5 % is 0.05"),
        ("audit_approvals: 101 %", "audit_approvals: must lie between 0 and 1, or between 0 % and 100 %: 5 % is 0.05"),
        ("audit_approvals: .nan", "audit_approvals: must lie between 0 and 1, or between 0 % and 100 %: 5 % is 0.05"),
        ("queues: rough", "queues: must be names of labels, each with a queue"),
        ("queues: {Violence: Rough Ones}", "queues.Violence: Rough Ones is no name of a queue: up to 40 of a-z"),
        ("queues: {Violence: appeals}", "queues.Violence: the queue appeals is for items of one cause only"),
        ("queues: {Violence: 3}", "queues.Violence: must be the name of a queue, or {queue: name, weight: number}"),
        ("queues: {Violence: {name: a}}", "queues.Violence: there is no such key as name; there are queue, weight"),
        (
            "queues: {Violence: {weight: 11}}",
            "queues.Violence: weight must be a number above 0 and at most 10",
        ),
        ("queues: {Violence: {weight: .nan}}", "queues.Violence: weight must be a number above 0 and at most 10"),
        (
            "queues: {" + ", ".join(f"a{number}: q{number}" for number in range(MOST_QUEUES + 1)) + "}",
            "queues: names 21 queues; there may be 20",
        ),
        ("due_hours: soon", "due_hours: must be a number above 0 and at most 8760"),
        ("due_hours: {rough: 0}", "due_hours: rough must be a number above 0 and at most 8760"),
        ("due_hours: {Rough Ones: 5}", "due_hours: Rough Ones is no name of a queue: "),
    ],
)
def test_a_fault_is_a_sentence_that_names_the_key(text: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as raised:
        read(text)
    assert str(raised.value).startswith(sentence)
    assert len(str(raised.value).splitlines()) == 1


def test_a_queue_for_a_label_that_nothing_reports_is_told() -> None:
    assert Policy.parse("queues: {Violense: rough}").unknown == (UnknownName("queues", "Violense", "Violence"),)
    assert Policy.parse("queues: {threats: rough}\ntext: {threats: {words: a, review: 5}}").unknown == ()
    assert Policy.parse("queues: {Pistol: rough}\nlabels: {Gun: {review: 5}}").unknown == ()


HANDLINGS = st.fixed_dictionaries(
    {},
    optional={
        "on_failed": st.sampled_from(["off", "[archived]", "[too_large, gave_up]"]),
        "audit_approvals": st.sampled_from(["0.5 %", "1", "off"]),
        "queues": st.sampled_from(["{Violence: rough}", "{Violence: {queue: rough, weight: 2}}", "{}"]),
        "due_hours": st.sampled_from(["1", "{rough: 2}"]),
    },
)


@given(HANDLINGS, HANDLINGS)
def test_what_people_are_asked_makes_no_verdict_old(one: dict[str, str], other: dict[str, str]) -> None:
    """The digest of the rules is the same whatever stands here, and that of the handling tells what it says apart."""
    first, second = (
        Policy.parse("\n".join(["default: {review: 70}", *(f"{key}: {value}" for key, value in document.items())]))
        for document in (one, other)
    )
    assert first.digest == second.digest == Policy.parse("default: {review: 70}").digest
    assert (first.handling.digest == second.handling.digest) == (first.handling == second.handling)
    assert first.handling.on_failed <= ON_FAILED | {Reason.ARCHIVED, Reason.GAVE_UP}
