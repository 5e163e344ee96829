import re
from pathlib import Path
from typing import Any

from reelsift.aws.metrics import Metrics, unit_of


class Recorder:
    """Keeps what CloudWatch would be sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        assert Namespace == "Reelsift"
        self.sent += MetricData

    def values(self) -> dict[tuple[str, ...], float]:
        """Each metric's value under its name and dimensions."""
        return {
            (datum["MetricName"], *(f"{each['Name']}={each['Value']}" for each in datum["Dimensions"])): datum["Value"]
            for datum in self.sent
        }


async def test_what_alarms_add_up_is_sent_in_total_too() -> None:
    recorder = Recorder()
    metrics = Metrics(recorder, "Reelsift", "d")  # type: ignore[arg-type]
    metrics.count("Failed", Analysis="labels", Reason="too_large")
    metrics.count("Failed", Analysis="labels", Reason="rekognition_failed")
    metrics.count("Outcomes", 2, Status="FAILED")
    metrics.count("Spend", 0.25)
    await metrics.flush()
    assert recorder.values() == {
        ("Failed", "Analysis=labels", "Deployment=d", "Reason=too_large"): 1,
        ("Failed", "Analysis=labels", "Deployment=d", "Reason=rekognition_failed"): 1,
        ("Failed", "Deployment=d"): 2,
        ("Outcomes", "Deployment=d", "Status=FAILED"): 2,
        ("Outcomes", "Deployment=d"): 2,
        ("Spend", "Deployment=d"): 0.25,
    }


async def test_a_count_is_sent_once() -> None:
    recorder = Recorder()
    metrics = Metrics(recorder, "Reelsift", "d")  # type: ignore[arg-type]
    metrics.count("Alerts")
    await metrics.flush()
    await metrics.flush()
    assert recorder.values() == {("Alerts", "Deployment=d"): 1}
    assert len(recorder.sent) == 1


def test_each_metric_has_the_unit_that_its_reference_tells() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
    told = dict(re.findall(r"^\| `(\w+)` \| (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert told["OldestUntoldSeconds"] == "Seconds"
    assert {name: unit_of(name) for name in told} == told
