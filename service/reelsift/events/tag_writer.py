"""One lease on a video's row, and the looks at its objects that are taken under it."""

from collections.abc import Mapping

from reelsift.aws.object_tags import Held, ObjectTags, Target
from reelsift.aws.untagged import Tagging, Untagged
from reelsift.domain.object_tags import STATUS_TAG, TagFault, Untaggable, retagged
from reelsift.domain.status import Status
from reelsift.domain.video import Video
from reelsift.runtime.clock import Clock, as_ms


class LeaseLost(Exception):
    """Another worker has the row by now."""


class TagWriter:
    """Gives every object of a video the tag that its row asks for. Made when the lease is taken."""

    def __init__(self, untagged: Untagged, object_tags: ObjectTags, *, lease_s: float, clock: Clock) -> None:
        self._untagged = untagged
        self._object_tags = object_tags
        self._lease_s = lease_s
        self._clock = clock
        self._renewed_at = clock.monotonic()

    async def look(self, tagging: Tagging) -> bool:
        """Look at every object, and write what is not as it is to be; whether anything was written.

        Raises Untaggable, after the other objects were done, and LeaseLost.
        """
        video, status = tagging.row.video, tagging.row.status
        if video is None or status is None:
            return False
        current = await self._object_tags.held(Target(video.bucket, video.key))
        if tagging.late_ms and current is not None and current.etag != video.etag:
            # Whoever had the row before may have tagged other content, and died before it saw that.
            await self._take_back(Target(video.bucket, video.key, current.version_id), current)
        wrote = alive = False
        refusal: Untaggable | None = None
        for target in _targets(video, tagging.versions, current):
            await self._keep_lease(tagging)
            try:
                tags = await self._tags_of(target, video)
                if tags is None:
                    continue
                alive = True
                wrote = await self._write(target, tags, video, status) or wrote
            except Untaggable as untaggable:
                alive, refusal = True, refusal or untaggable
        if refusal is not None:
            raise refusal
        if not alive and current is None:
            raise Untaggable(TagFault.OBJECT_MISSING, f"{video.uri} is gone, with every version that a line has named")
        return wrote

    async def _tags_of(self, target: Target, video: Video) -> Mapping[str, str] | None:
        """The tags of a target that holds the video; None for one that does not."""
        if not target.fixed:
            held = await self._object_tags.held(target)
            if held is None or held.etag != video.etag:
                return None
        return await self._object_tags.read(target)

    async def _write(self, target: Target, tags: Mapping[str, str], video: Video, status: Status) -> bool:
        try:
            wanted = retagged(tags, status)
        except Untaggable as full:
            raise Untaggable(full.fault, f"{target}: {full.message}", target.version_id) from None
        if wanted is None or not await self._object_tags.write(target, wanted):
            return False
        if not target.fixed:
            held = await self._object_tags.held(target)
            if held is not None and held.etag != video.etag:
                await self._take_back(target, held)
        return True

    async def _take_back(self, target: Target, held: Held) -> None:
        """The object was overwritten while its tag was written, and other content may have that tag now. If that has a
        status of its own its row is looked at, else the tag goes.
        """
        if target.fixed or await self._untagged.again(Video(target.bucket, target.key, held.etag).video_id):
            return
        tags = await self._object_tags.read(target)
        if tags is not None and STATUS_TAG in tags:
            await self._object_tags.write(target, {key: value for key, value in tags.items() if key != STATUS_TAG})

    async def _keep_lease(self, tagging: Tagging) -> None:
        """Renew the lease at half time: a video may have many versions."""
        now = self._clock.monotonic()
        if now - self._renewed_at < self._lease_s / 2:
            return
        if not await self._untagged.renew(tagging, self._clock.now_ms() + as_ms(self._lease_s)):
            raise LeaseLost
        self._renewed_at = now


def _targets(video: Video, versions: frozenset[str], current: Held | None) -> list[Target]:
    """All versions that lines have named, and what the key holds, where that is the video and none of these."""
    named = [Target(video.bucket, video.key, version) for version in sorted(versions)]
    if current is None or current.etag != video.etag or current.version_id in versions:
        return named
    return [*named, Target(video.bucket, video.key, current.version_id)]
