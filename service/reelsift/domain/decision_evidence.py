"""What was known of a video when somebody decided: a copy, so that a decision rests on nothing that expires."""

from collections.abc import Iterable, Mapping
from typing import Any

from reelsift.domain.message_text import label_text
from reelsift.domain.result import peak_members
from reelsift.domain.status import VideoStatus
from reelsift.domain.video_verdict import MOST_REASONS

MOST_RANGES = 10
"""Stretches of one label that are copied: the first."""

MOST_PARENTS = 10


def evidence(
    row: VideoStatus, head: Mapping[str, Any] | None = None, dataset_sha256: str | None = None
) -> dict[str, Any] | None:
    """The evidence of a video, as JSON of bounded size: verdict, policy and analyses with their models, and the labels
    that the verdict was given for with their confidences (0-100) and times (ms). None where nothing was known.

    `head` is what the dataset of the verdict says but for its segments, and `dataset_sha256` its digest (hexadecimal),
    by which it is known again; both None where it was deleted: then labels have the time of their peak only.
    """
    verdict, failure = row.verdict, row.failure
    if verdict is None:
        if failure is None:
            return None
        return {"failure": {"reason": str(failure.reason), "message": label_text(failure.message)}}
    reasons: Iterable[Mapping[str, Any]] = (
        map(peak_members, verdict.reasons) if head is None else head["reasons"][:MOST_REASONS]
    )
    return {
        "verdict": None if verdict.verdict is None else str(verdict.verdict),
        "missing": [str(analysis) for analysis in verdict.missing],
        "policy": verdict.basis.policy,
        "epoch": verdict.basis.epoch,
        "judged_ms": verdict.judged_ms,
        "analyses": {
            str(analysis): {"attempt": attempt, **_model(head, str(analysis))}
            for analysis, attempt in verdict.basis.attempts.items()
        },
        "dataset": None if dataset_sha256 is None else {"key": verdict.dataset_key, "sha256": dataset_sha256},
        "reasons": list(map(_reason, reasons)),
    }


def _model(head: Mapping[str, Any] | None, analysis: str) -> dict[str, Any]:
    """The model that answered, and the job by which AWS knows it."""
    if head is None or analysis not in head["analyses"]:
        return {}
    state = head["analyses"][analysis]
    return {"job_id": state["job_id"], "model_version": state["model_version"]}


def _reason(peak: Mapping[str, Any]) -> dict[str, Any]:
    ranges = peak["ranges_ms"]
    members = {
        **peak,
        "label": label_text(peak["label"]),
        "parents": [label_text(parent) for parent in peak["parents"][-MOST_PARENTS:]],
        "ranges_ms": [list(range_ms) for range_ms in ranges[:MOST_RANGES]],
    }
    return members | {"ranges": len(ranges)} if len(ranges) > MOST_RANGES else members
