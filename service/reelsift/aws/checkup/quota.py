"""The quota of Rekognition jobs: what the setting says against what the account has."""

from collections.abc import AsyncIterator

from botocore.exceptions import ClientError

from reelsift.aws.checkup.finding import Finding, Grade
from reelsift.aws.clients import Clients
from reelsift.aws.errors import code_of
from reelsift.aws.quota import DEFAULT_QUOTA, NEEDED_ACTIONS, QUOTA_CODE, account_quota
from reelsift.settings import Settings

SUBJECT = "quota"


async def check_quota(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    try:
        account = await account_quota(clients.quotas)
    except ClientError as error:
        yield _unknown(settings, error)
        return
    if settings.quota is not None and settings.quota > account:
        yield Finding(
            SUBJECT,
            Grade.WARNING,
            f"REELSIFT_QUOTA is {settings.quota}, but the account has {account} jobs at once: slots will be blocked",
            f"lower it to {account}, set it to auto, or have {QUOTA_CODE} raised",
        )
        return
    used = "auto" if settings.quota is None else str(settings.quota)
    yield Finding(SUBJECT, Grade.OK, f"{account} jobs at once in the account, the setting is {used}")


def _unknown(settings: Settings, error: ClientError) -> Finding:
    if settings.quota is not None:
        return Finding(SUBJECT, Grade.OK, f"{settings.quota} jobs at once, as set; Service Quotas cannot be asked")
    return Finding(
        SUBJECT,
        Grade.WARNING,
        f"Service Quotas cannot be asked ({code_of(error)}), so {DEFAULT_QUOTA} jobs at once are assumed",
        f"allow {' and '.join(NEEDED_ACTIONS)}, or set REELSIFT_QUOTA to a number",
    )
