"""What a command says of rows that this version cannot read."""

from typing import TYPE_CHECKING

from reelsift.cli.terminal import say
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment


def tell_left_out(deployment: "Deployment") -> None:
    """Say how many videos were left out, if any were, and what to do."""
    from reelsift.aws.unreadable import MOST_KNOWN

    count = deployment.reviews.unreadable.count
    if count:
        more = " or more" if count == MOST_KNOWN else ""
        say(
            f"{wording.count(count, 'video')}{more} left out: this version cannot read what is known of them. Another"
            " version of reelsift may have written it: use that of the workers"
        )
