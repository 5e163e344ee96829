"""The row `status` of a video as DynamoDB keeps it, and what was moved out of it into rows of its own."""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.context import context_text, read_context_text
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.reevaluation import Reevaluated
from reelsift.domain.seal import hidden
from reelsift.domain.status import (
    AppealDecided,
    By,
    Cause,
    Known,
    Restriction,
    Revision,
    Status,
    StatusReason,
    Unpublished,
    VideoStatus,
)
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, Rejecting, VideoVerdict

SHARDS = 8
"""Partitions of each index that many rows may enter at once: one takes 1,000 writes a second (DynamoDB)."""

STATUS = "status"
"""The part of the row."""

UNSENT = "unsent_"
"""Begins the name of an attribute that stands for one unsent alert. So alerts are added and taken away one by one."""

EVENT = "event_"
"""Begins the name of an attribute that stands for one unpublished revision, for the same reason."""

APPEAL = "appeal_"
"""Begins the name of an attribute that stands for one appeal whose outcome is untold, for the same reason."""

SEALED_UNTOLD = "untold#sealed"

STUB = "stub"
"""The attribute by which it is known that the row of a sealed video was moved, and this is what is left."""

BACK = "unseal"
"""The attribute by which it is known that what was sealed is to be where it was."""

HISTORY_PART = "history#"
EVENT_PART = "event#"

LONGEST_MESSAGE = 300
"""Characters of a failure's words in the row."""

MAY_LACK = (
    *("bucket", "key", "etag", "version_id", "size", "last_modified", "versions", "duration_ms"),
    *("verdict", "flagged", "missing", "attempts", "policy", "epoch", "rests_on", "reasons", "alerted", "judged_ms"),
    *("status", "status_shard", "changed_ms", "restriction", "status_reasons", "last_decision", "standing", "known"),
    *("sealed", "failure", "context", "batch", "line", "more_events", "rejecting", "reevaluated"),
)
"""Attributes that a row has only where there is something to say: its indexes stay sparse, and most rows below 1 KB."""


OF_TAGS = ("untagged", "tag_at", "tag_lease", "tag_until", "tag_late", "tag_mark", "tag_failure", "tagged")
"""Attributes of a row that only say how far its objects are tagged."""


def key_of(video_id: str) -> dict[str, str]:
    """The key of a video's row."""
    return {"video_id": video_id, "part": STATUS}


def key_partition(bucket: str, key: str) -> str:
    """Under which the contents are listed that a key has had. NUL stands in no name of a bucket."""
    name = f"{bucket}\0{key}".encode("utf-8", "surrogatepass")
    return f"key#{hashlib.sha256(name).hexdigest()}"


def content_key(video: Video) -> dict[str, str]:
    """The key of the row that says that a key has had this content."""
    return {"video_id": key_partition(video.bucket, video.key), "part": video.video_id}


def shard_of(video_id: str) -> int:
    """The shard of the indexes that a video's row stands in: the same for ever."""
    return zlib.crc32(video_id.encode()) % SHARDS


UNTOLD_PARTITIONS = (SEALED_UNTOLD, *(f"untold#{shard}" for shard in range(SHARDS)))
"""All of the index of what is untold. Sealed videos stand apart, and first: nobody may hold up what is told of them."""


def untold_partition(row: VideoStatus) -> str:
    """Where a video stands in the index of what is untold."""
    return SEALED_UNTOLD if row.sealed else f"untold#{shard_of(row.video_id)}"


def untagged_at_once(video_id: str) -> dict[str, Any]:
    """The attributes of a row whose objects are to be tagged at once: no clock decides when that is."""
    return {"untagged": untagged_partition(shard_of(video_id)), "tag_at": 0}


def untagged_partition(shard: int) -> str:
    return f"untagged#{shard}"


def sealing_at_once(video_id: str, now_ms: int) -> dict[str, Any]:
    """The attributes of a row whose video is to be moved to the sealed place, or back, since `now_ms` (epoch
    milliseconds): no clock decides when.
    """
    return {"sealing": sealing_partition(shard_of(video_id)), "seal_at": 0, "seal_since": now_ms}


def sealing_partition(shard: int) -> str:
    return f"sealing#{shard}"


def status_partition(status: Status, shard: int) -> str:
    return f"{status}#{shard}"


def row_of(row: VideoStatus) -> dict[str, Any]:
    """All attributes but the key, unsent alerts, events, and when to look after these."""
    attributes = {
        **(_video(row.video) if row.video is not None else {}),
        **(_verdict(row.verdict) if row.verdict is not None else {}),
        "status": None if row.status is None else str(row.status),
        "changed_ms": row.changed_ms,
        "restriction": None if row.restriction is None else row.restriction.members(),
        "status_reasons": [reason.members() for reason in row.reasons] or None,
        "revision": row.revision,
        "last_decision": row.last_decision or None,
        "standing": row.standing or None,
        "known": None if row.known is None else _known(row.known),
        "sealed": row.sealed or None,
        "failure": None if row.failure is None else _failure(row.failure),
        "duration_ms": row.duration_ms,
        "context": context_text(row.context),
        "history": [revision_members(revision) for revision in row.history],
        "more_events": row.more_events or None,
        "edition": row.edition,
    }
    if row.asked_by is not None:
        attributes["batch"], attributes["line"] = row.asked_by
    if row.video is None or row.versions != _only(row.video):
        attributes["versions"] = list(row.versions)
    if row.status not in {None, Status.APPROVED} and not row.sealed:
        attributes["status_shard"] = status_partition(Status(row.status), shard_of(row.video_id))
    if row.sealed:
        attributes.pop("flagged", None)
    return {name: value for name, value in attributes.items() if value is not None}


