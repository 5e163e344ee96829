"""What a worker that was killed had in hand is used again after 10 s (slots) and 30 s (messages)."""

import re
from pathlib import Path

from reelsift.demo.provision import VISIBILITY_S
from reelsift.settings import Settings

QUEUES = Path(__file__).parents[2] / "terraform" / "queues.tf"


def default(name: str) -> float:
    return float(Settings.model_fields[name].default)


def test_slots_and_messages_of_a_killed_worker_come_back_soon_and_those_of_a_live_one_are_renewed_in_time() -> None:
    assert default("reservation_s") <= 10
    assert default("visibility_s") <= 30
    assert default("recheck_starting_s") <= 20
    assert default("heartbeat_s") * 3 <= default("visibility_s"), "two heartbeats in a row may fail"


def test_queues_hide_messages_for_as_long_as_workers_do() -> None:
    main, _ = QUEUES.read_text(encoding="utf-8").split('resource "aws_sqs_queue" "dead"')
    deployed = re.findall(r"visibility_timeout_seconds = (\d+)$", main, re.MULTILINE)
    assert [int(seconds) for seconds in deployed] == [VISIBILITY_S] == [default("visibility_s")]
