"""What workers have reported of the policy that they judge by."""

from reelsift.aws.policy_versions import PolicyVersions
from reelsift.runtime.timings import Timings

SLACK_S = 60.0
"""By how much clocks may disagree, and a report be late."""


async def all_report(policy_versions: PolicyVersions, epoch: int, *, timings: Timings, now_ms: int) -> bool:
    """Whether every worker that may judge does so by a version that is no older than an epoch.

    A worker that has not reported for longer than it may go without reading the policy judges nothing. One that was
    killed holds this up for so long.
    """
    silent_ms = (timings.policy_stale_s + timings.policy_report_s + SLACK_S) * 1000
    reports = [report async for report in policy_versions.reports() if now_ms - report.seen_ms <= silent_ms]
    return all(report.epoch >= epoch for report in reports)
