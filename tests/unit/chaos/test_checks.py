"""A check that cannot fail proves nothing: each is given right records, and then the same with one thing wrong."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from chaos.cast import Manifest, Parcel, Subject
from chaos.checks import CHECKS, violations
from chaos.evidence import Evidence
from chaos.expectations import Expectations
from chaos.kinds import KINDS
from support.world import BUCKET

BATCH, DIRECT = "20261122-120000-abc", "direct-2026-11-22"
OF = {kind.name: Subject(f"{kind.name}.mp4", kind, 1000) for kind in KINDS}
POISON = "poison without a comma"


def expected() -> Expectations:
    """Two lines of a clean video, one of an alerting one for both analyses, one that fails, one bad row, one poison,
    one of which an analysis fails.
    """
    known = Expectations(quota=2)
    manifest = Manifest("m", (OF["clean"], OF["alert"], OF["unsupported"], None), ("content_moderation", "labels"))
    known.submitted(BATCH, "m.csv", manifest)
    known.sent("message-1", Parcel("intake", "...", (OF["clean"],)))
    known.sent("message-2", Parcel("intake", POISON, (None,), poison=True, reason="bad_line"))
    known.sent("message-3", Parcel("intake", "...", (OF["partly"],), ("content_moderation", "text")))
    return known


def job(number: int, key: str, analysis: str, status: str = "SUCCEEDED", **members: Any) -> dict[str, Any]:
    start = {
        "content_moderation": "StartContentModeration",
        "labels": "StartLabelDetection",
        "text": "StartTextDetection",
    }[analysis]
    return {
        "job_tag": f"reelsift:{key}:{analysis}:1",
        "operation": start,
        "key": key,
        "status": status,
        "message": None if status == "SUCCEEDED" else "Unsupported codec/format.",
        "billed_ms": 1000 if status == "SUCCEEDED" else 0,
        "started_at": float(number),
        "ended_at": number + 1.5,
    } | members


def outcome(partition: str, line: str, status: str, billed_ms: int = 0, **members: Any) -> dict[str, Any]:
    return {"batch": partition, "line": line, "status": status, "billed_ms": billed_ms} | members


def answered(analysis: str, attempt: int = 1) -> dict[str, Any]:
    """The row of a job that has an answer."""
    members = {"state": "CLOSED", "video_id": "v", "key": "clean.mp4", "result_key": "results/v"}
    return members | {"analysis": analysis, "attempt": attempt}


def alert(key: str, alert_id: str) -> dict[str, Any]:
    return {
        "Message": f"s3://{BUCKET}/{key}\n\nVerdict: reject\n",
        "MessageAttributes": {"alert_id": {"Type": "String", "Value": alert_id}},
    }


def event(revision: int, status: str) -> dict[str, Any]:
    return {"id": f"v:{revision}", "revision": revision, "status": status, "video": {"video_id": "v"}}


def records() -> dict[str, Any]:
    """What the cloud and the tables say where all went well."""
    both = ("content_moderation", "labels")
    return {
        "ledger": [
            *(job(number, "clean.mp4", analysis) for number, analysis in enumerate(both)),
            *(job(number, "alert.mp4", analysis) for number, analysis in enumerate(both, 4)),
            *(job(number, "unsupported.mp4", analysis, "FAILED") for number, analysis in enumerate(both, 8)),
            job(12, "partly.mp4", "content_moderation"),
            *(
                job(12 + 2 * number, "partly.mp4", "text", "FAILED", job_tag=f"reelsift:partly.mp4:text:{number}")
                for number in (1, 2, 3)
            ),
            {"job_tag": "neighbour-1", "key": "neighbour.mp4", "started_at": 0.0, "ended_at": 99.0, "billed_ms": 7},
        ],
        "tables": {
            "jobs": [
                {"state": "CLOSED", "analysis": "labels", "key": "clean.mp4"},
                answered("content_moderation", attempt=2),
                answered("labels"),
            ],
            "reviews": [
                {
                    "video_id": "v",
                    "part": "status",
                    "key": "clean.mp4",
                    "verdict": "approve",
                    "epoch": 1,
                    "attempts": {"content_moderation": 2, "labels": 1},
                    "status": "approved",
                    "revision": 2,
                    "history": [{"revision": 1, "status": "in_review"}, {"revision": 2, "status": "approved"}],
                },
                {"video_id": "key#0", "part": "v", "key": "clean.mp4"},
            ],
            "labels": [],
            "slots": [{"slot": 0}, {"slot": 1, "reserved_by": "a worker"}],
            "batches": [
                {"batch_id": BATCH, "part": "meta", "state": "Complete"},
                {"batch_id": BATCH, "part": "chunk#000000000", "succeeded": 2, "failed": 2, "billed_ms": 4000},
                {"batch_id": DIRECT, "part": "meta"},
                {
                    "batch_id": DIRECT,
                    "part": "chunk#000000003",
                    "succeeded": 1,
                    "failed": 1,
                    "skipped": 1,
                    "billed_ms": 1000,
                },
            ],
            "outcomes": [
                outcome(f"{BATCH}#0", "m.csv:1", "SUCCEEDED", 2000, verdict="approve"),
                outcome(f"{BATCH}#0", "m.csv:2", "SUCCEEDED", 2000, verdict="reject"),
                outcome(f"{BATCH}#0", "m.csv:3", "FAILED", reason="unsupported_codec"),
                outcome(f"{BATCH}#0", "m.csv:4", "FAILED", reason="bad_line"),
                outcome(f"{DIRECT}#3", "message-1", "SKIPPED", reason="already_analysed", verdict="approve"),
                outcome(f"{DIRECT}#3", "message-2", "FAILED", reason="bad_line"),
                outcome(f"{DIRECT}#3", "message-3", "SUCCEEDED", 1000, reason="partly_failed", verdict="reject"),
                {"batch": "mail##outbox", "line": "!window"},
            ],
        },
        "waiting": {"intake": 0, "priority": 0, "begun": 0, "completion": 0},
        "dead": {"intake": [{"Body": POISON}], "priority": [], "begun": [], "completion": []},
        "alerts": [alert("alert.mp4", "one"), alert("alert.mp4", "one")],
        "events": [event(2, "approved"), event(1, "in_review"), event(2, "approved")],
        "appeals": [],
        "answers": [],
        "tags": {"clean.mp4": {"reelsift-status": "approved"}},
        "policies": {1: "built-in"},
        "span_ms": (0, 1000),
    }


def broken(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    """The violations that are found once the records were changed."""
    wrong = deepcopy(records())
    change(wrong)
    return [str(violation) for violation in violations(expected(), Evidence(**wrong))]


def test_books_that_are_right_break_no_promise() -> None:
    assert broken(lambda _: None) == []


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "a video has no verdict": (
        lambda it: it["tables"]["reviews"].clear(),
        "verdicts_rest_on_the_newest_answers",
        "clean.mp4 is judged by attempt None of content_moderation, not by 2",
    ),
    "a verdict does not know an answer": (
        lambda it: it["tables"]["reviews"][0]["attempts"].pop("labels"),
        "verdicts_rest_on_the_newest_answers",
        "clean.mp4 is judged by attempt None of labels, not by 1",
    ),
    "an alert was not sent": (
        lambda it: it["tables"]["reviews"][0].update(unsent_a1=True),
        "verdicts_rest_on_the_newest_answers",
        "clean.mp4 has an alert that was not sent",
    ),
    "an outcome is missing": (
        lambda it: it["tables"]["outcomes"].pop(0),
        "every_line_has_its_outcome",
        "line m.csv:1 of 20261122-120000-abc has 0 outcomes",
    ),
    "an outcome is there twice": (
        lambda it: it["tables"]["outcomes"].append(outcome(f"{DIRECT}#4", "message-2", "FAILED", reason="bad_line")),
        "every_line_has_its_outcome",
        "line message-2 of direct has 2 outcomes",
    ),
    "an outcome has another reason": (
        lambda it: it["tables"]["outcomes"][2].update(reason="start_unknown"),
        "every_line_has_its_outcome",
        "ended as ('FAILED', 'start_unknown', None), not ('FAILED', 'unsupported_codec', None)",
    ),
    "a failed analysis is not told of": (
        lambda it: it["tables"]["outcomes"][6].update(reason=None),
        "every_line_has_its_outcome",
        "ended as ('SUCCEEDED', None, 'reject'), not ('SUCCEEDED', 'partly_failed', 'reject')",
    ),
    "an analysis that fails for good was given up too soon": (
        lambda it: it["ledger"].pop(7),
        "each_attempt_is_billed_once",
        "partly.mp4, text: 2 jobs failed, 0 of them at random",
    ),
    "a verdict is wrong": (
        lambda it: it["tables"]["outcomes"][1].update(verdict="approve"),
        "every_line_has_its_outcome",
        "alert.mp4 ended as ('SUCCEEDED', None, 'approve')",
    ),
    "the only line of a video was skipped": (
        lambda it: it["tables"]["outcomes"][1].update(status="SKIPPED", reason="already_analysed"),
        "every_line_has_its_outcome",
        "alert.mp4 ended as ('SKIPPED', 'already_analysed', 'reject')",
    ),
    "a line that nobody sent": (
        lambda it: it["tables"]["outcomes"].append(outcome(f"{DIRECT}#3", "message-9", "FAILED")),
        "every_line_has_its_outcome",
        "line message-9 of direct has an outcome, and was never sent",
    ),
    "nobody paid": (
        lambda it: it["tables"]["outcomes"][0].update(status="SKIPPED", reason="already_analysed"),
        "who_pays_succeeds",
        "clean.mp4",
    ),
    "a video was paid twice": (
        lambda it: it["ledger"].append(job(20, "clean.mp4", "labels", job_tag="reelsift:clean.mp4:labels:2")),
        "each_attempt_is_billed_once",
        "clean.mp4, labels: 2 jobs succeeded",
    ),
    "an attempt was started twice": (
        lambda it: it["ledger"].append(job(20, "clean.mp4", "labels", "FAILED", message="Internal server error.")),
        "each_attempt_is_billed_once",
        "2 jobs with the tag reelsift:clean.mp4:labels:1",
    ),
    "an attempt that nothing asked for": (
        lambda it: it["ledger"].append(
            job(20, "unsupported.mp4", "labels", "FAILED", job_tag="reelsift:unsupported.mp4:labels:2")
        ),
        "each_attempt_is_billed_once",
        "unsupported.mp4, labels: 2 jobs failed, 0 of them at random",
    ),
    "an analysis that nobody asked for": (
        lambda it: it["ledger"].append(job(20, "missing.mp4", "labels")),
        "each_attempt_is_billed_once",
        "missing.mp4: nobody asked for StartLabelDetection",
    ),
    "a job was never started": (
        lambda it: it["ledger"].pop(0),
        "each_attempt_is_billed_once",
        "clean.mp4, content_moderation: 0 jobs succeeded",
    ),
    "a line hides what it has paid": (
        lambda it: it["tables"]["outcomes"][0].update(billed_ms=1000),
        "the_lines_say_what_was_billed",
        "clean.mp4: its lines say 1000 ms, Rekognition 2000 ms",
    ),
    "a slot is held": (
        lambda it: it["tables"]["slots"][0].update(holder="v/labels/1"),
        "no_slot_is_held_by_nobody",
        "slot 0 is held by v/labels/1",
    ),
    "a message is left": (
        lambda it: it["waiting"].update(intake=1),
        "nothing_is_in_flight",
        "1 messages in the intake queue",
    ),
    "a job is open": (
        lambda it: it["tables"]["jobs"][0].update(state="SETTLED"),
        "nothing_is_in_flight",
        "the job labels of clean.mp4 is SETTLED",
    ),
    "a line waits": (
        lambda it: it["tables"]["outcomes"].append({"batch": "waiters##v#labels", "line": "x"}),
        "nothing_is_in_flight",
        "x waits for v#labels",
    ),
    "an alert was not mailed": (
        lambda it: it["tables"]["outcomes"].append({"batch": "mail##outbox", "line": "one"}),
        "nothing_is_in_flight",
        "the alert one was never mailed",
    ),
    "a line was counted twice": (
        lambda it: it["tables"]["batches"][1].update(succeeded=3),
        "batch_sums_are_exact",
        "chunk 0 of 20261122-120000-abc counts succeeded 3, its outcomes say 2",
    ),
    "a chunk has no row": (
        lambda it: it["tables"]["batches"].pop(3),
        "batch_sums_are_exact",
        "outcomes of chunk 3 of direct-2026-11-22, which there is not",
    ),
    "a batch is not over": (
        lambda it: it["tables"]["batches"][0].update(state="Active"),
        "batch_sums_are_exact",
        "20261122-120000-abc is Active",
    ),
    "a batch lacks a line": (
        lambda it: (it["tables"]["outcomes"].pop(3), it["tables"]["batches"][1].update(failed=1)),
        "batch_sums_are_exact",
        "20261122-120000-abc has 4 lines, of which 3 are counted",
    ),
    "an alert is missing": (
        lambda it: it.update(alerts=[]),
        "alerts_are_those_that_are_due",
        "alert.mp4 (98.5 %) has no alert",
    ),
    "an alert is not due": (
        lambda it: it["alerts"].append(alert("clean.mp4", "two")),
        "alerts_are_those_that_are_due",
        "clean.mp4 has an alert that is not due",
    ),
    "a repetition has an id of its own": (
        lambda it: it["alerts"].append(alert("alert.mp4", "two")),
        "alerts_are_those_that_are_due",
        "alert.mp4 has alerts of 2 ids: one, two",
    ),
    "two videos have one alert": (
        lambda it: it["alerts"].append(alert("clean.mp4", "one")),
        "alerts_are_those_that_are_due",
        "2 videos share the alert id one",
    ),
    "an innocent message died": (
        lambda it: it["dead"]["priority"].append({"Body": json.dumps({"bucket": BUCKET})}),
        "dead_letters_are_poison",
        "in priority-dead",
    ),
    "poison vanished": (
        lambda it: it["dead"].update(intake=[]),
        "dead_letters_are_poison",
        "'poison without a comma' is not in intake-dead",
    ),
    "a third job was open": (
        lambda it: it["ledger"][4].update(started_at=4.5) or it["ledger"][5].update(started_at=4.5, ended_at=5.0),
        "the_quota_was_kept",
        "3 were open at a time, of 2",
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
