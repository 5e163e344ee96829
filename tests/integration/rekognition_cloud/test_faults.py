import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from integration.rekognition_cloud.account import Aws, client_at, unique
from integration.rekognition_cloud.polling import until
from rekognition_cloud.process import CloudError
from support.patience import PATIENCE_S


def test_an_error_is_told_in_each_services_protocol(aws: Aws) -> None:
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "s3": ("list_buckets", {}),
        "sqs": ("list_queues", {}),
        "sns": ("list_topics", {}),
        "iam": ("list_roles", {}),
        "sts": ("get_caller_identity", {}),
        "dynamodb": ("list_tables", {}),
        "cloudwatch": ("list_metrics", {}),
        "ecs": ("list_clusters", {}),
        "rekognition": ("get_content_moderation", {"JobId": "x"}),
        "service-quotas": ("list_aws_default_service_quotas", {"ServiceCode": "vpc"}),
        "application-autoscaling": ("describe_scaling_policies", {"ServiceNamespace": "ecs"}),
    }
    for service, (method, arguments) in calls.items():
        aws.cloud.add_fault("error", service=service, code="MadeUp", status=400, message="a <made up> one")
        with pytest.raises(ClientError) as refused:
            getattr(aws.client(service), method)(**arguments)
        assert refused.value.response["Error"]["Code"] == "MadeUp", service
        assert refused.value.response["Error"]["Message"] == "a <made up> one", service
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400, service


@pytest.mark.parametrize(
    ("service", "method", "code"),
    [
        ("dynamodb", "list_tables", "ProvisionedThroughputExceededException"),
        ("s3", "list_buckets", "SlowDown"),
        ("sqs", "list_queues", "RequestThrottled"),
        ("ecs", "list_clusters", "ThrottlingException"),
    ],
)
def test_a_throttle_uses_the_services_own_code(aws: Aws, service: str, method: str, code: str) -> None:
    aws.cloud.add_fault("throttle", service=service)
    with pytest.raises(ClientError, match=code):
        getattr(aws.client(service), method)()


def test_a_rule_matches_operation_body_and_path_and_skips_and_counts(aws: Aws) -> None:
    queue, sqs = aws.queue(), aws.client("sqs")
    rule = aws.cloud.add_fault("error", service="sqs", operation="SendMessage", body_contains="wanted", skip=1, times=1)

    def sent(body: str) -> bool:
        try:
            return bool(sqs.send_message(QueueUrl=queue, MessageBody=body))
        except ClientError:
            return False

    assert [sent(body) for body in ("wanted 1", "other", "wanted 2", "wanted 3")] == [True, True, False, True]
    fault = aws.cloud.fault(rule)
    assert (fault["matched"], fault["hits"], fault["held"]) == (3, 1, 0)
    bucket, s3 = aws.bucket(), aws.client("s3")
    aws.cloud.add_fault("error", service="s3", operation="PutObject", path="/bad/", code="SlowDown", status=503)
    s3.put_object(Bucket=bucket, Key="good/x", Body=b"")
    with pytest.raises(ClientError, match="SlowDown"):
        s3.put_object(Bucket=bucket, Key="bad/x", Body=b"")


def test_a_rule_can_be_for_one_program_alone(aws: Aws) -> None:
    aws.cloud.add_fault("error", agent_contains="reelsift", code="MadeUp", status=400)
    assert aws.client("sqs").list_queues()
    with pytest.raises(ClientError, match="MadeUp"):
        client_at(aws.cloud.url, "sqs", user_agent_extra="reelsift").list_queues()


def test_chance_is_repeated_with_its_seed(aws: Aws) -> None:
    def answered() -> bool:
        try:
            return bool(aws.client("sqs").list_queues())
        except ClientError:
            return False

    def run(seed: int) -> list[bool]:
        aws.cloud.knobs(seed=seed)
        aws.cloud.add_fault("error", service="sqs", probability=0.5)
        answers = [answered() for _ in range(30)]
        aws.cloud.clear_faults()
        return answers

    assert run(7) == run(7) != run(8)


@pytest.mark.parametrize(("when", "arrived"), [("before", 0), ("after", 1)])
def test_a_cut_leaves_no_answer_whether_or_not_the_work_was_done(aws: Aws, when: str, arrived: int) -> None:
    queue, sqs = aws.queue(), aws.client("sqs")
    aws.cloud.add_fault("cut", service="sqs", operation="SendMessage", when=when, times=1)
    with pytest.raises(ConnectionClosedError):
        sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert len(aws.received(queue, wait=0)) == arrived


def test_a_delayed_request_is_answered_after_its_time(aws: Aws) -> None:
    aws.cloud.add_fault("delay", service="sqs", seconds=0.3)
    began = time.monotonic()
    aws.client("sqs").list_queues()
    assert time.monotonic() - began >= 0.3


