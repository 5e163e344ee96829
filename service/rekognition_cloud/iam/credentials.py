"""Whose credentials sign a request."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from moto.iam import models
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from rekognition_cloud.iam.principal import Principal, role
from rekognition_cloud.wsgi import Environ

_ISSUED = re.compile(r"A(KIA|SIA)[A-Z0-9]{12,}")


class UnknownCredentials(Exception):
    """A key in the form of an issued one that was never issued, or a session token that does not belong to its key."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The scope of a signature: `<key>/<day>/<region>/<service>/aws4_request`, from the header or a presigned URL."""

    access_key: str
    region: str
    token: str


def signature_of(environ: Environ) -> Signature | None:
    """None where the request is not signed."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    query = parse_qs(environ.get("QUERY_STRING", ""))
    scope = header.partition("Credential=")[2].partition(",")[0] or query.get("X-Amz-Credential", [""])[0]
    key, _, rest = scope.partition("/")
    if not rest:
        return None
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or query.get("X-Amz-Security-Token", [""])[0]
    return Signature(key, rest.split("/")[1], token)


def is_issued(access_key: str) -> bool:
    """Whether a key has the form of those that IAM and STS give out. Any other is the account's root."""
    return _ISSUED.fullmatch(access_key) is not None


def account_of(signature: Signature | None) -> str:
    # Looked up late, for moto's own is patched (patches/iam.py).
    return str(models.get_account_id_from(signature.access_key if signature else ""))


def principal_of(signature: Signature | None) -> Principal | None:
    """None for the account's root, who may do everything.

    Raises UnknownCredentials.
    """
    if signature is None:
        return Principal("anonymous", account_of(None), "")
    account, partition = account_of(signature), get_partition(signature.region)
    for user in list(iam_backends[account][partition].users.values()):
        if any(key.access_key_id == signature.access_key and key.status == "Active" for key in user.access_keys):
            return Principal("user", account, str(user.arn))
    for session in list(sts_backends[account][partition].assumed_roles):
        if session.access_key_id == signature.access_key:
            if session.session_token != signature.token:
                raise UnknownCredentials("The security token included in the request is invalid.")
            return role(str(session.role_arn), str(session.session_name), narrowed=bool(session.policy))
    if is_issued(signature.access_key):
        raise UnknownCredentials("The security token included in the request is invalid.")
    return None
