import secrets
from typing import Any

from rekognition_cloud.knobs import Knobs
from rekognition_cloud.rekognition.analysis import Analysis
from rekognition_cloud.rekognition.job import Job, Status
from rekognition_cloud.rekognition.notification_channel import check_channel
from rekognition_cloud.rekognition.recording import Recording, find_recording
from rekognition_cloud.rekognition.refusal import Refusal, invalid_parameter
from rekognition_cloud.rekognition.video import Probe, VideoMetadata, find_object


def new_job(
    analysis: Analysis,
    account: str,
    region: str,
    request: dict[str, Any],
    knobs: Knobs,
    probe: Probe,
    now: float,
) -> Job:
    """The job that a Start call asks for. Its video is read here and never again.

    Raises Refusal where video or channel cannot be used.
    """
    place = request["Video"].get("S3Object", {})
    if not place.get("Bucket") or not place.get("Name"):
        raise invalid_parameter()
    video = find_object(account, region, place["Bucket"], place["Name"], place.get("Version"))
    if video.size_bytes > knobs.max_bytes:
        raise Refusal(
            "VideoTooLargeException",
            "The file size or duration of the supplied media is too large. The maximum file size is 10GB.",
        )
    if "NotificationChannel" in request:
        check_channel(account, region, request["NotificationChannel"])
    recording = find_recording(account, region, video, analysis)
    metadata = probe.metadata(video)
    outcome, message = _outcome(metadata, recording, knobs)
    job = Job(
        job_id=secrets.token_hex(32),
        analysis=analysis,
        account=account,
        region=region,
        request=request,
        video=video,
        metadata=metadata,
        recording=recording,
        outcome=outcome,
        message=message,
        started_at=now,
        ends_at=now,
    )
    job.ends_at += job.duration_ms / 1000 * knobs.job_factor if knobs.job_seconds is None else knobs.job_seconds
    return job


def _outcome(metadata: VideoMetadata | None, recording: Recording | None, knobs: Knobs) -> tuple[Status, str | None]:
    if recording is not None:
        failed = recording.first("JobStatus") == "FAILED"
        return ("FAILED", recording.first("StatusMessage")) if failed else ("SUCCEEDED", None)
    if metadata is None:
        return "FAILED", "Unsupported codec/format."
    if metadata.duration_ms > knobs.max_duration_ms:
        # Amazon documents the limit and not the sentence.
        return "FAILED", "Video duration exceeds the maximum of 6 hours."
    return "SUCCEEDED", None
