import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws
from integration.rekognition_cloud.polling import until
from rekognition_cloud.clips import clip


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_a_job_is_in_progress_without_metadata_until_it_ends(aws: Aws) -> None:
    rekognition = aws.client("rekognition")
    video = aws.video(seconds=2)
    job_id = rekognition.start_content_moderation(Video=video, JobTag="tag")["JobId"]
    running = rekognition.get_content_moderation(JobId=job_id)
    aws.cloud.finish_jobs()
    ended = rekognition.get_content_moderation(JobId=job_id)
    assert running["JobStatus"] == "IN_PROGRESS"
    assert "VideoMetadata" not in running
    assert ended["JobStatus"] == "SUCCEEDED"
    assert ended["VideoMetadata"] == {
        "Codec": "h264",
        "DurationMillis": 2000,
        "Format": "QuickTime / MOV",
        "FrameRate": 5.0,
        "FrameHeight": 96,
        "FrameWidth": 128,
        "ColorRange": "LIMITED",
    }
    assert (ended["JobId"], ended["JobTag"], ended["Video"]) == (job_id, "tag", video)
    assert ended["ModerationModelVersion"] == "7.0-simulated"


def test_a_job_takes_as_long_as_the_knobs_say(aws: Aws) -> None:
    aws.cloud.knobs(job_seconds=None, job_factor=0.1)
    aws.client("rekognition").start_label_detection(Video=aws.video(seconds=3))
    (job,) = aws.cloud.jobs()
    assert job["ended_at"] - job["started_at"] == pytest.approx(0.3)


def test_the_completion_message_has_the_documented_shape(aws: Aws) -> None:
    queue = aws.queue()
    video = aws.video(key="film one+two.mp4")
    job_id = aws.client("rekognition").start_content_moderation(
        Video=video, NotificationChannel=aws.channel(queue), JobTag="tag"
    )["JobId"]
    aws.cloud.finish_jobs()
    (message,) = aws.received(queue)
    body = json.loads(message["Body"])
    assert isinstance(body.pop("Timestamp"), int)
    assert body == {
        "JobId": job_id,
        "Status": "SUCCEEDED",
        "API": "StartContentModeration",
        "JobTag": "tag",
        "Video": {"S3ObjectName": "film one+two.mp4", "S3Bucket": video["S3Object"]["Bucket"]},
    }


@pytest.mark.parametrize("content", [clip(1, codec="mpeg4"), clip(1, codec="libvpx-vp9"), b"no video", clip(1)[:900]])
def test_what_is_no_readable_h264_is_accepted_and_then_fails_unbilled(aws: Aws, content: bytes) -> None:
    bucket = aws.bucket()
    aws.client("s3").put_object(Bucket=bucket, Key="odd.mp4", Body=content)
    rekognition = aws.client("rekognition")
    job_id = rekognition.start_content_moderation(Video={"S3Object": {"Bucket": bucket, "Name": "odd.mp4"}})["JobId"]
    aws.cloud.finish_jobs()
    answer = rekognition.get_content_moderation(JobId=job_id)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "Unsupported codec/format.")
    assert aws.cloud.summary()["billed_ms"] == 0


def test_a_video_beyond_the_longest_fails(aws: Aws) -> None:
    aws.cloud.knobs(max_duration_ms=1000)
    rekognition = aws.client("rekognition")
    job_id = rekognition.start_label_detection(Video=aws.video(seconds=2))["JobId"]
    aws.cloud.finish_jobs()
    assert rekognition.get_label_detection(JobId=job_id)["JobStatus"] == "FAILED"


def test_an_object_beyond_the_largest_is_refused(aws: Aws) -> None:
    aws.cloud.knobs(max_bytes=100)
    start = aws.client("rekognition").start_content_moderation
    assert refusal(start, Video=aws.video()) == "VideoTooLargeException"


def test_an_object_that_is_not_there_is_refused_in_amazons_words(aws: Aws) -> None:
    bucket = aws.bucket()
    with pytest.raises(ClientError) as refused:
        aws.client("rekognition").start_content_moderation(Video={"S3Object": {"Bucket": bucket, "Name": "none.mp4"}})
    assert refused.value.response["Error"] == {
        "Code": "InvalidS3ObjectException",
        "Message": "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
    }


