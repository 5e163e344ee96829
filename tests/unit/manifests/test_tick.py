"""A tick asks for nothing; what reelsift never sends itself is still refused."""

import pytest

from reelsift.manifests.messages import TICK_MESSAGE, Ignored, Parsed, RejectedMessage, parse_message


def parse(body: str) -> Parsed:
    return parse_message(body, message_id="m", sent_ms=0)


def test_a_tick_asks_for_nothing() -> None:
    assert TICK_MESSAGE == '{"reelsift": "tick"}'  # as terraform/tick.tf has it
    assert parse(TICK_MESSAGE) == Ignored("a tick: it wakes a fleet that sleeps on open work")


@pytest.mark.parametrize("mark", ['"tock"', '"TICK"', "null", '["tick"]', "1"])
def test_another_mark_is_refused(mark: str) -> None:
    parsed = parse(f'{{"reelsift": {mark}}}')
    assert isinstance(parsed, RejectedMessage)
    assert parsed.message.startswith("not a message this version of reelsift sends")
