import json
from dataclasses import replace

import pytest

from reelsift.batches.retry.choice import RetryChoice
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.failure import NOT_RETRIED, Reason
from reelsift.domain.reevaluation import Reevaluation
from reelsift.reports.completion_mail import completion_mail
from reelsift.reports.contents import FlaggedVideo, Move, ReportContents, summary_document
from reelsift.reports.page import render_page
from support.long_lists import whole

CREATED_MS = 1_780_000_000_000
BATCH = Batch("b1", "July", "list.csv", CREATED_MS, 12_345, 2, state=BatchState.COMPLETE)
FLAGGED = FlaggedVideo(
    "s3://videos/a\nb.mp4",
    "0" * 40,
    "m.csv:1",
    "reject",
    "content_moderation",
    "Weapons",
    98.5,
    10_000,
    (),
    frozenset(),
)
CONTENTS = ReportContents(
    deployment="prod",
    batch=BATCH,
    counts=Counts(succeeded=12_000, failed=340, skipped=5, billed_ms=90_000, cost_micros=150_000),
    written_ms=CREATED_MS + 7_200_000,
    location="s3://acme-work/reports/b1/",
    endings={("SUCCEEDED", ""): 12_000, ("FAILED", "unsupported_codec"): 340, ("SKIPPED", "already_analysed"): 5},
    verdicts={"approve": 11_999, "reject": 1},
    labels=(),
    flagged_total=1,
    flagged=(FLAGGED,),
)


def text(contents: ReportContents) -> str:
    """The words of the mail, however they are laid out."""
    return " ".join(completion_mail(contents, bucket="work", region="eu-west-1").text.split())


@pytest.mark.parametrize(
    "fact",
    [
        "Batch b1 is complete.",
        "Name: July Source: list.csv Deployment: prod",
        "Lines: 12,345 12,000 SUCCEEDED 340 FAILED, unsupported_codec: The video is not H.264",
        "5 SKIPPED, already_analysed:",
        "Verdicts: 11,999 approve, 1 reject",
        "Minutes: 1.50 paid for Money: 0.15 USD, by the prices",
        r"To look at: 1 video reject s3://videos/a\nb.mp4, Weapons 98.5 %",
        "The report: s3://acme-work/reports/b1/",
        "https://console.aws.amazon.com/s3/buckets/work?region=eu-west-1&prefix=reports%2Fb1%2F",
        "reelsift search --verdict reject --batch b1",
        "reelsift report b1",
        "reelsift retry b1",
    ],
)
def test_the_mail_has_the_numbers_and_the_ways_on(fact: str) -> None:
    assert fact in text(CONTENTS)


def test_the_mail_can_be_filtered_and_told_from_a_repetition() -> None:
    mail = completion_mail(CONTENTS, bucket="work", region="eu-west-1")
    assert mail.subject == "reelsift: batch b1 complete, 340 failed"
    assert mail.attributes == {"deployment": "prod", "batch": "b1", "state": "complete", "failed": 340}


def test_nothing_to_retry_or_to_look_at_is_not_offered() -> None:
    well = text(replace(CONTENTS, endings={("SUCCEEDED", ""): 1}, flagged=(), flagged_total=0))
    assert "retry" not in well
    assert "look at" not in well.lower()


@pytest.mark.parametrize("reason", sorted(NOT_RETRIED))
def test_a_retry_is_not_offered_where_it_would_find_nothing_to_do(reason: Reason) -> None:
    assert "retry" not in text(replace(CONTENTS, endings={("FAILED", reason): 3}))
    assert not RetryChoice().takes_reason(reason), "which is what `retry` itself says of it"
    assert "reelsift retry b1" in text(replace(CONTENTS, endings={("FAILED", reason): 3, ("FAILED", "archived"): 1}))


