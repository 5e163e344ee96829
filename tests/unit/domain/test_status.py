"""What is known of a status, as it is written and read."""

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.status import (
    LONGEST_REASON_TEXT,
    MOST_PARENTS,
    MOST_VERSIONS,
    NoRestriction,
    Restriction,
    Status,
    StatusReason,
    status_of_verdict,
    with_version,
)


@pytest.mark.parametrize(
    "restriction",
    [
        Restriction(age=0),
        Restriction(territories=("DE", "FR")),
        Restriction(warning_label="blood"),
        Restriction(demote=True, demonetise=True),
        Restriction(age=18, territories=("DE",), warning_label="blood", demote=True, demonetise=True),
    ],
)
def test_a_restriction_is_read_as_it_was_written(restriction: Restriction) -> None:
    assert Restriction.read(restriction.members()) == restriction


def test_a_restriction_that_restricts_nothing_is_none() -> None:
    with pytest.raises(NoRestriction):
        Restriction()


def test_a_reason_is_read_as_it_was_written_and_bounded() -> None:
    peak = Peak(Analysis.TEXT, "x" * 5_000, ("y" * 5_000,) * 50, 99.5, 1_500, 80.0, ())
    for reason in (StatusReason.of(peak), StatusReason.of_failure(Reason.TOO_LARGE), StatusReason(code="gore")):
        assert StatusReason.read(reason.members()) == reason
    reason = StatusReason.of(peak)
    assert reason.label is not None
    assert (len(reason.label), len(reason.parents)) == (LONGEST_REASON_TEXT, MOST_PARENTS)
    assert {len(parent) for parent in reason.parents} == {LONGEST_REASON_TEXT}


def test_a_verdict_alone_rejects_nothing() -> None:
    made = {verdict: status_of_verdict(verdict) for verdict in Verdict}
    assert made.pop(Verdict.APPROVE) is Status.APPROVED
    assert set(made.values()) == {Status.IN_REVIEW}
    assert status_of_verdict(None) is None


def test_of_the_versions_that_lines_name_the_newest_are_kept() -> None:
    versions: tuple[str, ...] = ()
    for number in [*range(MOST_VERSIONS + 5), 10]:
        versions = with_version(versions, f"v{number}")
    assert len(versions) == MOST_VERSIONS
    assert (versions[-1], versions[0]) == ("v10", "v5")
    assert with_version(versions, None) == versions
