"""Where an object lies, in each of the ways in which AWS and its tools write it."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from reelsift.domain.video import ObjectRef
from reelsift.manifests.object_names import check_bucket, check_key, check_version, decode_key

_SCHEME = re.compile(r"s3[an]?://|https?://|arn:", re.IGNORECASE)

_ARN = re.compile(r"arn:aws[a-z-]*:s3:::", re.IGNORECASE)

_HOST = re.compile(
    # S3's names for itself (AWS General Reference, "Amazon S3 endpoints and quotas"), the bucket before them or not.
    r"(?:(?P<bucket>[^/]{3,255})\.)?"
    r"s3(?:[.-](?:dualstack|fips|accelerate|website))*(?:[.-][a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2})?"
    r"\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)",
    re.IGNORECASE,
)
_CONSOLE = re.compile(
    r"(?:[a-z0-9-]+\.)*console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)", re.IGNORECASE
)
_CONSOLE_PATH = re.compile(r"s3/(?:object|buckets)/(?P<bucket>[^/]+)")
_LONGEST_HOST = 300

_WRITE = "write s3://bucket/key"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in S3. `key` is plain, and empty where only a bucket is named."""

    bucket: str
    key: str
    version_id: str | None = None


def is_location(text: str) -> bool:
    """Whether a text begins as the location of an object does, and as no bucket's name can."""
    return _SCHEME.match(text) is not None


def read_location(text: str) -> Location:
    """The place that `text` names; its names are not checked yet.

    Understood are `s3://`, `s3a://` and `s3n://`, whose key is plain, as in the AWS CLI; the ARN of an object; and the
    URLs of S3 and of its console, whose key is URL-encoded with `+` for a space, as S3 itself reads it. A query may
    name a `versionId`; signatures are passed over. ValueError says what is wrong.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise ValueError(f"this is no URI: {_WRITE}")
    rest = text[scheme.end() :]
    if text[1] == "3":
        bucket, _, key = rest.partition("/")
        return Location(bucket, key)
    return _of_url(rest) if scheme[0].lower().startswith("http") else _of_arn(text)


def read_object_location(text: str) -> ObjectRef:
    """The object that `text` names, as `read_location` reads it."""
    place = read_location(text)
    if not place.key:
        kind = "ARN" if text[:4].lower() == "arn:" else "URL" if text[:4].lower() == "http" else "URI"
        raise ValueError(f"the {kind} names no key: {_WRITE}")
    return ObjectRef(check_bucket(place.bucket), check_key(place.key), place.version_id)


def bucket_of_arn(text: str) -> str:
    """The name of a bucket that may be given by its ARN."""
    return _ARN.sub("", text, count=1) if text[:4].lower() == "arn:" and _ARN.match(text) else text


def bucket_of_location(text: str) -> str:
    """The name of a bucket that may be given as a location without a key: `s3://bucket`, its ARN, its URL."""
    if not is_location(text):
        return text
    try:
        place = read_location(text)
    except ValueError:
        return text
    return text if place.key else place.bucket


def _of_arn(text: str) -> Location:
    arn = _ARN.match(text)
    if arn is None:
        kind = " of an access point" if ":accesspoint" in text[:300] else ""
        raise ValueError(f"the ARN{kind} names no object in a bucket: {_WRITE}")
    bucket, _, key = text[arn.end() :].partition("/")
    return Location(bucket, key)


def _of_url(rest: str) -> Location:
    """The place that a URL without its scheme names."""
    host, _, path = rest.partition("/")
    path, _, query = path.partition("#")[0].partition("?")
    host = host.partition("?")[0]
    host = host.partition(":")[0][: _LONGEST_HOST + 1]
    found = _HOST.fullmatch(host) if len(host) <= _LONGEST_HOST else None
    if found is not None:
        if found["bucket"] is None:
            bucket, _, key = path.partition("/")
        else:
            bucket, key = found["bucket"], path
        version = _query(query).get("versionId", [""])[0] if "versionId=" in query else ""
        return Location(bucket, decode_key(key), check_version(version))
    if len(host) <= _LONGEST_HOST and _CONSOLE.fullmatch(host):
        shown = _CONSOLE_PATH.fullmatch(path.rstrip("/"))
        if shown is not None:
            asked = _query(query)
            return Location(shown["bucket"], asked.get("prefix", [""])[0], asked.get("versionId", [None])[0])
    if ".s3-accesspoint" in host:
        raise ValueError(f"the URL is one of an access point, and names no bucket: {_WRITE}")
    raise ValueError(f"the URL is none of an object in S3: {_WRITE}")


def _query(query: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query, errors="strict", max_num_fields=100)
    except ValueError:
        raise ValueError("the URL's query cannot be read") from None
