import pytest

from reelsift.cli.smoke_words import mend_of
from reelsift.domain.failure import Reason
from reelsift.smoke.hop import Cause


def mend(cause: Cause | Reason) -> str:
    return mend_of(cause, deployment="prod", bucket="videos")


@pytest.mark.parametrize("cause", list(Cause))
def test_something_can_be_done_about_every_cause(cause: Cause) -> None:
    assert mend(cause)
    assert "{" not in mend(cause)
    assert "Reason codes" not in mend(cause), "each cause has words of its own"


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (
            Cause.UPLOAD_FORBIDDEN,
            "below reelsift-smoke/ of videos, and the use of its KMS key; the policy prod-operator",
        ),
        (Cause.QUOTA_USED_UP, "REELSIFT_QUOTA"),
        (Cause.START_FORBIDDEN, "iam:PassRole"),
        (Cause.NOT_CONFIRMED, "link in the mail"),
        (Cause.NO_RECIPIENT, "nobody receives alerts"),
        (Reason.WRONG_REGION, "--bucket"),
        (Reason.GAVE_UP, "redrive"),
        (Reason.ARCHIVED, "docs/operations.md says under Reason codes"),
    ],
)
def test_what_to_do_first_follows_from_the_cause(cause: Cause | Reason, says: str) -> None:
    assert says in mend(cause)
