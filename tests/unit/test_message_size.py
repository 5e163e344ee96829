"""How much a message holds is the same in Terraform, in the code and in the docs."""

import re
from pathlib import Path

from reelsift.manifests.messages import MAX_BODY_BYTES

ROOT = Path(__file__).parents[2]


def test_terraform_sets_the_queues_to_what_workers_read() -> None:
    text = (ROOT / "terraform" / "queues.tf").read_text(encoding="utf-8")
    factors = re.search(r"message_bytes = (\d+) \* (\d+)$", text, re.MULTILINE)
    assert factors
    assert int(factors[1]) * int(factors[2]) == MAX_BODY_BYTES
    assert text.count("max_message_size = local.message_bytes") == text.count('resource "aws_sqs_queue"')


def test_the_guide_says_the_same() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"A message has at most {MAX_BODY_BYTES // 1024} KiB" in guide
