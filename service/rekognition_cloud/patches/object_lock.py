"""Legal holds of Object Lock: what they say where there is none."""

from typing import Any

from moto.s3.exceptions import LockNotEnabled, S3ClientError
from moto.s3.responses import S3Response


def patch_object_lock() -> None:
    """Fault: of an object without a legal hold an empty one is told, and in a bucket without Object Lock too."""
    get = S3Response.get_object_legal_hold

    def get_object_legal_hold(self: Any) -> Any:
        if not self.backend.get_bucket(self.bucket_name).object_lock_enabled:
            raise LockNotEnabled
        key, _ = self._get_key()
        if not key.lock_legal_status:
            raise _not_locked()
        return get(self)

    S3Response.get_object_legal_hold = get_object_legal_hold


def _not_locked() -> Exception:
    error: Exception = S3ClientError(
        "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration"
    )
    return error
