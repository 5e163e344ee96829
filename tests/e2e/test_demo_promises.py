"""The demo's own checks: a run in which anything was otherwise is not called a success."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from reelsift.demo import cast
from reelsift.demo.findings import EndedBatch, Findings, Ledger, Remains
from reelsift.demo.mailbox import AlertMessage
from reelsift.demo.promises import promises
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Counts
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from support.jobs import make_job

MODERATION = "StartContentModeration"
MS = {film.key: int(film.seconds * 1000) for film in cast.FILMS}
CLOSER_MS = {(film.key, analysis.spec.start): MS[film.key] for film in cast.CLOSER for analysis in cast.CLOSER_ANALYSES}
JOBS = {(key, MODERATION): ms for key, ms in MS.items()} | CLOSER_MS
"""What each analysis is billed, by key and operation."""

IDS = {film.key: Video(cast.BUCKET, film.key, "etag").video_id for film in cast.FILMS}


def batch(status: OutcomeStatus) -> EndedBatch:
    """What becomes of the manifest's lines where all goes well; only new results are paid for."""
    keys = [film.key for film in (*cast.FILMS, *cast.AGAIN)]
    verdicts = {film.key: film.verdict or Verdict.APPROVE for film in cast.FILMS}
    paid = status is OutcomeStatus.SUCCEEDED
    good = [
        outcome(row, cast.BUCKET, key, status=status, verdict=verdicts[key], video_id=IDS[key])
        for row, key in enumerate(keys, 2)
    ]
    bad = [
        outcome(row, *uri.removeprefix("s3://").split("/", 1), status=OutcomeStatus.FAILED, reason=reason)
        for row, (uri, reason) in enumerate(cast.FAILURES.items(), 2 + len(good))
    ]
    last = outcome(1 + cast.LINES, "", "", status=OutcomeStatus.FAILED, reason=Reason.BAD_LINE)
    return EndedBatch(
        [*good, *bad, last],
        Counts(
            succeeded=len(good) if paid else 0,
            failed=cast.BAD_LINES,
            skipped=0 if paid else len(good),
            billed_ms=sum(MS.values()) if paid else 0,
        ),
    )


def closer() -> EndedBatch:
    outcomes = [
        outcome(row, cast.BUCKET, film.key, status=OutcomeStatus.SUCCEEDED, video_id=IDS[film.key])
        for row, film in enumerate(cast.CLOSER, 2)
    ]
    return EndedBatch(outcomes, Counts(succeeded=len(outcomes), billed_ms=sum(CLOSER_MS.values())))


def outcome(row: int, bucket: str, key: str, **members: Any) -> Outcome:
    return Outcome(id=LineId("batch", f"manifest.csv:{row}", 0), ref=ObjectRef(bucket, key), finished_ms=0, **members)


def job(film: cast.Film) -> Job:
    return make_job(
        video=Video(cast.BUCKET, film.key, "etag"),
        analysis=Analysis.CONTENT_MODERATION,
        attempt=1,
        state=JobState.CLOSED,
        by=LineId("batch", "line", 0),
        model_settings="",
        created_ms=0,
        peak_label="Label",
        peak_confidence=98.0 if film.alert else 60.0,
        billed_ms=MS[film.key],
    )


def judged(film: cast.Film) -> VideoVerdict:
    analysis = Analysis.CONTENT_MODERATION
    video, alerted = Video(cast.BUCKET, film.key, "etag"), ((analysis, "Label"),) if film.alert else ()
    basis = Basis({analysis: 1}, "policy")
    return VideoVerdict(video, film.verdict or Verdict.APPROVE, (), basis, (), judged_ms=0, alerted=alerted)


def mail(number: int, confidence: float = 98.0) -> AlertMessage:
    return AlertMessage(
        "subject", "text", {"alert_id": {"Value": str(number)}, "max_confidence": {"Value": confidence}}
    )


def ledger(jobs: Sequence[tuple[str, str]] = tuple(JOBS), **summary: Any) -> Ledger:
    rows = [{"key": key, "operation": operation, "status": "SUCCEEDED"} for key, operation in jobs]
    return Ledger(rows, {"billed_ms": sum(JOBS.values()), "peak_open": 4, "quota": 4, "refusals": {}, **summary})


