import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration.rekognition_cloud.account import Aws, unique
from integration.rekognition_cloud.polling import until
from rekognition_cloud.cloud import Cloud
from rekognition_cloud.knobs import Knobs
from rekognition_cloud.process import CloudError, CloudProcess
from support.patience import PATIENCE_S


def asked(url: str, path: str) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    finally:
        connection.close()


def command(*flags: str) -> list[str]:
    return [sys.executable, "-m", "rekognition_cloud", *flags]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_its_url_and_nothing_else_and_ends_on_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(
        command("--quota", "3"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url = json.loads(process.stdout.readline())["url"]
        assert asked(url, "/rekognition-cloud-api/knobs")[1]["quota"] == 3
        process.send_signal(number)
        rest, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_knob_that_cannot_be_is_refused_at_the_start() -> None:
    ended = subprocess.run(command("--notifications-lost", "2"), capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "notifications_lost is a probability" in ended.stderr
    with pytest.raises(CloudError), CloudProcess(colour=1):
        pass


def test_a_process_ends_when_told_although_it_holds_requests_for_ever() -> None:
    launched: list[subprocess.Popen[str]] = []

    def launch(*arguments: Any, **options: Any) -> "subprocess.Popen[str]":
        launched.append(subprocess.Popen(*arguments, **options))
        return launched[-1]

    with CloudProcess(launch=launch) as cloud:
        rule = cloud.add_fault("hold", service="sqs")
        script = "import boto3; boto3.client('sqs').list_queues()"
        with subprocess.Popen([sys.executable, "-c", script], env=cloud.env, stderr=subprocess.DEVNULL) as waiting:
            until(lambda: cloud.held(rule) > 0)
            (process,) = launched
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
            waiting.kill()


def test_the_environment_has_four_aws_variables(monkeypatch: pytest.MonkeyPatch, shared_cloud: CloudProcess) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    env = shared_cloud.env
    assert {name for name in env if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
    }
    assert env["PATH"] == os.environ["PATH"]


def test_a_cloud_serves_on_threads_of_its_own() -> None:
    with Cloud(knobs=Knobs(quota=4)) as cloud:
        assert asked(cloud.url, "/rekognition-cloud-api/knobs")[1]["quota"] == 4
        url = cloud.url
    with pytest.raises(ConnectionRefusedError):
        asked(url, "/rekognition-cloud-api/knobs")


def test_an_address_of_the_control_api_that_is_not_there_is_404(shared_cloud: CloudProcess) -> None:
    assert asked(shared_cloud.url, "/rekognition-cloud-api/nothing")[0] == 404


def test_an_operation_moto_does_not_have_is_answered_as_such(aws: Aws) -> None:
    with pytest.raises(Exception, match="NotImplemented"):
        aws.client("rekognition").describe_projects()


def test_keys_arrive_in_s3_as_they_were_sent(aws: Aws) -> None:
    bucket, s3 = aws.bucket(), aws.client("s3")
    keys = sorted(["a b+c/ü%.mp4", "x//y.mp4", "%2F.mp4", "plain.mp4", "ends/"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == keys


def test_empty_and_full_objects_alternate_on_one_connection(aws: Aws) -> None:
    bucket, s3 = aws.bucket(), aws.client("s3")
    for number in range(40):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"x" * 3000 * (number % 2))
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == 40


def test_the_stock_command_line_works_against_it(aws: Aws, tmp_path: Path) -> None:
    aws_command = Path(sys.executable).with_name("aws")
    bucket = unique("bucket")

    def run(*arguments: str) -> str:
        return subprocess.run(
            [aws_command, *arguments, "--output", "json"],
            env=aws.cloud.env,
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        ).stdout

    run("s3", "mb", f"s3://{bucket}")
    place = aws.video(bucket=bucket)["S3Object"]
    video = json.dumps({"S3Object": place})
    started = json.loads(run("rekognition", "start-content-moderation", "--video", video))
    aws.cloud.finish_jobs()
    answer = json.loads(run("rekognition", "get-content-moderation", "--job-id", started["JobId"]))
    assert answer["JobStatus"] == "SUCCEEDED"
