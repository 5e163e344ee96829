"""The bucket of what is sealed, in memory."""

from collections.abc import AsyncGenerator, AsyncIterator

from reelsift.aws.objects import WorkBucket
from reelsift.aws.sealed_objects import FOLDERS, SealedObjects, sealed_key
from support.memory_stores import MemoryWork


class MemorySealed(SealedObjects):
    """Objects by their keys. What is copied is there whole, or not at all."""

    def __init__(self, work: MemoryWork) -> None:
        self.bucket = "sealed"
        self.objects: dict[str, bytes] = {}
        self._work = self._memory_work = work

    async def erase(self, video_id: str) -> None:
        folders = tuple(f"{video_id}/{folder}/" for folder in FOLDERS)
        for key in list(self.objects):
            if key.startswith(folders) or key == f"{video_id}/seal.json":
                del self.objects[key]

    async def mark(self, video_id: str, body: bytes) -> None:
        self.objects[f"{video_id}/seal.json"] = body

    @property
    def as_work(self) -> WorkBucket:
        return _Sealed(self)

    async def _copy(self, bucket: str, key: str, to_bucket: str, to_key: str, size: int) -> None:
        source, target = self._in(bucket), self._in(to_bucket)
        target[to_key] = source[key]
        assert len(target[to_key]) == size

    async def _listed(self, bucket: str, prefix: str) -> AsyncIterator[tuple[str, int]]:
        for key, body in list(self._in(bucket).items()):
            if key.startswith(prefix):
                yield key, len(body)

    def _in(self, bucket: str) -> dict[str, bytes]:
        return self.objects if bucket == self.bucket else self._memory_work.objects


class _Sealed(MemoryWork):
    def __init__(self, sealed: MemorySealed) -> None:
        super().__init__()
        self.bucket = sealed.bucket
        self.objects = sealed.objects

    async def get(self, key: str) -> bytes:
        return await super().get(sealed_key(key))

    def pieces(self, key: str) -> AsyncGenerator[bytes, None]:
        return super().pieces(key)