def test_a_request_held_before_its_work_is_dropped_on_release(aws: Aws) -> None:
    queue = aws.queue()
    rule = aws.cloud.add_fault("hold", service="sqs", operation="SendMessage")
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(aws.client("sqs").send_message, QueueUrl=queue, MessageBody="x")
        until(lambda: aws.cloud.held(rule) == 1)
        aws.cloud.release(rule)
        with pytest.raises(ConnectionClosedError):
            sending.result()
    assert aws.received(queue, wait=0) == []


def test_a_request_held_before_its_work_goes_on_where_the_rule_says_so(aws: Aws) -> None:
    queue = aws.queue()
    rule = aws.cloud.add_fault("hold", service="sqs", operation="SendMessage", drop_on_release=False)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(aws.client("sqs").send_message, QueueUrl=queue, MessageBody="x")
        until(lambda: aws.cloud.held(rule) == 1)
        assert aws.received(queue, wait=0) == []
        aws.cloud.release(rule)
        assert sending.result()["MessageId"]
    assert len(aws.received(queue, wait=0)) == 1


def test_a_request_held_after_its_work_has_done_it_and_is_answered_on_release(aws: Aws) -> None:
    rule = aws.cloud.add_fault("hold", service="rekognition", operation="StartContentModeration", when="after")
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(aws.client("rekognition").start_content_moderation, Video=aws.video())
        until(lambda: aws.cloud.held(rule) == 1)
        (job,) = aws.cloud.jobs()
        assert not starting.done()
        aws.cloud.clear_faults()
        assert starting.result()["JobId"] == job["job_id"]


_SENDER = """
import boto3, sys
boto3.client("sqs").send_message(QueueUrl=sys.argv[1], MessageBody="from the dead")
"""


