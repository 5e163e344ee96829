"""Terraform allows what the specifications of the analyses need: its list and theirs are one."""

import json
from pathlib import Path

from reelsift.domain.analysis import Analysis

LIST = Path(__file__).parents[2] / "terraform" / "analyses.json"


def test_terraform_lists_the_operations_of_every_analysis_and_no_others() -> None:
    listed = json.loads(LIST.read_text(encoding="utf-8"))
    assert listed == {str(one): {"start": one.spec.start, "get": one.spec.get} for one in Analysis}
