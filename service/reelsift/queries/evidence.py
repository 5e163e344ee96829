"""The evidence about a sealed video, as the files of a packet: what was known of it, who has seen it, what followed.

What was kept is copied as it is: the rows, the answers of Rekognition and what was made of them. The bytes of the video
are read once, for their digest, and are in the packet where that is asked for.
"""

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from reelsift import __version__
from reelsift.aws.content import Content, ContentGone, content_at, pieces_of
from reelsift.aws.deployment import Deployment
from reelsift.aws.objects import read_object
from reelsift.domain.decision import Decision
from reelsift.domain.opinion import Opinion
from reelsift.domain.protection import Protection, ProtectionKind
from reelsift.domain.seal_record import Seen
from reelsift.domain.status import Revision
from reelsift.domain.video import Video
from reelsift.errors import NotSealed, VideoLost
from reelsift.queries.evidence_packet import PacketFile, PacketTarget, Written, json_file, write_packet
from reelsift.queries.sealed_video import SealedVideo, read_sealed
from reelsift.runtime.clock import Clock, SystemClock

FORM = 1
"""Of the manifest and of facts.json: raised where a reader of an older one would go wrong."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A packet that was written. `sha256` is that of the video, None where no object of that content was found."""

    video_id: str
    files: list[Written]
    sha256: str | None


async def export_evidence(
    deployment: Deployment,
    video_id: str,
    target: PacketTarget,
    *,
    with_video: bool = False,
    clock: Clock = SystemClock(),
) -> Evidence:
    """Write the evidence about a sealed video. That it was exported is taken down first, as a look.

    Raises VideoSealed for who is no specialist, NotSealed, BeingSealed, EvidenceIsThere, and VideoLost where the video
    is asked for and no object of its content is there any more.
    """
    # Before the look is taken down, which would stand in the evidence of a seal to come.
    if await deployment.seals.read(video_id) is None:
        raise NotSealed(video_id)
    sealed = await read_sealed(deployment, video_id, "evidence", clock)
    protection = await deployment.protection.of(video_id) if deployment.protection is not None else None
    content = await _found(deployment, sealed, protection)
    if content is None and with_video:
        raise VideoLost(video_id)
    packet = _Packet(deployment, sealed, protection, content, with_video=with_video, made_ms=clock.now_ms())
    try:
        async with aclosing(packet.files()) as files:
            written = await write_packet(target, files, packet.about)
    except ContentGone:
        raise VideoLost(video_id) from None
    return Evidence(video_id, written, packet.about["video"].get("sha256"))


async def _found(deployment: Deployment, sealed: SealedVideo, protection: Protection | None) -> Content | None:
    """Where the content of the video lies: in one of its versions, under its key, or as a copy."""
    video, client = sealed.row.video, deployment.clients.s3
    if video is None:
        return None
    named = [version for version in (video.version_id, *reversed(sealed.row.versions)) if version is not None]
    for version in [*dict.fromkeys(named), None]:
        found = await content_at(client, video.bucket, video.key, version)
        if found is not None and found.etag == video.etag:
            return found
    if protection is None or protection.kind is not ProtectionKind.COPY or protection.where is None:
        return None
    bucket, _, key = protection.where.removeprefix("s3://").partition("/")
    return await content_at(client, bucket, key)