def test_a_version_of_an_object_is_looked_up(aws: Aws) -> None:
    bucket, s3 = aws.bucket(), aws.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=bucket, Key="v.mp4", Body=clip(1))["VersionId"]
    s3.put_object(Bucket=bucket, Key="v.mp4", Body=clip(2))
    s3.delete_object(Bucket=bucket, Key="v.mp4")
    start = aws.client("rekognition").start_content_moderation
    place = {"Bucket": bucket, "Name": "v.mp4"}
    start(Video={"S3Object": {**place, "Version": old}})
    aws.cloud.finish_jobs()
    assert aws.cloud.summary()["billed_ms"] == 1000
    assert refusal(start, Video={"S3Object": place}) == "InvalidS3ObjectException"
    assert refusal(start, Video={"S3Object": {**place, "Version": "none"}}) == "InvalidS3ObjectException"


def test_one_token_gives_one_job_one_charge_and_one_message(aws: Aws) -> None:
    queue = aws.queue()
    request = {
        "Video": aws.video(seconds=2),
        "ClientRequestToken": "token",
        "NotificationChannel": aws.channel(queue),
    }
    start = aws.client("rekognition").start_content_moderation
    with ThreadPoolExecutor(16) as pool:
        job_ids = {answer["JobId"] for answer in pool.map(lambda _: start(**request), range(32))}
    aws.cloud.finish_jobs()
    assert len(job_ids) == 1
    assert len(aws.received(queue)) == 1
    assert aws.received(queue, wait=0) == []
    (job,) = aws.cloud.jobs()
    assert (job["starts"], job["published"], job["billed_ms"]) == (32, 1, 2000)


def test_a_token_is_bound_to_the_whole_input_and_to_its_operation(aws: Aws) -> None:
    rekognition, video = aws.client("rekognition"), aws.video()
    first = rekognition.start_content_moderation(Video=video, ClientRequestToken="token")["JobId"]
    other = rekognition.start_label_detection(Video=video, ClientRequestToken="token")["JobId"]
    assert first != other
    changed = refusal(rekognition.start_content_moderation, Video=video, ClientRequestToken="token", MinConfidence=60.0)
    assert changed == "IdempotentParameterMismatchException"


def test_a_token_that_has_expired_starts_a_second_job(aws: Aws) -> None:
    aws.cloud.knobs(token_seconds=0)
    start, video = aws.client("rekognition").start_content_moderation, aws.video()
    first, second = (start(Video=video, ClientRequestToken="token")["JobId"] for _ in range(2))
    assert first != second


def test_all_operations_share_the_quota_and_a_replay_passes_it(aws: Aws) -> None:
    aws.cloud.knobs(quota=2)
    rekognition, video = aws.client("rekognition"), aws.video()
    first = rekognition.start_content_moderation(Video=video, ClientRequestToken="token")["JobId"]
    rekognition.start_label_detection(Video=video)
    with pytest.raises(ClientError) as refused:
        rekognition.start_label_detection(Video=video)
    assert refused.value.response["Error"] == {
        "Code": "LimitExceededException",
        "Message": "2 open Jobs for User arn:aws:iam::123456789012:root Maximum limit: 2",
    }
    assert rekognition.start_content_moderation(Video=video, ClientRequestToken="token")["JobId"] == first
    aws.cloud.finish_jobs(first)
    rekognition.start_label_detection(Video=video)
    summary = aws.cloud.summary()
    assert (summary["open"], summary["peak_open"], summary["started"], summary["starts"]) == (2, 2, 3, 4)
    assert summary["refusals"] == {"LimitExceededException": 1}


def test_racing_starts_never_exceed_the_quota(aws: Aws) -> None:
    aws.cloud.knobs(quota=5)
    start, video = aws.client("rekognition").start_content_moderation, aws.video()

    def race(_number: int) -> bool:
        try:
            return bool(start(Video=video))
        except ClientError:
            return False

    with ThreadPoolExecutor(24) as pool:
        started = sum(pool.map(race, range(48)))
    assert (started, aws.cloud.summary()["peak_open"]) == (5, 5)


