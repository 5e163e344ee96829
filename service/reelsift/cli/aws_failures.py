"""What botocore or the system refused, in a sentence that says what the user can do."""

import errno
import os

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where nothing more can be written: a full disk, a quota, a file too large."""

_BAD_ENDPOINT = "Invalid endpoint: "
"""How botocore refuses an address that is none; it has no error of its own for that."""

_BAD_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_NOT_ALLOWED = frozenset({"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden"})
_MISSING = frozenset({"NoSuchBucket", "NotFound", "NotFoundException", "ResourceNotFoundException"})


def explain_aws(error: Exception) -> str | None:
    """The sentence for an error of AWS, the network or a file; None for any other."""
    from botocore import exceptions

    from reelsift.aws.errors import AwsUnavailable, is_transient

    match error:
        case exceptions.ClientError():
            sentence = _refusal(error)
        case exceptions.BotoCoreError():
            sentence = _of_botocore(error)
        case AwsUnavailable():
            sentence = f"{error}; try again in a while"
        case OSError() if error.errno in _NO_ROOM:
            where = "" if error.filename is None else f" to {error.filename}"
            sentence = f"not all of it could be written{where} ({error.strerror}): make room, or write elsewhere"
        case OSError() if error.filename is not None:
            sentence = f"{error.filename}: {error.strerror}"
        case ValueError() if str(error).startswith(_BAD_ENDPOINT):
            sentence = (
                "what AWS_ENDPOINT_URL, or one of its kind, holds is no address"
                f" ({str(error).removeprefix(_BAD_ENDPOINT)!r}): it begins with http:// or https://, or is unset"
                " for AWS itself"
            )
        case _ if is_transient(error):
            sentence = f"the connection to AWS broke ({type(error).__name__}: {error}); try again"
        case _:
            return None
    return sentence


def _of_botocore(error: Exception) -> str:
    from botocore import exceptions

    match error:
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            return f"there are no AWS credentials ({error}): sign in, or name a profile with --profile"
        case exceptions.ProfileNotFound():
            return f"{error}: name one of `aws configure list-profiles` with --profile"
        case exceptions.NoRegionError():
            return "no AWS region is set: add --region, or set AWS_REGION"
        case exceptions.EndpointConnectionError() | exceptions.ConnectTimeoutError():
            return _unreachable(error)
        case exceptions.InvalidRegionError():
            return f"{error}: name a region such as eu-west-1 with --region, or set AWS_REGION"
        case _:
            return f"AWS cannot be asked: {error}"


def _refusal(error: Exception) -> str:
    from botocore.exceptions import ClientError

    from reelsift.aws.errors import code_of, is_transient, message_of

    assert isinstance(error, ClientError)  # noqa: S101 - the caller matched it
    code, operation = code_of(error), error.operation_name
    words = f"{operation}: {code}: {message_of(error)}"
    if code in _BAD_CREDENTIALS:
        return f"AWS does not accept the credentials ({words}): sign in anew, or name another profile with --profile"
    if code in _NOT_ALLOWED:
        return f"AWS does not allow this ({words}): ask for the permission, or name another profile with --profile"
    if code in {"NoSuchKey", "NoSuchBucket"}:
        what, member = ("object", "Key") if code == "NoSuchKey" else ("bucket", "BucketName")
        name = error.response["Error"].get(member)
        named = f"such {what}" if name is None else f"{what} {name}"
        return f"there is no {named} in S3 ({words}): check its name"
    if code in _MISSING:
        return f"something of the deployment is missing ({words}): `reelsift doctor` says what"
    if is_transient(error):
        return f"AWS cannot do this now ({words}); try again in a while"
    return f"AWS refuses {words}"


def _unreachable(error: Exception) -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return f"nothing answers at AWS_ENDPOINT_URL={endpoint}: start `reelsift local up`, or unset the variable"
    return f"AWS cannot be reached ({error}): check the network and the region"
