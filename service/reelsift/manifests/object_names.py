"""What S3 calls things, checked before anything is asked of AWS: buckets, keys, versions, ETags."""

import re
from urllib.parse import unquote_plus

MAX_KEY_BYTES = 1024
"""An S3 key is at most 1,024 bytes of UTF-8 (S3 user guide, "Naming Amazon S3 objects")."""

# Rekognition's own shape for a bucket (botocore, rekognition/2016-06-27, S3Bucket). It is wider than today's S3
# naming rules on purpose: buckets made in us-east-1 before March 2018 may be 255 long, with capitals and
# underscores, and their videos are still there.
_BUCKET = re.compile(r"[0-9A-Za-z._-]{3,255}")

# S3 calls version ids URL-ready and at most 1,024 bytes; ETags are hexadecimal with an optional part count. A blank
# in either means that the columns are not what they seem, most often a comma in a key that was not encoded.
_TOKEN = re.compile(r"[!-~]{1,1024}")


def check_bucket(name: str) -> str:
    """`name`, if it can be a bucket's name; ValueError says what it looks like instead."""
    if _BUCKET.fullmatch(name):
        return name
    if not name:
        raise ValueError("the bucket is empty")
    if name.startswith("arn:"):
        raise ValueError("the bucket is an ARN: give the bucket's name, not the ARN of a bucket or access point")
    if "://" in name:
        raise ValueError("the bucket is a URL: give the bucket's name")
    raise ValueError("the bucket is not a bucket name: 3 to 255 letters, digits, dots, hyphens or underscores")


def check_key(key: str) -> str:
    """`key` (plain, not URL-encoded), if S3 can hold it; else ValueError."""
    if not key:
        raise ValueError("the key is empty")
    if "\0" in key:
        raise ValueError("the key holds a NUL character, which no S3 key can")
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise ValueError("the key holds half a surrogate pair, which no S3 key can: it must be UTF-8") from None
    if size > MAX_KEY_BYTES:
        raise ValueError(f"the key is {size} bytes long; S3 keys have at most {MAX_KEY_BYTES}")
    return key


def decode_key(encoded: str) -> str:
    """The plain key of a URL-encoded one, as S3 events, S3 Inventory and Batch Operations manifests write it.

    `+` is a space and `%2B` a plus. Everything S3 writes itself does it so (events, inventories, listings with
    `EncodingType=url`); the Batch Operations documents show `%20`, which reads the same either way, and AWS's own
    reader of Batch tasks (`S3BatchOperationTask` of Powertools for AWS Lambda) uses `unquote_plus`. A percent sign
    that begins no escape stands for itself. ValueError if the escapes are not UTF-8.
    """
    if "%" not in encoded and "+" not in encoded:
        return encoded
    try:
        return unquote_plus(encoded, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("the key's %-escapes are not UTF-8: encode the key's UTF-8 bytes") from None


def check_version(version_id: str) -> str | None:
    """`version_id`, None for an empty one; ValueError if it cannot be a version id."""
    if not version_id:
        return None
    if not _TOKEN.fullmatch(version_id):
        raise ValueError(
            "the version id holds blanks or is longer than 1,024 characters; a comma in a key is written %2C"
        )
    return version_id


def check_etag(etag: str) -> str | None:
    """`etag` without its quotes, None for an empty one; ValueError if it cannot be an ETag."""
    bare = etag.strip('"')
    if not bare:
        return None
    if not _TOKEN.fullmatch(bare):
        raise ValueError("the ETag holds blanks or is longer than 1,024 characters")
    return bare
