"""Why an object can never be analysed, as far as its bucket and its size tell."""

from collections.abc import Collection

from reelsift.domain.barrier import Barrier
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.video import MAX_VIDEO_BYTES, ObjectRef


def refused_bucket(bucket: str, allowed_buckets: Collection[str]) -> Failure | None:
    """What stands against a bucket; None where it is a data bucket."""
    if bucket in allowed_buckets:
        return None
    return Failure(
        Reason.BUCKET_NOT_ALLOWED,
        f"bucket {bucket} is not among the data buckets of this deployment; nothing of it was read",
    )


def refused_key(ref: ObjectRef, key_arn: str | None, allowed_keys: Collection[str] | None) -> Failure | None:
    """What stands against the KMS key that an object is encrypted with; None where it is none, or may be used.

    `allowed_keys` is None where the deployment does not know which keys its roles may use: then nothing is refused.
    """
    if key_arn is None or allowed_keys is None or key_arn in allowed_keys:
        return None
    return Failure(
        Reason.KEY_NOT_ALLOWED,
        f"{ref.uri} is encrypted with the KMS key {key_arn}, which is not among those that this deployment may use;"
        " add it to data_bucket_kms_key_arns, deploy, and retry",
    )


def refused_size(ref: ObjectRef, size: int) -> Failure | None:
    """What stands against so many bytes; None where Rekognition reads them."""
    if size == 0:
        return Failure(Reason.EMPTY_OBJECT, f"{ref.uri} is empty")
    if size > MAX_VIDEO_BYTES:
        return Failure(Reason.TOO_LARGE, f"{ref.uri} has {size} bytes; Rekognition reads at most {MAX_VIDEO_BYTES}")
    return None


def refused_storage(ref: ObjectRef, barrier: Barrier, *, listed: bool = False) -> Failure:
    """What stands against an object behind a barrier. `listed` is whether only a list says so: what is archived may
    have been restored since.
    """
    if not barrier.is_archive:
        return Failure(
            Reason.CUSTOMER_KEY,
            f"{ref.uri} is encrypted with a key that only its owner has (SSE-C), and Rekognition takes no such keys;"
            " copy it under another kind of encryption, then submit the copy",
        )
    if listed:
        return Failure(
            Reason.ARCHIVED,
            f"{ref.uri} was archived in {barrier} when its list was made; restore it unless that is done, then retry"
            " the line: S3 is asked then",
        )
    return Failure(Reason.ARCHIVED, f"{ref.uri} is archived in {barrier}; restore it, then retry")
