"""Lists are submitted as people have them, from wherever they lie."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from integration.cli.conftest import Deployed


def dry_run(deployed: Deployed, *arguments: str) -> dict[str, Any]:
    result = deployed.cli("submit", *arguments, "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout)
    return told


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.txt", "s3://{}/a.mp4\n"),
        ("l", '{{"bucket": "{}", "key": "a.mp4"}}\n'),
        ("l.json", '[\n"s3://{}/a.mp4"\n]'),
        ("l.tsv", "Title\tURL\nOne\thttps://{}.s3.eu-west-1.amazonaws.com/a.mp4\n"),
    ],
)
def test_a_list_in_s3_is_known_by_what_it_holds(deployed: Deployed, name: str, text: str) -> None:
    deployed.put_video("a.mp4", b"x" * 1000)
    for bucket in (deployed.work_bucket, deployed.data_bucket):
        deployed.client("s3").put_object(Bucket=bucket, Key=name, Body=text.format(deployed.data_bucket).encode())
        told = dry_run(deployed, f"s3://{bucket}/{name}")
        assert (told["lines"], told["bad"], told["bytes"]) == (1, 0, 1000)


def test_a_list_whose_name_is_not_utf_8_is_a_list(deployed: Deployed) -> None:
    deployed.put_video("a.mp4", b"x" * 1000)
    Path(os.fsdecode(b"caf\xe9.csv")).write_text(f"{deployed.data_bucket},a.mp4\n")
    submitted = deployed.cli("submit", os.fsdecode(b"caf\xe9.csv"), "--yes", "--json")
    assert submitted.exit_code == 0, submitted.stderr
    assert json.loads(submitted.stdout)["name"] == "caf\\udce9.csv"


def test_a_video_without_a_suffix_is_a_video(deployed: Deployed) -> None:
    deployed.put_video("clip", b"\0\0\0\x20ftypisom" + bytes(100))
    told = dry_run(deployed, f"arn:aws:s3:::{deployed.data_bucket}/clip")
    assert (told["lines"], told["bytes"], told["unsupported"]["name"]) == (1, 112, 1)


def test_a_completion_report_is_a_source_by_its_manifest(deployed: Deployed) -> None:
    deployed.put_video("a.mp4", b"x" * 1000)
    work = deployed.work_bucket
    results = []
    for status in ("succeeded", "failed"):
        row = f"{deployed.data_bucket},a.mp4,,{status},200,,x\n"
        deployed.client("s3").put_object(Bucket=work, Key=f"report/{status}.csv", Body=row.encode())
        results.append({"TaskExecutionStatus": status, "Bucket": work, "Key": f"report/{status}.csv"})
    manifest = {"Format": "Report_CSV_20180820", "Results": results, "ReportSchema": "Bucket, Key, …"}
    deployed.client("s3").put_object(Bucket=work, Key="report/manifest.json", Body=json.dumps(manifest).encode())
    Path("manifest.json").write_text(json.dumps(manifest))
    for source in (f"s3://{work}/report/manifest.json", "manifest.json"):
        told = dry_run(deployed, source)
        assert (told["lines"], told["bad"], told["duplicates"]) == (2, 0, 1)


def test_what_a_filter_asks_for_and_cannot_be_read_is_a_bad_line(deployed: Deployed) -> None:
    deployed.put_video("a.mp4", b"x" * 1000)
    Path("list.csv").write_text(f"bucket,key,size,last_modified\n{deployed.data_bucket},a.mp4,big,31.7.2026\n")
    assert dry_run(deployed, "list.csv")["bad"] == 0
    for option in (("--min-size", "1"), ("--modified-after", "2026-01-01")):
        result = deployed.cli("submit", "list.csv", "--dry-run", *option)
        assert result.exit_code == 1
        assert "a filter asks for the size or the time" in result.stderr


def test_lines_without_an_object_are_shown_with_how_keys_are_read(deployed: Deployed) -> None:
    deployed.put_video("a+b.mp4", b"x" * 1000)
    Path("list.csv").write_text(f"Bucket,Key\n{deployed.data_bucket},a+b.mp4\n")
    result = deployed.cli("submit", "list.csv", "--dry-run", "--json")
    assert json.loads(result.stdout)["missing"] == [
        {"line": "list.csv:2", "object": f"s3://{deployed.data_bucket}/a b.mp4"}
    ]
    words = " ".join(result.stderr.split())
    assert f"list.csv:2: there is no s3://{deployed.data_bucket}/a b.mp4" in words
    assert "+ is a space, %2B a plus" in words


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("s3://{0}/a.mp4,Title,2024\ns3://{0}/b.mp4,Other,2025\n", "every key goes on behind its suffix"),
        ("{0},a.mp4,3691\n{0},b.mp4,12\n", "every version is a number or a time"),
    ],
)
def test_a_list_that_seems_to_have_other_columns_is_warned_of(deployed: Deployed, text: str, warning: str) -> None:
    Path("list.csv").write_text(text.format(deployed.data_bucket))
    assert warning in " ".join(deployed.cli("submit", "list.csv", "--dry-run").stderr.split())
