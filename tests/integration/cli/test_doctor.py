import json
from typing import Any

import pytest

from integration.cli.conftest import Deployed


def findings(deployed: Deployed, code: int) -> dict[str, dict[str, Any]]:
    result = deployed.cli("doctor", "--json")
    assert result.exit_code == code, result.output
    return {
        finding["subject"].removesuffix(deployed.name): finding
        for finding in map(json.loads, result.stdout.splitlines())
    }


def test_a_whole_deployment_is_well(deployed: Deployed) -> None:
    found = findings(deployed, 0)
    bad = {subject: finding["state"] for subject, finding in found.items() if finding["grade"] != "ok"}
    assert bad == {f"topic {deployed.name}-alerts": "nobody receives the alerts"}
    assert len(found) == 18


def test_people_read_what_to_mend(deployed: Deployed) -> None:
    result = deployed.cli("doctor")
    assert result.exit_code == 0
    assert f"ok       queue {deployed.name}-intake: there" in result.stdout
    assert "subscribe an address" in result.stdout
    assert "17 ok, 1 to look at, 0 broken" in result.stderr


def test_what_is_missing_is_named(deployed: Deployed) -> None:
    name = deployed.name
    sqs = deployed.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{name}-priority-dead")["QueueUrl"])
    deployed.client("dynamodb").delete_table(TableName=f"{name}-slots")
    deployed.client("iam").delete_role_policy(RoleName=f"{name}-rekognition", PolicyName="publish-completions")
    deployed.client("s3").delete_bucket(Bucket=f"{name}-videos")
    found = findings(deployed, 1)
    broken = {subject for subject, finding in found.items() if finding["grade"] == "broken"}
    assert broken == {
        f"queue {name}-priority-dead",
        f"table {name}-slots",
        f"role {name}-rekognition",
        f"data bucket {name}-videos",
    }
    assert all(found[subject]["mend"] for subject in broken)


def test_an_index_that_queries_rely_on_is_missed(deployed: Deployed) -> None:
    dynamodb = deployed.client("dynamodb")
    dynamodb.update_table(
        TableName=f"{deployed.name}-labels", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "label"}}]
    )
    assert "has no index label on" in findings(deployed, 1)[f"table {deployed.name}-labels"]["state"]


def test_a_queue_that_gives_up_before_a_worker_judges_is_broken(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSIFT_MAX_RECEIVES", "10")
    assert "before a worker judges it" in findings(deployed, 1)[f"queue {deployed.name}-intake"]["state"]


def test_a_bucket_of_another_region_is_found(deployed: Deployed) -> None:
    s3 = deployed.client("s3")
    s3.delete_bucket(Bucket=deployed.data_bucket)
    s3.create_bucket(Bucket=deployed.data_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert "lies in eu-west-1" in findings(deployed, 1)[f"data bucket {deployed.data_bucket}"]["state"]


def test_a_quota_above_the_accounts_is_noticed(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELSIFT_QUOTA", "500")
    assert findings(deployed, 0)["quota"]["grade"] == "warning"
