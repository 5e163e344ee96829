"""Operations of Rekognition Video that answer nobody here, in the words of the service.

A module of `rekognition.operations` that claims one of them opens it.
"""

from collections.abc import Callable, Mapping

from rekognition_cloud.rekognition.analysis import Request
from rekognition_cloud.rekognition.refusal import Refusal


def _people_pathing(_request: Request) -> Refusal:
    """People pathing ended on 31 October 2025, and AWS documents no error for who asks for it since.

    The model's error for who may not use something is this one. Where a feature is closed to an account whose policies
    allow it, Rekognition has sent it without a sentence: `{"__type":"AccessDeniedException"}` (aws/aws-cli issue 4409).
    """
    return Refusal("AccessDeniedException", "")


def _no_collection(request: Request) -> Refusal:
    """A face search needs a collection of faces. There is none: moto makes none."""
    return Refusal("ResourceNotFoundException", f"The collection id: {request['CollectionId']} does not exist")


def _no_job(_request: Request) -> Refusal:
    return Refusal("ResourceNotFoundException", "Could not find JobId")


CLOSED: Mapping[str, Callable[[Request], Refusal]] = {
    "StartPersonTracking": _people_pathing,
    "GetPersonTracking": _people_pathing,
    "StartFaceSearch": _no_collection,
    "GetFaceSearch": _no_job,
}
"""By operation, what it answers to a request that is well formed."""
