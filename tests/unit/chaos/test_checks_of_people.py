"""What people did, told and asked wrongly: each check finds it."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from chaos.checks import violations
from chaos.checks_of_people import CHECKS
from chaos.evidence import Evidence
from chaos.expectations import Expectations
from reelsift.domain.decision import FIRST, digest_of


def decision(video_id: str, number: int, action: str, previous: str = FIRST, **members: Any) -> dict[str, Any]:
    """The record of a decision as it is stored."""
    statuses = {"approve": "approved", "reject": "rejected", "escalate": "in_review", "overturn": "rejected"}
    return {
        "video_id": video_id,
        "number": number,
        "action": action,
        "by": "p-1",
        "at_ms": 500,
        "status": statuses.get(action),
        "restriction": None,
        "withdraws": None,
        "appeal": None,
        "automated": True,
        "previous": previous,
    } | members


def stored(*records: dict[str, Any]) -> list[dict[str, Any]]:
    rows, previous = [], FIRST
    for record in records:
        chained = record | {"previous": previous}
        previous = digest_of(chained)
        part = f"decision#{record['number']:06}"
        rows.append({"video_id": record["video_id"], "part": part, "record": json.dumps(chained, sort_keys=True)})
    return rows


def status(video_id: str, revisions: list[tuple[str, int]], **members: Any) -> dict[str, Any]:
    """The row of a video that has had these statuses, each by a decision or, with 0, by none."""
    history = [
        {"revision": number, "status": made, "decision": decided}
        for number, (made, decided) in enumerate(revisions, start=1)
    ]
    made = {"status": history[-1]["status"]} if history else {}
    own = {"video_id": video_id, "part": "status", "key": f"{video_id}.mp4", "revision": len(history)}
    return own | {"history": history} | made | members


def item(video_id: str, cause: str, *, closed: bool = False, **members: Any) -> dict[str, Any]:
    state = {"closed_ms": 1} if closed else {"waiting": "q#1", "due_queue": "q#1"}
    name = f"{cause}#{members['appeal']}" if "appeal" in members else cause
    return {"video_id": video_id, "part": f"item#{name}", "cause": cause} | state | members


def event(video_id: str, revision: int, made: str, **members: Any) -> dict[str, Any]:
    video = {"video_id": video_id}
    return {"id": f"{video_id}:{revision}", "revision": revision, "status": made, "video": video} | members


def appeal_event(video_id: str, appeal: str, outcome: str) -> dict[str, Any]:
    return {"id": f"{video_id}:appeal:{appeal}", "appeal": {"id": appeal, "outcome": outcome}}


def answer(act: int, **members: Any) -> dict[str, Any]:
    return {"act": act, "person": "p-1", "deed": "decide", "ended": True} | members


def records() -> dict[str, Any]:
    """A video `undone`, approved by the policy: rejected by decision 1, which was taken back before it was told. One
    `disputed`: rejected, and the appeal against it was granted. One `reviewed`, which people are to look at. One
    `shown`, approved by decision before much was found. One `failed`, one `escalated`.
    """
    return {
        "ledger": [],
        "tables": {
            "jobs": [],
            "labels": [],
            "slots": [],
            "batches": [],
            "outcomes": [],
            "reviews": [
                status(
                    "undone", [("approved", 0), ("rejected", 1), ("approved", 2)], verdict="approve", last_decision=2
                ),
                *stored(decision("undone", 1, "reject"), decision("undone", 2, "withdraw", withdraws=1)),
                status(
                    "disputed",
                    [("rejected", 1), ("approved", 2)],
                    verdict="approve",
                    last_decision=2,
                    standing=2,
                ),
                *stored(
                    decision("disputed", 1, "reject"),
                    decision("disputed", 2, "overturn", appeal="a-1", status="approved"),
                ),
                item("disputed", "appeal", closed=True, appeal="a-1"),
                status("reviewed", [("in_review", 0)], verdict="review"),
                item("reviewed", "verdict"),
                item("reviewed", "appeal", appeal="a-2"),
                {"video_id": "reviewed", "part": "claim", "opened": 1},
                status("shown", [("approved", 1)], verdict="reject", last_decision=1, standing=1),
                *stored(decision("shown", 1, "approve", automated=False)),
                item("shown", "contradicted"),
                status("failed", [("failed", 0)], failure={"reason": "unsupported_codec"}),
                item("failed", "failed"),
                status("escalated", [("in_review", 1)], last_decision=1, standing=1),
                *stored(decision("escalated", 1, "escalate")),
                item("escalated", "escalated"),
            ],
        },
        "waiting": {"intake": 0, "priority": 0, "begun": 0, "completion": 0},
        "dead": {"intake": [], "priority": [], "begun": [], "completion": []},
        "alerts": [],
        "events": [
            event("undone", 1, "approved"),
            event("disputed", 2, "approved"),
            event("disputed", 1, "rejected"),
            event("disputed", 1, "rejected"),
            event("reviewed", 1, "in_review"),
            event("shown", 1, "approved"),
            event("failed", 1, "failed"),
            event("escalated", 1, "in_review"),
        ],
        "appeals": [appeal_event("disputed", "a-1", "overturned")],
        "answers": [
            answer(0, video_id="undone", decision=1, action="reject"),
            answer(1, video_id="undone", decision=2, action="withdraw", deed="withdraw"),
            answer(2, video_id="disputed", decision=1, action="reject"),
            answer(3, video_id="disputed", deed="appeal", appeal="a-1"),
            answer(4, video_id="disputed", decision=2, action="overturn", deed="answer", appeal="a-1"),
            answer(5, video_id="shown", decision=1, action="approve"),
            answer(6, video_id="escalated", decision=1, action="escalate"),
            answer(7, video_id="reviewed", deed="appeal", appeal="a-2"),
            answer(8, refused="DecidedMeanwhile"),
        ],
        "tags": {"undone.mp4": {"reelsift-status": "approved"}, "unknown.mp4": {"of-somebody": "else"}},
        "policies": {},
        "span_ms": (0, 1000),
    }


def broken(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    wrong = deepcopy(records())
    change(wrong)
    return [str(violation) for violation in violations(Expectations(quota=2), Evidence(**wrong))]


def row(it: dict[str, Any], video_id: str, part: str = "status") -> dict[str, Any]:
    (found,) = [row for row in it["tables"]["reviews"] if (row["video_id"], row["part"]) == (video_id, part)]
    assert isinstance(found, dict)
    return found


def drop(it: dict[str, Any], video_id: str, part: str) -> None:
    it["tables"]["reviews"].remove(row(it, video_id, part))


def rewrite(it: dict[str, Any], video_id: str, number: int, **members: Any) -> None:
    part = f"decision#{number:06}"
    (found,) = [row for row in it["tables"]["reviews"] if (row["video_id"], row["part"]) == (video_id, part)]
    found["record"] = json.dumps(json.loads(found["record"]) | members, sort_keys=True)


def test_books_that_are_right_break_no_promise() -> None:
    assert broken(lambda _: None) == []


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "a decision is lost": (
        lambda it: drop(it, "shown", "decision#000001"),
        "decisions_stand",
        "act 5 was told of decision 1 of shown, which there is not",
    ),
    "a decision was made twice": (
        lambda it: it["answers"].append(answer(9, video_id="shown", decision=1, action="approve")),
        "decisions_stand",
        "acts 5 and 9 were both told of decision 1 of shown",
    ),
    "a decision is somebody else's": (
        lambda it: rewrite(it, "shown", 1, by="p-2"),
        "decisions_stand",
        "decision 1 of shown is approve by p-2",
    ),
    "a decision that nobody made": (
        lambda it: it["answers"].pop(5),
        "decisions_stand",
        "nobody was told of decision 1 of shown",
    ),
    "a decision was changed": (
        lambda it: rewrite(it, "undone", 1, reasons=["other"]),
        "decisions_are_chained",
        "decision 2 of undone does not follow from the one before",
    ),
    "a decision is of a time that was not": (
        lambda it: rewrite(it, "shown", 1, at_ms=10_800_000),
        "decisions_are_chained",
        "decision 1 of shown was made 10800 s after the beginning",
    ),
    "a row counts more decisions": (
        lambda it: row(it, "shown").update(last_decision=2),
        "decisions_are_chained",
        "shown has the decisions [1]",
    ),
    "a row counts decisions that there are not": (
        lambda it: row(it, "reviewed").update(last_decision=1),
        "decisions_are_chained",
        "reviewed says it has 1 decisions",
    ),
    "a verdict went over a decision": (
        lambda it: row(it, "shown").update(status="in_review"),
        "the_latest_decision_stands",
        "shown.mp4 is ('in_review', None), not ('approved', None)",
    ),
    "what was taken back stands": (
        lambda it: row(it, "undone").update(standing=1),
        "the_latest_decision_stands",
        "by the row of undone.mp4 decision 1 stands",
    ),
    "a machine rejects": (
        lambda it: row(it, "reviewed").update(status="rejected"),
        "the_latest_decision_stands",
        "reviewed.mp4 is ('rejected', None), not ('in_review', None)",
    ),
    "a revision was not told": (
        lambda it: it["events"].pop(2) and it["events"].pop(2),
        "every_revision_is_told",
        "of disputed.mp4 the revisions {1: 'rejected', 2: 'approved'} were made, and [2] told",
    ),
    "a revision that nobody made was told": (
        lambda it: it["events"].append(event("failed", 2, "approved")),
        "every_revision_is_told",
        "of failed.mp4 the revisions {1: 'failed'} were made, and [1, 2] told",
    ),
    "a repetition says something else": (
        lambda it: it["events"].append(event("failed", 1, "rejected")),
        "every_revision_is_told",
        "revision 1 of failed is told as failed and as rejected",
    ),
    "what was taken back was told, and that it was taken back was not": (
        lambda it: it["events"].append(event("undone", 2, "rejected")),
        "every_revision_is_told",
        "undone.mp4 is ('approved', None), and ('rejected', None) was told last",
    ),
    "an event is left": (
        lambda it: row(it, "failed").update(event_1={}),
        "every_revision_is_told",
        "failed.mp4 is still to be told of",
    ),
    "the history has a gap": (
        lambda it: row(it, "undone")["history"].pop(1),
        "every_revision_is_told",
        "undone.mp4 is at revision 3, its history has [1, 3]",
    ),
    "a video has another status than its last revision": (
        lambda it: row(it, "failed").update(status="approved"),
        "every_revision_is_told",
        "failed.mp4 is ('approved', None) at revision 1",
    ),
    "a video without a status is told of": (
        lambda it: it["events"].append(event("unknown", 1, "failed")),
        "every_revision_is_told",
        "unknown is told of, and has no status",
    ),
    "what became of an appeal was not told": (
        lambda it: it["appeals"].clear(),
        "appeals_are_told",
        "disputed:appeal:a-1 was overturned, and is not told so",
    ),
    "an appeal is told as something else": (
        lambda it: it["appeals"].append(appeal_event("disputed", "a-1", "upheld")),
        "appeals_are_told",
        "disputed:appeal:a-1 was overturned, and is not told so",
    ),
    "an appeal is told that nobody decided": (
        lambda it: it["appeals"].append(appeal_event("reviewed", "a-2", "upheld")),
        "appeals_are_told",
        "reviewed:appeal:a-2 is told, and was not decided",
    ),
    "an appeal is lost": (
        lambda it: drop(it, "reviewed", "item#appeal#a-2"),
        "appeals_are_answered",
        "reviewed:appeal:a-2 was taken, and nobody is asked",
    ),
    "an appeal is asked about for ever": (
        lambda it: row(it, "disputed", "item#appeal#a-1").pop("closed_ms"),
        "appeals_are_answered",
        "disputed:appeal:a-1 was decided, and somebody is asked",
    ),
    "nobody is asked about a video": (
        lambda it: drop(it, "reviewed", "item#verdict"),
        "people_are_asked_what_they_should_be",
        "of reviewed.mp4 (in_review) people are asked [], not ['verdict']",
    ),
    "nobody is asked about what contradicts a decision": (
        lambda it: drop(it, "shown", "item#contradicted"),
        "people_are_asked_what_they_should_be",
        "of shown.mp4 (approved) people are asked [], not ['contradicted']",
    ),
    "people are asked about what somebody knew": (
        lambda it: rewrite(it, "shown", 1, automated=True),
        "people_are_asked_what_they_should_be",
        "of shown.mp4 (approved) people are asked ['contradicted'], not []",
    ),
    "people are asked about what is over": (
        lambda it: it["tables"]["reviews"].append(item("undone", "verdict")),
        "people_are_asked_what_they_should_be",
        "of undone.mp4 (approved) people are asked ['verdict'], not []",
    ),
    "people are asked about a video that is not known": (
        lambda it: it["tables"]["reviews"].append(item("unknown", "verdict")),
        "people_are_asked_what_they_should_be",
        "people are asked about unknown, of which nothing is known",
    ),
    "an item is in no queue": (
        lambda it: row(it, "failed", "item#failed").pop("waiting"),
        "what_is_open_waits",
        "item#failed of failed is open, and stands in ['due_queue']",
    ),
    "what is closed waits": (
        lambda it: row(it, "disputed", "item#appeal#a-1").update(waiting="q#1"),
        "what_is_open_waits",
        "item#appeal#a-1 of disputed is closed, and stands in ['waiting']",
    ),
    "a claim is left": (
        lambda it: row(it, "reviewed", "claim").update(claim_id="c", principal="p-3"),
        "what_is_open_waits",
        "reviewed is claimed by p-3",
    ),
    "a tag says something else": (
        lambda it: it["tags"].update({"undone.mp4": {"reelsift-status": "rejected"}}),
        "tags_say_the_status",
        "undone.mp4 is approved, and tagged rejected",
    ),
    "an object without a status has a tag": (
        lambda it: it["tags"].update({"unknown.mp4": {"reelsift-status": "failed"}}),
        "tags_say_the_status",
        "unknown.mp4 is None, and tagged failed",
    ),
    "an object is still to be tagged": (
        lambda it: row(it, "failed").update(untagged="untagged#1"),
        "tags_say_the_status",
        "failed.mp4 is still to be tagged",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_wrong_entry_is_found(change: str) -> None:
    make_wrong, check, words = CHANGES[change]
    promise = next(str(it.__doc__).rstrip(".") for it in CHECKS if it.__name__ == check)
    found = broken(make_wrong)
    assert any(line.startswith(f"{promise}: ") and words in line for line in found), found


def test_every_check_is_seen_to_fail() -> None:
    assert {check for _, check, _ in CHANGES.values()} == {check.__name__ for check in CHECKS}
