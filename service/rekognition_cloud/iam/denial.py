from dataclasses import dataclass

from rekognition_cloud.iam.statement import Request
from rekognition_cloud.operation import Operation

_CODES = {
    "dynamodb": ("AccessDeniedException", 400),
    "rekognition": ("AccessDeniedException", 400),
    "service-quotas": ("AccessDeniedException", 400),
    "sns": ("AuthorizationError", 403),
}
"""Code and status with which a service says that something is not allowed; the others say AccessDenied with 403."""


@dataclass(frozen=True, slots=True)
class Denial:
    """An error answer: code and status as the service gives them."""

    code: str
    message: str
    status: int
    members: tuple[tuple[str, str], ...] = ()
    """What S3's answer says besides: names of elements and their text."""


def denied(operation: Operation, need: Request, reason: str) -> Denial:
    """The answer to a denied need. It names who, what and which, as AWS does."""
    code, status = _CODES.get(operation.service, ("AccessDenied", 403))
    resource = f'"{need.resource}"' if operation.service == "s3" else need.resource
    return Denial(
        code,
        f"User: {need.principal.spoken} is not authorized to perform: {need.action} on resource: {resource} {reason}",
        status,
    )


def unknown_credentials(operation: Operation, message: str) -> Denial:
    """The answer to a key that is not, or no longer, in force."""
    codes = {"rest-xml": "InvalidAccessKeyId", "json": "UnrecognizedClientException"}
    return Denial(codes.get(operation.protocol, "InvalidClientTokenId"), message, 403)