def read_row(row: Mapping[str, Any]) -> VideoStatus:
    """The video that a row is about; of a sealed one what everybody may know. So whatever reads rows shows no more."""
    whole = read_whole_row(row)
    return hidden(whole) if whole.sealed else whole


def read_whole_row(row: Mapping[str, Any]) -> VideoStatus:
    """All that a row says, also of a sealed video: for what seals it, for specialists, and for who tags its objects."""
    video = _read_video(row) if "etag" in row else None
    history = tuple(map(read_revision, row["history"]))
    by_number = {revision.number: revision for revision in history}
    events = [
        _read_event(members, by_number.get(int(name.removeprefix(EVENT))))
        for name, members in row.items()
        if name.startswith(EVENT)
    ]
    versions = tuple(row["versions"]) if "versions" in row else _only(video)
    return VideoStatus(
        video_id=row["video_id"],
        video=video,
        verdict=_read_verdict(row, video) if video is not None and "rests_on" in row else None,
        status=Status(row["status"]) if "status" in row else None,
        restriction=Restriction.read(row["restriction"]) if "restriction" in row else None,
        reasons=tuple(map(StatusReason.read, row.get("status_reasons", ()))),
        revision=row["revision"],
        last_decision=row.get("last_decision", 0),
        standing=row.get("standing", 0),
        known=_read_known(row["known"]) if "known" in row else None,
        sealed=row.get("sealed", False),
        failure=_read_failure(row["failure"]) if "failure" in row else None,
        duration_ms=row.get("duration_ms"),
        context=read_context_text(row.get("context")),
        asked_by=(row["batch"], row["line"]) if "batch" in row else None,
        versions=versions,
        history=history,
        unpublished=tuple(sorted(events, key=lambda event: event.revision.number)),
        appeals=tuple(
            sorted(
                (_read_appeal(members) for name, members in row.items() if name.startswith(APPEAL)),
                key=lambda appeal: appeal.decision,
            )
        ),
        more_events=row.get("more_events", False),
        tell_at_ms=row.get("tell_at"),
        tell_tries=row.get("tell_tries", 0),
        edition=row["edition"],
    )


