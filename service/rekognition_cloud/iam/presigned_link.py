"""Links to S3 that carry their signature: whether it is right, and still in force.

The answers are those of S3: `Request has expired` with the times, `SignatureDoesNotMatch` with what it had computed.
The secret of the account's root is `testing`, or the same as its access key.
"""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote, unquote, unquote_plus

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from rekognition_cloud.iam.credentials import account_of, is_issued, signature_of
from rekognition_cloud.iam.denial import Denial
from rekognition_cloud.wsgi import Environ

_NEEDED = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
_ALGORITHM = "AWS4-HMAC-SHA256"
_LONGEST_S = 7 * 24 * 3600
_CLOCK_SKEW = timedelta(minutes=15)
"""By how much the clock of whoever signs may be ahead."""

_DATE = "%Y%m%dT%H%M%SZ"
_CREDENTIAL = re.compile(r"[^/]+/\d{8}/[^/]+/s3/aws4_request")


@dataclass(frozen=True, slots=True)
class _Link:
    """A request by a presigned link."""

    environ: Environ
    query: list[tuple[str, str]]
    access_key: str
    scope: str
    date: str
    signed_headers: str
    signature: str

    @property
    def canonical_request(self) -> str:
        """What is signed of the request, in the form of Signature Version 4. The body is not."""
        path = quote(unquote(self.environ["REQUEST_URI"].partition("?")[0]), safe="/-_.~")
        signed = sorted(
            (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
            for name, value in self.query
            if name != "X-Amz-Signature"
        )
        headers = "".join(f"{name}:{_header(self.environ, name)}\n" for name in self.signed_headers.split(";"))
        pairs = "&".join(f"{name}={value}" for name, value in signed)
        method = self.environ["REQUEST_METHOD"]
        return f"{method}\n{path}\n{pairs}\n{headers}\n{self.signed_headers}\nUNSIGNED-PAYLOAD"

    @property
    def string_to_sign(self) -> str:
        return "\n".join([_ALGORITHM, self.date, self.scope, sha256(self.canonical_request.encode()).hexdigest()])

    def is_signed_with(self, secret: str) -> bool:
        key = f"AWS4{secret}".encode()
        for part in (*self.scope.split("/"), self.string_to_sign):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(key.hex().encode(), self.signature.encode())

    @property
    def unsigned_headers(self) -> list[str]:
        """Headers that S3 believes only if they are signed."""
        sent = [name for name in self.environ if name.startswith("HTTP_X_AMZ_")]
        names = [name.removeprefix("HTTP_").lower().replace("_", "-") for name in sent]
        return [name for name in names if name not in self.signed_headers.split(";")]


def refusal_of_link(environ: Environ) -> Denial | None:
    """The answer to a link that is not in force, or was altered; None for one that is, and for any other request."""
    text = environ.get("QUERY_STRING", "")
    if "X-Amz-" not in text and "AWSAccessKeyId=" not in text:
        return None
    query = [(unquote_plus(name), unquote_plus(value)) for name, _, value in _pairs(text)]
    asked = dict(query)
    if "AWSAccessKeyId" in asked and "Signature" in asked:
        # Signature Version 2: buckets of today, and objects under a KMS key, do not take it.
        message = f"The authorization mechanism you have provided is not supported. Please use {_ALGORITHM}."
        return Denial("InvalidRequest", message, 400)
    if not any(name in asked for name in _NEEDED):
        return None
    return _refusal(environ, query, asked, datetime.now(UTC))


def _refusal(environ: Environ, query: list[tuple[str, str]], asked: dict[str, str], now: datetime) -> Denial | None:
    if problem := _malformed(asked):
        return Denial("AuthorizationQueryParametersError", problem, 400)
    access_key, _, scope = asked["X-Amz-Credential"].partition("/")
    link = _Link(
        environ, query, access_key, scope, asked["X-Amz-Date"], asked["X-Amz-SignedHeaders"], asked["X-Amz-Signature"]
    )
    if refused := _out_of_time(link.date, int(asked["X-Amz-Expires"]), now) or _unknown_key(environ, access_key):
        return refused
    if link.unsigned_headers:
        message = "There were headers present in the request which were not signed"
        return Denial("AccessDenied", message, 403, (("HeadersNotSigned", ", ".join(link.unsigned_headers)),))
    if any(link.is_signed_with(secret) for secret in _secrets(environ, access_key)):
        return None
    return Denial(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided."
        " Check your key and signing method.",
        403,
        (
            ("AWSAccessKeyId", access_key),
            ("StringToSign", link.string_to_sign),
            ("SignatureProvided", link.signature),
            ("CanonicalRequest", link.canonical_request),
        ),
    )


def _malformed(asked: dict[str, str]) -> str:
    """What is wrong with the parameters by themselves; "" for nothing."""
    if any(name not in asked for name in _NEEDED):
        names = f"{', '.join(_NEEDED[:-1])}, and {_NEEDED[-1]}"
        return f"Query-string authentication version 4 requires the {names} parameters."
    if asked["X-Amz-Algorithm"] != _ALGORITHM:
        return f'X-Amz-Algorithm only supports "{_ALGORITHM} and AWS4-ECDSA-P256-SHA256"'
    if not _CREDENTIAL.fullmatch(asked["X-Amz-Credential"]):
        return (
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    if _time(asked["X-Amz-Date"]) is None:
        return "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
    return _no_duration(asked["X-Amz-Expires"])


def _no_duration(expires: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,18}", expires):
        return "X-Amz-Expires should be a number"
    if int(expires) < 0:
        return "X-Amz-Expires must be non-negative"
    if int(expires) > _LONGEST_S:
        return (
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{_LONGEST_S} seconds"
        )
    return ""


def _out_of_time(date: str, seconds: int, now: datetime) -> Denial | None:
    signed = _time(date) or now
    expires = signed + timedelta(seconds=seconds)
    times = (("Expires", f"{expires:%Y-%m-%dT%H:%M:%SZ}"), ("ServerTime", f"{now:%Y-%m-%dT%H:%M:%SZ}"))
    if signed > now + _CLOCK_SKEW:
        return Denial("AccessDenied", "Request is not yet valid", 403, times)
    if now > expires:
        return Denial("AccessDenied", "Request has expired", 403, (("X-Amz-Expires", str(seconds)), *times))
    return None


def _unknown_key(environ: Environ, access_key: str) -> Denial | None:
    """Refuses keys that were never issued or are no longer active, and a session's without its token."""
    signature = signature_of(environ)
    for session in _sessions(environ, access_key):
        if signature is None or session.session_token != signature.token:
            return Denial("InvalidToken", "The provided token is malformed or otherwise invalid.", 400)
        return None
    if is_issued(access_key) and not any(_secrets(environ, access_key)):
        message = "The AWS Access Key Id you provided does not exist in our records."
        return Denial("InvalidAccessKeyId", message, 403, (("AWSAccessKeyId", access_key),))
    return None


def _secrets(environ: Environ, access_key: str) -> Iterator[str]:
    """The secrets that may belong to a key."""
    account, partition = _account(environ)
    for session in _sessions(environ, access_key):
        yield str(session.secret_access_key)
    for user in list(iam_backends[account][partition].users.values()):
        for key in user.access_keys:
            if key.access_key_id == access_key and key.status == "Active":
                yield str(key.secret_access_key)
    if not is_issued(access_key):
        yield from {"testing", access_key}


def _sessions(environ: Environ, access_key: str) -> list[AssumedRole]:
    account, partition = _account(environ)
    return [each for each in list(sts_backends[account][partition].assumed_roles) if each.access_key_id == access_key]


def _account(environ: Environ) -> tuple[str, str]:
    signature = signature_of(environ)
    return account_of(signature), str(get_partition(signature.region if signature else "us-east-1"))


def _pairs(query: str) -> list[tuple[str, str, str]]:
    return [pair.partition("=") for pair in query.split("&") if pair]


def _header(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    value = environ.get(key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", "")
    return " ".join(str(value).split())


def _time(date: str) -> datetime | None:
    try:
        return datetime.strptime(date, _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None