@pytest.mark.parametrize(("when", "arrived"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("drop", [True, False])
def test_the_request_of_a_killed_process_is_let_go_by_itself(aws: Aws, when: str, arrived: int, *, drop: bool) -> None:
    queue = aws.queue()
    rule = aws.cloud.add_fault("hold", service="sqs", operation="SendMessage", when=when, drop_on_release=drop)
    sender = subprocess.Popen([sys.executable, "-c", _SENDER, queue], env=aws.cloud.env)
    until(lambda: aws.cloud.held(rule) == 1)
    os.kill(sender.pid, signal.SIGKILL)
    sender.wait()
    until(lambda: aws.cloud.held(rule) == 0)
    aws.cloud.release(rule)
    assert len(aws.received(queue, wait=0)) == arrived


def test_the_message_after_a_pollers_death_goes_to_the_living(aws: Aws) -> None:
    queue, sqs = aws.queue(), aws.client("sqs")
    body = json.dumps({"QueueUrl": queue, "WaitTimeSeconds": 20})
    poller = http.client.HTTPConnection(aws.cloud.url.removeprefix("http://"))
    scope = "Credential=testing/20300101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"X-Amz-Target": "AmazonSQS.ReceiveMessage", "Authorization": f"AWS4-HMAC-SHA256 {scope}"}
    poller.request("POST", "/", body, {**headers, "Content-Type": "application/x-amz-json-1.0"})
    until(lambda: aws.cloud.requests()["sqs"].get("ReceiveMessage"))
    poller.close()
    living = threading.Thread(target=lambda: until(lambda: aws.received(queue, wait=1)))
    living.start()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    living.join()
    assert not living.is_alive()


def test_many_held_requests_leave_the_cloud_answering(aws: Aws) -> None:
    queue = aws.queue()
    rule = aws.cloud.add_fault("hold", service="sqs", operation="SendMessage")
    with ThreadPoolExecutor(30) as pool:
        sending = [pool.submit(aws.client("sqs").send_message, QueueUrl=queue, MessageBody="x") for _ in range(30)]
        until(lambda: aws.cloud.held(rule) == 30)
        assert aws.client("s3").list_buckets()["ResponseMetadata"]["HTTPStatusCode"] == 200
        aws.cloud.release(rule)
        for future in sending:
            assert isinstance(future.exception(), ConnectionClosedError)


def completions(aws: Aws, jobs: int, **knobs: float) -> tuple[str, list[str]]:
    """A queue of completion messages and the jobs started under these knobs."""
    aws.cloud.knobs(**knobs)
    queue = aws.queue()
    channel, video = aws.channel(queue), aws.video()
    start = aws.client("rekognition").start_content_moderation
    return queue, [start(Video=video, NotificationChannel=channel)["JobId"] for _ in range(jobs)]


def test_a_notification_can_be_lost(aws: Aws) -> None:
    queue, _ = completions(aws, 2, notifications_lost=1)
    aws.cloud.finish_jobs()
    assert aws.received(queue, wait=1) == []
    assert aws.cloud.summary()["published"] == 0


def test_a_notification_can_be_doubled(aws: Aws) -> None:
    _, _ = completions(aws, 2, notifications_doubled=1)
    aws.cloud.finish_jobs()
    until(lambda: aws.cloud.summary()["published"] == 4)


def test_a_notification_can_be_late(aws: Aws) -> None:
    queue, _ = completions(aws, 1, notifications_late=1, notifications_late_seconds=1)
    began = time.monotonic()
    aws.cloud.finish_jobs()
    assert len(aws.received(queue)) == 1
    assert time.monotonic() - began >= 1


def test_a_notification_can_come_before_the_jobs_end(aws: Aws) -> None:
    queue, (job_id,) = completions(aws, 1, notifications_early=1, job_seconds=10)
    (message,) = aws.received(queue)
    assert json.loads(message["Body"])["Status"] == "SUCCEEDED"
    assert aws.client("rekognition").get_content_moderation(JobId=job_id)["JobStatus"] == "IN_PROGRESS"
    aws.cloud.finish_jobs()
    assert aws.received(queue, wait=0) == []


def test_a_notification_can_come_before_the_starts_answer(aws: Aws) -> None:
    rule = aws.cloud.add_fault("hold", service="rekognition", when="after")
    aws.cloud.knobs(notifications_before_answer=1)
    queue = aws.queue()
    channel, video = aws.channel(queue), aws.video()
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(
            aws.client("rekognition").start_content_moderation, Video=video, NotificationChannel=channel
        )
        (message,) = aws.received(queue)
        assert not starting.done()
        aws.cloud.release(rule)
        assert starting.result()["JobId"] == json.loads(message["Body"])["JobId"]


def test_a_delivery_can_be_doubled_although_the_message_is_invisible(aws: Aws) -> None:
    aws.cloud.knobs(deliveries_doubled=1)
    queue = aws.queue()
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    deliveries = [len(aws.received(queue, wait=0)) for _ in range(3)]
    assert deliveries == [1, 1, 0]


def test_what_cannot_be_is_refused_with_a_reason(aws: Aws) -> None:
    for knobs, reason in (
        ({"colour": 1.0}, "there is no knob 'colour'"),
        ({"quota": -1.0}, "quota"),
        ({"notifications_lost": 2.0}, "probability"),
    ):
        with pytest.raises(CloudError, match=reason):
            aws.cloud.knobs(**knobs)
    for rule, reason in (
        ({"action": "explode"}, "action must be one of"),
        ({"action": "hold", "when": "never"}, "when must be one of"),
        ({"action": "cut", "colour": "red"}, "a fault has no colour"),
    ):
        with pytest.raises(CloudError, match=reason):
            aws.cloud.add_fault(**rule)
    with pytest.raises(CloudError, match="404"):
        aws.cloud.held(999999)


def test_the_requests_are_counted_by_service_and_operation(aws: Aws) -> None:
    aws.cloud.clear_requests()
    queue = aws.queue()
    aws.client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    aws.client("cloudwatch").put_metric_data(Namespace=unique("n"), MetricData=[{"MetricName": "m", "Value": 1}])
    bucket = aws.bucket()
    aws.client("s3").put_object(Bucket=bucket, Key="a/b", Body=b"x")
    aws.client("s3").list_objects_v2(Bucket=bucket)
    assert aws.cloud.requests() == {
        "cloudwatch": {"PutMetricData": 1},
        "s3": {"CreateBucket": 1, "ListObjectsV2": 1, "PutObject": 1},
        "sqs": {"CreateQueue": 1, "SendMessage": 1},
    }


def test_a_reset_of_moto_resets_all(aws: Aws) -> None:
    aws.cloud.knobs(quota=1)
    aws.cloud.add_fault("error", service="ecs")
    bucket = aws.bucket()
    aws.client("rekognition").start_content_moderation(Video=aws.video(bucket=bucket))
    aws.cloud.reset_services()
    assert aws.cloud.knobs()["quota"] == 20
    assert (aws.cloud.faults(), aws.cloud.jobs(), aws.cloud.requests()) == ([], [], {})
    assert bucket not in [entry["Name"] for entry in aws.client("s3").list_buckets()["Buckets"]]


def test_the_answer_to_a_head_has_no_body_that_the_next_request_of_its_connection_would_read(aws: Aws) -> None:
    aws.cloud.add_fault("error", service="s3", operation="HeadObject", code="AccessDenied", status=403)
    place = urlsplit(aws.cloud.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
    try:
        connection.request("HEAD", "/some-bucket/key.mp4")
        refused = connection.getresponse()
        assert (refused.status, refused.read(), refused.headers["Content-Length"]) == (403, b"", "0")
    finally:
        connection.close()