def good() -> Findings:
    return Findings(
        first=batch(OutcomeStatus.SUCCEEDED),
        closer=closer(),
        second=batch(OutcomeStatus.SKIPPED),
        jobs={IDS[film.key]: job(film) for film in cast.FILMS},
        verdicts={IDS[film.key]: judged(film) for film in cast.FILMS},
        means=dict.fromkeys(IDS.values(), 55.0),
        mails=[mail(number) for number, _ in enumerate(film for film in cast.FILMS if film.alert)],
        ledger_between=ledger(),
        ledger=ledger(),
        remains=Remains(0, 0, 0, 0),
        exit_codes=(0, 0),
    )


def without_a_line(findings: Findings) -> Findings:
    return replace(findings, first=replace(findings.first, outcomes=findings.first.outcomes[1:]))


def changed(findings: Findings, row: int, **members: Any) -> Findings:
    outcomes = list(findings.first.outcomes)
    outcomes[row] = replace(outcomes[row], **members)
    return replace(findings, first=replace(findings.first, outcomes=outcomes))


def test_a_run_as_promised_breaks_nothing() -> None:
    assert {promise.name: promise.broken for promise in promises(good()) if promise.broken} == {}


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        pytest.param(
            "paid once", lambda f: replace(f, ledger=ledger([*JOBS, (cast.STAR.key, MODERATION)])), id="analysed twice"
        ),
        pytest.param("paid once", lambda f: replace(f, ledger=ledger(list(JOBS)[1:])), id="a video not analysed"),
        pytest.param("paid once", lambda f: replace(f, ledger=ledger(list(JOBS)[:-1])), id="shots not looked for"),
        pytest.param(
            "paid once",
            lambda f: replace(f, ledger=ledger([*JOBS, (cast.STAR.key, "StartFaceDetection")])),
            id="an analysis that nobody asked for",
        ),
        pytest.param("paid once", lambda f: replace(f, ledger=ledger(billed_ms=1)), id="a bill that nobody counts"),
        pytest.param(
            "paid once", lambda f: replace(f, second=batch(OutcomeStatus.SUCCEEDED)), id="a second batch that is paid"
        ),
        pytest.param(
            "quota kept",
            lambda f: replace(f, ledger=ledger(refusals={"LimitExceededException": 1})),
            id="a start refused for the quota",
        ),
        pytest.param("one outcome a line", without_a_line, id="a line without an outcome"),
        pytest.param(
            "one outcome a line",
            lambda f: replace(f, first=replace(f.first, counts=f.first.counts + Counts(succeeded=1))),
            id="an outcome counted twice",
        ),
        pytest.param("peaks survive", lambda f: replace(f, mails=f.mails[1:]), id="an alert too few"),
        pytest.param("peaks survive", lambda f: replace(f, mails=[f.mails[0]] * 2), id="an alert sent twice"),
        pytest.param("peaks survive", lambda f: replace(f, mails=[mail(0), mail(1, 94.0)]), id="an alert too low"),
        pytest.param("peaks survive", lambda f: changed(f, 1, verdict=Verdict.APPROVE), id="another verdict"),
        pytest.param("peaks survive", lambda f: replace(f, means=dict.fromkeys(f.means, 99.0)), id="no hidden peak"),
        pytest.param("failures told apart", lambda f: changed(f, -3, reason=Reason.GAVE_UP), id="another reason"),
        pytest.param(
            "failures told apart",
            lambda f: changed(f, 0, status=OutcomeStatus.FAILED, reason=Reason.GAVE_UP),
            id="a neighbour that failed",
        ),
        pytest.param("nothing left over", lambda f: replace(f, remains=Remains(1, 0, 0, 0)), id="a slot held"),
        pytest.param("nothing left over", lambda f: replace(f, exit_codes=(0, -9)), id="a worker that was killed"),
    ],
)
def test_what_went_otherwise_breaks_its_promise(name: str, spoil: Callable[[Findings], Findings]) -> None:
    assert name in [promise.name for promise in promises(spoil(good())) if promise.broken]
