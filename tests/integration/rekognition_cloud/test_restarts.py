"""Rekognition fails by no fault of a video: it is down for a while, or single jobs end in an internal error."""

import json

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws
from integration.rekognition_cloud.polling import until
from integration.rekognition_cloud.test_jobs import refusal
from rekognition_cloud.process import CloudError

MANY_ROWS = {
    "ModerationModelVersion": "7.0",
    "ModerationLabels": [
        {"Timestamp": at, "ModerationLabel": {"Name": "Explicit", "ParentName": "", "Confidence": 90.0}}
        for at in range(1200)
    ],
}


def test_while_rekognition_is_down_nothing_is_answered_and_afterwards_its_jobs_are_there(aws: Aws) -> None:
    rekognition, video = aws.client("rekognition"), aws.video()
    job_id = rekognition.start_content_moderation(Video=video, ClientRequestToken="one")["JobId"]
    aws.cloud.restart_rekognition(600)
    for call, arguments in (
        (rekognition.start_content_moderation, {"Video": video, "ClientRequestToken": "two"}),
        (rekognition.get_content_moderation, {"JobId": job_id}),
    ):
        with pytest.raises(ClientError, match="InternalServerError") as refused:
            call(**arguments)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    aws.cloud.restart_rekognition(0)
    aws.cloud.finish_jobs()
    assert rekognition.get_content_moderation(JobId=job_id)["JobStatus"] == "SUCCEEDED"
    assert rekognition.start_content_moderation(Video=video, ClientRequestToken="one")["JobId"] == job_id
    assert len(aws.cloud.jobs()) == 1


def test_completions_due_while_rekognition_is_down_are_never_published_and_later_ones_are(aws: Aws) -> None:
    queue, rekognition = aws.queue(), aws.client("rekognition")
    channel, video = aws.channel(queue), aws.video()
    lost, told = (
        rekognition.start_content_moderation(Video=video, NotificationChannel=channel, JobTag=tag)["JobId"]
        for tag in ("lost", "told")
    )
    aws.cloud.restart_rekognition(600)
    aws.cloud.finish_jobs(lost)
    aws.cloud.restart_rekognition(0)
    aws.cloud.finish_jobs(told)
    (message,) = aws.received(queue)
    assert '"JobTag": "told"' in message["Body"]
    assert aws.received(queue, wait=1) == []


def test_page_tokens_do_not_outlive_a_restart(aws: Aws) -> None:
    rekognition = aws.client("rekognition")
    video = aws.video(key="long.mp4")
    place = video["S3Object"]
    recording = f"{place['Name']}.content_moderation.json"
    aws.client("s3").put_object(Bucket=place["Bucket"], Key=recording, Body=json.dumps(MANY_ROWS))
    job_id = rekognition.start_content_moderation(Video=video)["JobId"]
    aws.cloud.finish_jobs()
    token = rekognition.get_content_moderation(JobId=job_id)["NextToken"]
    aws.cloud.restart_rekognition(0)
    asked = rekognition.get_content_moderation
    assert refusal(asked, JobId=job_id, NextToken=token) == "InvalidPaginationTokenException"
    assert "NextToken" in asked(JobId=job_id)


def test_a_restart_lasts_some_seconds(aws: Aws) -> None:
    aws.cloud.restart_rekognition(0.3)
    video, rekognition = aws.video(), aws.client("rekognition")

    def started() -> bool:
        try:
            return bool(rekognition.start_content_moderation(Video=video))
        except ClientError:
            return False

    until(started)
    with pytest.raises(CloudError, match="seconds must be"):
        aws.cloud.restart_rekognition(-1)


def test_a_job_failed_by_chance_is_unbilled_and_the_third_of_an_object_succeeds(aws: Aws) -> None:
    aws.cloud.knobs(jobs_failed=1.0)
    rekognition, video = aws.client("rekognition"), aws.video()
    for _ in range(3):
        rekognition.start_content_moderation(Video=video)
    aws.cloud.finish_jobs()
    jobs = aws.cloud.jobs()
    assert [job["status"] for job in jobs] == ["FAILED", "FAILED", "SUCCEEDED"]
    assert [job["message"] for job in jobs] == ["Internal server error."] * 2 + [None]
    assert [bool(job["billed_ms"]) for job in jobs] == [False, False, True]
    assert rekognition.get_content_moderation(JobId=jobs[0]["job_id"])["StatusMessage"] == "Internal server error."
