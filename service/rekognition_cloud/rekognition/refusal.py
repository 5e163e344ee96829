from moto.core.exceptions import ServiceException


class Refusal(ServiceException):  # type: ignore[misc]  # moto publishes no types
    """An error answer of Rekognition, by its code in the service model."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


def invalid_parameter() -> Refusal:
    """What Rekognition says of a request whose parts are well formed and yet cannot be used.

    It does not say which part: "Request has invalid parameters" is all that callers report, for Rekognition
    (boto/botocore issue 1366) as for Textract, whose NotificationChannel is the same (boto/boto3 issue 2379).
    """
    return Refusal("InvalidParameterException", "Request has invalid parameters")
