"""Recorded answers are inspected where they lie."""

import gzip
import json

from integration.cli.conftest import Deployed
from support.saved_forms import PAGE


def test_a_raw_answer_in_the_work_bucket_is_inspected(deployed: Deployed) -> None:
    deployed.client("s3").put_object(
        Bucket=deployed.work_bucket, Key="raw/v/1.json.gz", Body=gzip.compress(json.dumps([PAGE]).encode())
    )
    result = deployed.cli("inspect", f"s3://{deployed.work_bucket}/raw/v/1.json.gz")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["verdict"] == "review"


def test_an_answer_that_is_not_there_is_told(deployed: Deployed) -> None:
    result = deployed.cli("inspect", f"s3://{deployed.work_bucket}/none.json")
    assert result.exit_code == 1
    assert "there is no object none.json in S3" in result.stderr