def test_a_batch_that_was_stopped_says_so_and_why() -> None:
    def stopped(reason: Reason, **members: object) -> str:
        return text(replace(CONTENTS, batch=replace(BATCH, stopped=reason, **members)))  # type: ignore[arg-type]

    assert "is cancelled: starting more could have passed its maximum cost." in stopped(Reason.MAX_COST)
    assert "Money: 0.15 USD of at most 2.00 USD" in stopped(Reason.MAX_COST, max_cost_micros=2_000_000)
    assert "reelsift retry b1 --reason max_cost --max-cost USD" in stopped(Reason.MAX_COST)
    assert "reelsift retry b1 --reason cancelled" in stopped(Reason.CANCELLED)
    assert "it had paused itself before: 60 % failed" in stopped(Reason.CANCELLED, held_because="60 % failed")


def test_what_failed_analyses_cost_is_told_as_not_known() -> None:
    words = "without failed analyses (up to 4 lines): whether AWS bills these is not known"
    endings = {("FAILED", "unsupported_codec"): 3, ("FAILED", "rekognition_failed"): 1, ("FAILED", "object_missing"): 9}
    assert words in text(replace(CONTENTS, endings=endings))
    assert words in render_page(replace(CONTENTS, endings=endings))
    assert json.loads(whole(summary_document(replace(CONTENTS, endings=endings)), []))["money_left_out"] == words
    for nothing in ({("FAILED", "object_missing"): 9}, {("SUCCEEDED", ""): 9}):
        assert "not known" not in text(replace(CONTENTS, endings=nothing))
        assert json.loads(whole(summary_document(replace(CONTENTS, endings=nothing)), []))["money_left_out"] is None


def test_what_was_passed_over_is_told() -> None:
    assert "1,000 passed over: suffix" in text(replace(CONTENTS, batch=replace(BATCH, passed_over=(("suffix", 1000),))))


def test_hostile_names_neither_forge_lines_nor_pass_the_limits_of_sns() -> None:
    hostile = replace(BATCH, batch_id="x" * 128, name="n\r\nLines: 0\u202e" * 1000, source="\udc80" * 5000)
    videos = [replace(FLAGGED, uri=f"s3://videos/{chr(0x202E) * 1000}", peak_label="\n" * 5000)] * 200
    mail = completion_mail(replace(CONTENTS, batch=hostile, flagged=videos), bucket="work", region="cn-north-1")
    assert len(mail.subject) < 100
    assert mail.subject.isascii()
    assert len(mail.text.encode()) < 128 * 1024
    assert mail.text.count("\nLines:") == 1
    assert "console.amazonaws.cn" in mail.text


REEVALUATED = replace(
    CONTENTS,
    batch=replace(BATCH, reevaluation=Reevaluation(epoch=8, policy="0123456789abcdef", walks=1)),
    moved={Move("approve", "review", "approved", "in_review"): 12, Move("", "approve", "", "approved"): 1},
)


def test_of_a_re_evaluation_it_says_what_moved_and_offers_no_retry() -> None:
    words = text(REEVALUATED)
    assert "Moved: 13 videos by version 8 of the policy" in words
    assert "12 approve -> review, status approved -> in_review" in words
    assert "1 none -> approve, status none -> approved" in words
    assert "reelsift retry" not in words


def test_of_a_re_evaluation_that_was_stopped_it_says_how_the_rest_is_judged() -> None:
    batch = replace(REEVALUATED.batch, stopped=Reason.POLICY_CHANGED, state=BatchState.CANCELLED)
    assert "The rest: reelsift reevaluate" in text(replace(REEVALUATED, batch=batch))
    assert "Another version of the policy went live" in render_page(replace(REEVALUATED, batch=batch))


def test_the_page_and_the_summary_of_a_re_evaluation_say_what_moved() -> None:
    page = render_page(REEVALUATED)
    assert "version 8 of the policy (0123456789abcdef)" in page
    assert "No video got another verdict" in render_page(replace(REEVALUATED, moved={}))
    document = json.loads(whole(summary_document(REEVALUATED), []))
    assert document["policy"] == {"digest": "0123456789abcdef", "epoch": 8}
    assert document["moved"] == [
        {
            "verdict_before": "approve",
            "verdict": "review",
            "status_before": "approved",
            "status": "in_review",
            "videos": 12,
        },
        {"verdict_before": None, "verdict": "approve", "status_before": None, "status": "approved", "videos": 1},
    ]