def test_each_start_and_get_operation_has_its_own_rate(aws: Aws) -> None:
    rekognition, video = aws.client("rekognition"), aws.video()
    job_id = rekognition.start_label_detection(Video=video)["JobId"]
    aws.cloud.knobs(start_rate=2, get_rate=2)

    def throttled(call: Any, **arguments: Any) -> bool:
        try:
            return not call(**arguments)
        except rekognition.exceptions.ThrottlingException:
            return True

    with ThreadPoolExecutor(16) as pool:
        starts = list(pool.map(lambda _: throttled(rekognition.start_content_moderation, Video=video), range(40)))
        assert not throttled(rekognition.start_label_detection, Video=video)
        gets = list(pool.map(lambda _: throttled(rekognition.get_label_detection, JobId=job_id), range(40)))
    assert set(starts) == set(gets) == {True, False}
    refusals = aws.cloud.summary()["refusals"]
    assert refusals["ThrottlingException"] == starts.count(True) + gets.count(True)


def test_results_are_only_for_the_operation_that_was_started(aws: Aws) -> None:
    rekognition = aws.client("rekognition")
    job_id = rekognition.start_content_moderation(Video=aws.video())["JobId"]
    assert refusal(rekognition.get_label_detection, JobId=job_id) == "ResourceNotFoundException"
    assert refusal(rekognition.get_content_moderation, JobId="unknown") == "ResourceNotFoundException"


def test_results_vanish_after_their_time_and_on_demand(aws: Aws) -> None:
    rekognition, video = aws.client("rekognition"), aws.video()
    job_id = rekognition.start_content_moderation(Video=video)["JobId"]
    aws.cloud.finish_jobs()
    aws.cloud.knobs(results_seconds=0)
    until(lambda: refusal(rekognition.get_content_moderation, JobId=job_id) == "ResourceNotFoundException")
    aws.cloud.knobs(results_seconds=60)
    assert rekognition.get_content_moderation(JobId=job_id)["JobStatus"] == "SUCCEEDED"
    assert aws.cloud.expire_jobs(job_id) == 1
    assert refusal(rekognition.get_content_moderation, JobId=job_id) == "ResourceNotFoundException"


def test_the_ledger_names_what_was_started(aws: Aws) -> None:
    video = aws.video(seconds=1.2)
    aws.client("rekognition").start_label_detection(Video=video, ClientRequestToken="token", JobTag="tag")
    aws.cloud.finish_jobs()
    (job,) = aws.cloud.jobs()
    assert (job["operation"], job["bucket"], job["key"]) == (
        "StartLabelDetection",
        video["S3Object"]["Bucket"],
        video["S3Object"]["Name"],
    )
    assert (job["token"], job["job_tag"], job["status"], job["billed_ms"]) == ("token", "tag", "SUCCEEDED", 1200)
    assert job["etag"]


def test_operations_this_cloud_does_not_add_stay_motos(aws: Aws) -> None:
    assert aws.client("rekognition").detect_labels(Image={"S3Object": {"Bucket": "any", "Name": "any"}})["Labels"]


def test_service_quotas_tells_the_quota_of_the_knobs(aws: Aws) -> None:
    aws.cloud.knobs(quota=7)
    answer = aws.client("service-quotas").get_service_quota(ServiceCode="rekognition", QuotaCode="L-A6079699")
    assert answer["Quota"]["Value"] == 7.0


def test_an_account_with_the_default_quota_has_none_applied(aws: Aws) -> None:
    quotas = aws.client("service-quotas")
    asked = {"ServiceCode": "rekognition", "QuotaCode": "L-A6079699"}
    aws.cloud.knobs(quota=20)
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_service_quota(**asked)
    assert quotas.get_aws_default_service_quota(**asked)["Quota"]["Value"] == 20.0
    aws.cloud.knobs(quota=100)
    assert quotas.get_service_quota(**asked)["Quota"]["Value"] == 100.0
    assert quotas.get_aws_default_service_quota(**asked)["Quota"]["Value"] == 20.0
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_aws_default_service_quota(ServiceCode="rekognition", QuotaCode="L-00000000")
