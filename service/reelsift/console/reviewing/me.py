"""Who uses the console, what they have chosen, and what they may choose from."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.console.resources import Resources
from reelsift.console.reviewing.disguise import visible
from reelsift.console.reviewing.limits import Limits
from reelsift.console.reviewing.preferences import Preferences
from reelsift.console.viewer import Role, Viewer
from reelsift.domain import taxonomy

CATEGORIES: tuple[str, ...] = tuple(taxonomy.V7)
"""What somebody may decline: the top-level labels of content moderation."""


async def me(resources: Resources, viewer: Viewer) -> dict[str, Any]:
    """All that a page needs to know of who opens it, as JSON."""
    deployment, by = resources.deployment, viewer.who.by
    day = datetime.fromtimestamp(resources.clock.now_ms() / 1000, UTC).date().isoformat()
    (preferences, limits, of_day), queues = await asyncio.gather(
        deployment.reviewer_rows.settings(by, day), deployment.review_items.queues()
    )
    limited = Limits.stored(limits)
    return {
        "by": by,
        "name": viewer.name,
        "roles": sorted(viewer.roles),
        "undo_s": deployment.settings.undo_s,
        "preferences": Preferences.stored(preferences).model_dump(),
        "limits": limited.model_dump(),
        "day": {"minutes": of_day.seconds // 60, "decided": of_day.decided},
        "reasons": [reason.members() for reason in resources.catalogue.by_code.values()],
        "queues": [queue for queue in visible(queues) if limited.may_see(queue)],
        "categories": list(CATEGORIES),
        "idle_s": deployment.settings.console_idle_s,
        "support_text": deployment.settings.console_support_text,
        "read_only": not viewer.has(Role.REVIEWER),
        "training": False,
        "may_sign_out": resources.gate.has_sessions,
    }


async def colleagues(resources: Resources, viewer: Viewer) -> list[dict[str, Any]]:
    """For whom something may be parked, by pseudonym and name. Nobody, where the names are not the viewer's to read."""
    try:
        everybody = await resources.deployment.people.everybody()
    except ClientError as error:
        if not code_of(error).startswith("AccessDenied"):
            raise
        return []
    others = [
        {"by": known.pseudonym, "name": known.name or _session(known.principal) or known.pseudonym}
        for known in everybody
        if known.pseudonym not in {viewer.who.by, viewer.who.principal}
    ]
    return sorted(others, key=lambda other: other["name"].casefold())


def _session(principal: str) -> str | None:
    """Under which name somebody has logged in, or the user of IAM; None where a principal is no ARN."""
    return principal.rpartition("/")[2] if principal.startswith("arn:") else None
