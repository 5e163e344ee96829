"""Rekognition Video: jobs have no ARN, but what a job needs of others has."""

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.denial import Denial
from rekognition_cloud.iam.operations.s3 import content_arn
from rekognition_cloud.iam.rule import Operations, Rule
from rekognition_cloud.rekognition.closed import CLOSED
from rekognition_cloud.rekognition.operations import ANALYSES

_SERVICE = "rekognition.amazonaws.com"

_UNREADABLE = Denial(
    "InvalidS3ObjectException",
    "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
    400,
)
"""Rekognition reads the video with the caller's permissions, and does not say what was missing."""


def _video(call: ApiCall) -> list[str]:
    """The video, where no version of it is named."""
    place = call.parameters["Video"]["S3Object"]
    return [] if "Version" in place else [content_arn(call, place["Bucket"], place["Name"])]


def _video_version(call: ApiCall) -> list[str]:
    place = call.parameters["Video"]["S3Object"]
    return [content_arn(call, place["Bucket"], place["Name"])] if "Version" in place else []


def _role(call: ApiCall) -> list[str]:
    channel: dict[str, str] = call.parameters.get("NotificationChannel", {})
    return [channel["RoleArn"]] if channel else []


def _to_rekognition(_call: ApiCall) -> dict[str, str]:
    return {"iam:passedtoservice": _SERVICE}


def _collection(call: ApiCall) -> list[str]:
    return [call.arn("rekognition", f"collection/{call.text('CollectionId')}")]


REKOGNITION: Operations = {
    # What is closed needs nothing more than its own action: it is refused before a video is read.
    **{operation: (Rule(f"rekognition:{operation}"),) for operation in CLOSED},
    "StartFaceSearch": (Rule("rekognition:StartFaceSearch", _collection),),
    **{
        analysis.start: (
            Rule(f"rekognition:{analysis.start}"),
            Rule("s3:GetObject", _video, denial=_UNREADABLE),
            Rule("s3:GetObjectVersion", _video_version, denial=_UNREADABLE),
            Rule("iam:PassRole", _role, _to_rekognition),
        )
        for analysis in ANALYSES
    },
    **{analysis.get: (Rule(f"rekognition:{analysis.get}"),) for analysis in ANALYSES},
}
