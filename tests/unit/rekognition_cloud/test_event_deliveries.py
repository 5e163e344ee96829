"""When deliveries are tried, by a clock that the test turns."""

import heapq
import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekognition_cloud.chance import Chance
from rekognition_cloud.event_bus import api_destination, deliveries, targets
from rekognition_cloud.event_bus.api_destination import Request
from rekognition_cloud.event_bus.delivery import Delivery, Undelivered
from rekognition_cloud.iam.gate import Gate
from rekognition_cloud.knobs import Knobs

ARN = "arn:aws:events:us-east-1:123456789012:api-destination/a/b"
DAY = 24 * 60 * 60


class Hours:
    """The time that a test lets pass, one planned action after the other."""

    def __init__(self, patch: pytest.MonkeyPatch, rate: float = 1000) -> None:
        self.now = 1_000.0
        self.tried: list[float] = []
        self.buried: list[dict[str, str]] = []
        self.refusal: Callable[[int], Undelivered | None] = lambda _: None
        self._planned: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self.deliveries = deliveries.Deliveries(Knobs, lambda: Chance(1), Gate(), self._at, clock=lambda: self.now)
        request = Request(ARN, "POST", "https://127.0.0.1/", {}, b"", rate)
        patch.setattr(api_destination, "request_for", lambda _: request)
        patch.setattr(api_destination, "invoke", self._invoke)
        patch.setattr(targets, "send", self._bury)
        patch.setattr(self.deliveries, "_submit", lambda send: send())

    def send(self, **policy: int) -> None:
        rule = SimpleNamespace(arn="rule", account_id="123456789012", region_name="us-east-1")
        dead = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"}}
        self.deliveries.begin(rule, {"Arn": ARN, "RetryPolicy": policy, **dead}, {"id": "e"})

    def pass_all(self) -> None:
        while self._planned:
            when, _, action = heapq.heappop(self._planned)
            self.now = max(self.now, when)
            action()

    def _at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._planned, (when, next(self._numbers), action))

    def _invoke(self, _: Request) -> None:
        self.tried.append(self.now)
        if (refusal := self.refusal(len(self.tried))) is not None:
            raise refusal

    def _bury(self, _delivery: Delivery, _queue: str, _text: str, _gate: Gate, *, attributes: Any) -> None:
        self.buried.append({name: value["StringValue"] for name, value in attributes.items()})


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    return Hours(monkeypatch)


def passing(after: float = 0.0) -> Undelivered:
    return Undelivered("SDK_CLIENT_ERROR", "503", again=True, after=after)


def test_the_pauses_grow_until_a_day_is_over(hours: Hours) -> None:
    hours.refusal = lambda _: passing()
    hours.send()
    hours.pass_all()
    pauses = [after - before for before, after in itertools.pairwise(hours.tried)]
    assert all(2**number / 2 <= pause <= 2**number for number, pause in enumerate(pauses[:9]))
    assert max(pauses) <= 900
    assert hours.tried[-1] - hours.tried[0] <= DAY < hours.tried[-1] - hours.tried[0] + 900
    (said,) = hours.buried
    assert said["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert said["RETRY_ATTEMPTS"] == str(len(hours.tried) - 1)


@pytest.mark.parametrize("retries", [0, 1, 7])
def test_it_is_tried_again_as_often_as_the_target_says(hours: Hours, retries: int) -> None:
    hours.refusal = lambda _: passing()
    hours.send(MaximumRetryAttempts=retries)
    hours.pass_all()
    assert len(hours.tried) == 1 + retries
    assert hours.buried[0]["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_a_destination_is_left_alone_as_long_as_it_asks_for(hours: Hours) -> None:
    hours.refusal = lambda tries: passing(after=120) if tries == 1 else None
    hours.send()
    hours.pass_all()
    assert [after - before for before, after in itertools.pairwise(hours.tried)] == [120]
    assert hours.buried == []


@given(st.integers(1, 300), st.integers(1, 40))
def test_a_destination_gets_no_more_than_its_rate(rate: int, events: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        hours = Hours(patch, rate=rate)
        for _ in range(events):
            hours.send()
        hours.pass_all()
    assert len(hours.tried) == events
    assert all(after - before > 0.999 / rate for before, after in itertools.pairwise(hours.tried))


def test_what_was_under_way_before_a_reset_is_never_sent(hours: Hours) -> None:
    hours.refusal = lambda _: passing()
    hours.send()
    hours.deliveries.clear()
    hours.pass_all()
    assert (hours.tried, hours.buried) == ([], [])