def event_members(event: Unpublished, *, whole: bool = False) -> dict[str, Any]:
    """An unpublished revision. Only a `whole` one says what the history beside it says too."""
    members = {
        "revision": revision_members(event.revision) if whole else None,
        "previous": None if event.previous is None else str(event.previous),
        "reasons": [reason.members() for reason in event.reasons] or None,
        "tell_at": event.tell_at_ms,
        "claimed": event.claimed or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def event_part(number: int) -> str:
    return f"{EVENT_PART}{number:09d}"


def appeal_name(appeal: str) -> str:
    """The attribute of an appeal: its id may hold anything."""
    return APPEAL + hashlib.sha256(appeal.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def appeal_members(appeal: AppealDecided) -> dict[str, Any]:
    """What became of an appeal."""
    members = {
        "appeal": appeal.appeal,
        "overturned": appeal.overturned,
        "decision": appeal.decision,
        "at_ms": appeal.at_ms,
        "person": appeal.by.person,
        "status": None if appeal.status is None else str(appeal.status),
        "revision": appeal.revision,
        "restriction": None if appeal.restriction is None else appeal.restriction.members(),
        "reasons": [reason.members() for reason in appeal.reasons] or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def read_event_row(row: Mapping[str, Any]) -> Unpublished:
    """An unpublished revision that has a row of its own."""
    return _read_event(row["event"], None)


def revision_members(revision: Revision) -> dict[str, Any]:
    members = {
        "revision": revision.number,
        "status": str(revision.status),
        "at_ms": revision.at_ms,
        "cause": str(revision.cause),
        "policy": revision.by.policy,
        "epoch": revision.by.epoch or None,
        "person": revision.by.person,
        "restriction": None if revision.restriction is None else revision.restriction.members(),
        "decision": revision.decision or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def read_revision(members: Mapping[str, Any]) -> Revision:
    return Revision(
        number=members["revision"],
        status=Status(members["status"]),
        at_ms=members["at_ms"],
        by=By(members.get("policy"), members.get("epoch", 0), members.get("person")),
        cause=Cause(members["cause"]),
        restriction=Restriction.read(members["restriction"]) if "restriction" in members else None,
        decision=members.get("decision", 0),
    )


def _read_event(members: Mapping[str, Any], revision: Revision | None) -> Unpublished:
    made = read_revision(members["revision"]) if "revision" in members else revision
    assert made is not None  # noqa: S101 - the history has it, or the event itself
    return Unpublished(
        revision=made,
        previous=Status(members["previous"]) if "previous" in members else None,
        reasons=tuple(map(StatusReason.read, members.get("reasons", ()))),
        tell_at_ms=members.get("tell_at"),
        claimed=members.get("claimed", False),
    )


def _read_appeal(members: Mapping[str, Any]) -> AppealDecided:
    return AppealDecided(
        appeal=members["appeal"],
        overturned=members["overturned"],
        decision=members["decision"],
        at_ms=members["at_ms"],
        by=By(person=members.get("person")),
        status=Status(members["status"]) if "status" in members else None,
        revision=members["revision"],
        restriction=Restriction.read(members["restriction"]) if "restriction" in members else None,
        reasons=tuple(map(StatusReason.read, members.get("reasons", ()))),
    )


def _video(video: Video) -> dict[str, Any]:
    return {
        "bucket": video.bucket,
        "key": video.key,
        "etag": video.etag,
        "version_id": video.version_id,
        "size": video.size,
        "last_modified": video.last_modified.isoformat() if video.last_modified else None,
    }


def _read_video(row: Mapping[str, Any]) -> Video:
    return Video(
        bucket=row["bucket"],
        key=row["key"],
        etag=row["etag"],
        version_id=row.get("version_id"),
        size=row.get("size"),
        last_modified=datetime.fromisoformat(row["last_modified"]) if "last_modified" in row else None,
    )


def _only(video: Video | None) -> tuple[str, ...]:
    """The versions that lines have named, where that is the one which the row names anyhow."""
    return () if video is None or video.version_id is None else (video.version_id,)


def _verdict(verdict: VideoVerdict) -> dict[str, Any]:
    return {
        "verdict": None if verdict.verdict is None else str(verdict.verdict),
        "flagged": None if verdict.verdict in {None, Verdict.APPROVE} else str(verdict.verdict),
        "missing": [str(analysis) for analysis in verdict.missing],
        "attempts": {str(analysis): attempt for analysis, attempt in verdict.basis.attempts.items()},
        "policy": verdict.basis.policy,
        "epoch": verdict.basis.epoch,
        "rests_on": verdict.basis.digest,
        "reasons": [_peak(peak) for peak in verdict.reasons],
        "alerted": [[str(analysis), label] for analysis, label in verdict.alerted],
        "judged_ms": verdict.judged_ms,
        "rejecting": None if verdict.rejecting is None else str(verdict.rejecting),
        "reevaluated": None if verdict.reevaluated is None else _reevaluated(verdict.reevaluated),
    }


def _read_verdict(row: Mapping[str, Any], video: Video) -> VideoVerdict:
    return VideoVerdict(
        video=video,
        verdict=Verdict(row["verdict"]) if "verdict" in row else None,
        missing=tuple(map(Analysis, row["missing"])),
        basis=Basis(
            {Analysis(analysis): attempt for analysis, attempt in row["attempts"].items()}, row["policy"], row["epoch"]
        ),
        reasons=tuple(map(read_peak, row["reasons"])),
        judged_ms=row["judged_ms"],
        alerted=tuple((Analysis(analysis), label) for analysis, label in row["alerted"]),
        unsent=frozenset(name.removeprefix(UNSENT) for name in row if name.startswith(UNSENT)),
        rejecting=Rejecting(row["rejecting"]) if "rejecting" in row else None,
        reevaluated=Reevaluated(**row["reevaluated"]) if "reevaluated" in row else None,
    )


def _reevaluated(by: Reevaluated) -> dict[str, Any]:
    return {name: value for name, value in asdict(by).items() if value is not None}


def _peak(peak: Peak) -> dict[str, Any]:
    row = {
        "analysis": str(peak.analysis),
        "label": peak.label,
        "parents": list(peak.parents),
        "max_confidence": peak.max_confidence,
        "peak_ms": peak.peak_ms,
        "threshold": peak.threshold,
    }
    return row if peak.known_as is None else row | {"known_as": peak.known_as}


def read_peak(members: Mapping[str, Any]) -> Peak:
    return Peak(
        analysis=Analysis(members["analysis"]),
        label=members["label"],
        parents=tuple(members["parents"]),
        max_confidence=float(members["max_confidence"]),
        peak_ms=members["peak_ms"],
        threshold=float(members["threshold"]),
        ranges_ms=(),
        known_as=members.get("known_as"),
    )


def _known(known: Known) -> dict[str, Any]:
    labels = sorted([str(analysis), label] for analysis, label in known.labels)
    return {"verdict": None if known.verdict is None else str(known.verdict), "labels": labels}


def _read_known(members: Mapping[str, Any]) -> Known:
    verdict = members.get("verdict")
    labels = frozenset((Analysis(analysis), label) for analysis, label in members["labels"])
    return Known(None if verdict is None else Verdict(verdict), labels)


def _failure(failure: Failure) -> dict[str, Any]:
    return {"reason": str(failure.reason), "message": failure.message[:LONGEST_MESSAGE]}


def _read_failure(members: Mapping[str, Any]) -> Failure:
    return Failure(Reason(members["reason"]), members["message"])
