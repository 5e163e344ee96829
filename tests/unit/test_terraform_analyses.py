"""Terraform allows what the specifications of the analyses need, where Rekognition is: its lists and theirs are one."""

import json
import re
from pathlib import Path

import botocore.session

from reelsift.domain.analysis import Analysis

LIST = Path(__file__).parents[2] / "terraform" / "analyses.json"


def test_terraform_lists_the_operations_of_every_analysis_and_no_others() -> None:
    listed = json.loads(LIST.read_text(encoding="utf-8"))
    assert listed == {str(one): {"start": one.spec.start, "get": one.spec.get} for one in Analysis}


def test_terraform_knows_no_region_for_videos_that_botocore_does_not_know_for_rekognition() -> None:
    text = (LIST.parent / "regions.tf").read_text(encoding="utf-8")
    listed = set(re.findall(r'"([a-z]{2}[a-z-]*-\d)"', text))
    session = botocore.session.get_session()
    known = {region for name in ("aws", "aws-us-gov") for region in session.get_available_regions("rekognition", name)}
    assert listed
    assert listed <= known