class _Packet:
    """The files, one after the other. `about` is complete once all were given."""

    def __init__(
        self,
        deployment: Deployment,
        sealed: SealedVideo,
        protection: Protection | None,
        content: Content | None,
        *,
        with_video: bool,
        made_ms: int,
    ) -> None:
        self._deployment = deployment
        self._sealed = sealed
        self._protection = protection
        self._content = content
        self._with_video = with_video
        self.about: dict[str, Any] = {
            "form": FORM,
            "program": f"reelsift {__version__}",
            "made_ms": made_ms,
            "made_by": sealed.looks[-1].by if sealed.looks else None,
            "video_id": sealed.seal.video_id,
            "video": {},
        }

    async def files(self) -> AsyncGenerator[PacketFile, None]:
        video_id = self._sealed.seal.video_id
        yield json_file("facts.json", self._facts())
        yield json_file("decisions.json", _decisions(self._sealed))
        yield json_file("history.json", [_revision(each) for each in self._sealed.revisions])
        yield json_file("seen.json", await self._seen())
        yield PacketFile("rows.jsonl", self._rows())
        sealed_objects = self._deployment.sealed_objects
        if sealed_objects is not None:
            async for key, _ in sealed_objects.of_video(video_id):
                name = key.removeprefix(f"{video_id}/")
                if not name.startswith("video/"):
                    yield PacketFile(name, read_object(sealed_objects.client, sealed_objects.bucket, key))
        async for file in self._video():
            yield file

    async def _video(self) -> AsyncIterator[PacketFile]:
        """The video where it is asked for; its digest in any case."""
        if self._content is None:
            self.about["video"] = {"sha256": None, "why": "no object of this content is there any more"}
            return
        digest = hashlib.sha256()
        pieces = pieces_of(self._deployment.clients.s3, self._content)

        async def hashed() -> AsyncIterator[bytes]:
            async for piece in pieces:
                digest.update(piece)
                yield piece

        video = self._sealed.row.video
        name = f"video{'' if video is None else _suffix(video)}" if self._with_video else None
        if name is not None:
            yield PacketFile(name, hashed())
        else:
            async for _ in hashed():
                pass
        self.about["video"] = {
            "sha256": digest.hexdigest(),
            "bytes": self._content.size,
            "read_from": self._content.uri,
            "version_id": self._content.version_id,
            "file": name,
        }

    async def _rows(self) -> AsyncIterator[bytes]:
        """Every row that was moved, one a line, as it stood in its table."""
        async for kept in self._deployment.sealed_rows.of_video(self._sealed.seal.video_id):
            line = {"table": kept.table, "key": dict(kept.key), "row": dict(kept.row)}
            yield json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"

    def _facts(self) -> dict[str, Any]:
        row, seal = self._sealed.row, self._sealed.seal
        return {
            "form": FORM,
            "video_id": seal.video_id,
            "object": None if row.video is None else _object_facts(row.video, row.versions),
            "status": None if row.status is None else str(row.status),
            "revision": row.revision,
            "context": row.context,
            "sealed": seal.members(),
            "protection": None if self._protection is None else _protection(self._protection),
            "reported": [each.members() for each in self._sealed.reports],
            "analyses": [
                {
                    "analysis": str(job.analysis),
                    "attempt": job.attempt,
                    "state": str(job.state),
                    "model_version": job.result.model_version,
                    "job_id": job.start.job_id,
                    "created_ms": job.times.created_ms,
                    "started_ms": job.times.running_ms,
                    "ended_ms": job.times.ended_ms,
                    "settled_ms": job.times.settled_ms,
                }
                for job in self._sealed.jobs
            ],
        }

    async def _seen(self) -> dict[str, Any]:
        """Who has had the video before them, by pseudonyms: who decided, who gave a second opinion, who was asked and
        left it, and who has looked since it was sealed. Whose a pseudonym is stands in the table of people.
        """
        items = self._deployment.sealed_rows.of_video(self._sealed.seal.video_id, "reviews", prefix="item#")
        skipped = [
            {"item": kept.key.get("part"), "by": kept.row["skipped"]} async for kept in items if kept.row.get("skipped")
        ]
        return {
            "decided": [
                {"by": each.by, "principal": each.principal, "at_ms": each.at_ms} for each in self._sealed.decisions
            ],
            "opined": [
                {"by": each.by, "principal": each.principal, "at_ms": each.at_ms} for each in self._sealed.opinions
            ],
            "skipped": skipped,
            "looked": [_look(each) for each in self._sealed.looks],
        }


def _object_facts(video: Video, versions: tuple[str, ...]) -> dict[str, Any]:
    return {
        "bucket": video.bucket,
        "key": video.key,
        "etag": video.etag,
        "version_id": video.version_id,
        "versions": list(versions),
        "bytes": video.size,
        "uploaded": None if video.last_modified is None else video.last_modified.isoformat(),
        "sha256_of_s3": video.sha256,
    }


def _protection(protection: Protection) -> dict[str, Any]:
    return {
        "kind": str(protection.kind),
        "where": protection.where,
        "at_ms": protection.at_ms,
        "versions": list(protection.versions),
        "sha256_of_s3": protection.sha256,
    }


def _decisions(sealed: SealedVideo) -> dict[str, Any]:
    return {
        "broken_at": sealed.broken_at,
        "decisions": [_decision(each) for each in sealed.decisions],
        "opinions": [_decision(each) for each in sealed.opinions],
    }


def _decision(decision: Decision | Opinion) -> dict[str, Any]:
    private = None if decision.private is None else decision.private.members()
    return {"record": decision.record(), "digest": decision.digest, "private": private}


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "status": str(revision.status),
        "at_ms": revision.at_ms,
        "cause": str(revision.cause),
        "by": revision.by.members(),
        "decision": revision.decision,
        "restriction": None if revision.restriction is None else revision.restriction.members(),
    }


def _look(seen: Seen) -> dict[str, Any]:
    return {"by": seen.by, "at_ms": seen.at_ms, "how": seen.how}


def _suffix(video: Video) -> str:
    """That of its key, as far as it is one."""
    suffix = PurePosixPath(video.key).suffix
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 10 else ""  # noqa: PLR2004
