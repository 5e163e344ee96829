"""Alarms, the operator's guide and the program agree: each has its section, its urgency and a metric that is sent."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALARMS = (ROOT / "terraform" / "alarms.tf").read_text(encoding="utf-8")
GUIDE = (
    (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("\n## Alarms\n")[2].partition("\n## ")[0]
)
SOURCE = ROOT / "service" / "reelsift"

OF_AWS = frozenset({"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"})


def urgencies() -> dict[str, str]:
    """The map in Terraform."""
    (body,) = re.findall(r"\n  urgencies = \{\n(.*?)\n  \}\n", ALARMS, re.DOTALL)
    return dict(re.findall(r'^ +([a-z-]+) += "(\w+)"$', body, re.MULTILINE))


def told() -> dict[str, str]:
    """The table in the guide."""
    rows = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| (\w+):", GUIDE, re.MULTILINE)
    return {alarm: urgency for alarms, urgency in rows for alarm in re.findall(r"`([a-z-]+)`", alarms)}


def test_each_alarm_has_the_urgency_that_the_guide_tells() -> None:
    assert urgencies()
    assert set(urgencies().values()) == {"urgent", "ticket"}
    assert told() == urgencies()


def test_each_alarm_has_a_section_and_no_section_is_about_another() -> None:
    sections = set(re.findall(r"^### (.+)$", GUIDE, re.MULTILINE))
    # Those of the scaling notify nobody.
    assert sections == set(urgencies()) | {"wake", "idle"}


def test_each_metric_that_an_alarm_watches_is_sent() -> None:
    watched = set(re.findall(r'\bmetric(?:_name)? += "(\w+)"', ALARMS)) - OF_AWS
    sent = {
        name
        for file in SOURCE.rglob("*.py")
        for name in re.findall(r"metrics\.(?:count|gauge|observe)\(\s*\"(\w+)\"", file.read_text(encoding="utf-8"))
    }
    assert {"Backlog", "Outcomes", "ProgramFailures"} <= watched <= sent
