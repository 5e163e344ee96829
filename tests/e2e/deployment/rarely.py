"""What does not happen in every run while the policies are enforced, each with its reason."""

from collections.abc import Mapping

from e2e.deployment.call_coverage import Unreached
from support.acting import Actor
from support.policies import Permission

_HALF_WAY = "an upload that breaks off half-way is taken back"

RARELY_USED: Mapping[Actor, Mapping[Permission, str]] = {
    "task": {
        Permission(
            "Quota", "servicequotas:GetAWSDefaultServiceQuota", "*"
        ): "an account has the default; doctor asks so",
        Permission("RawAnswers", "s3:AbortMultipartUpload", "arn:aws:s3:::<work>/raw/*"): _HALF_WAY,
        Permission("Reports", "s3:AbortMultipartUpload", "arn:aws:s3:::<work>/reports/*"): _HALF_WAY,
    },
    "operator": {
        Permission("Analyses", "rekognition:GetLabelDetection", "*"): "smoke where only labels are analysed",
    },
}
"""Permissions that need not be used."""

_ATTACHED = "policies attached to Rekognition's role; Terraform attaches none"
_ELSEWHERE = "whoever it is calls the same method of the same store from elsewhere, and this call takes a rare race"
_LINES_ONLY = "of this module workers only read the lines of chunks; the rest is the command line's"
_FAILS_ONLY = "of this module give-up only ends a job with a failure; the rest is the workers'"
_FULL = "smoke --full, which takes too long here; smoke and doctor make the same calls for one clip"
_REFUSED = "what fails again and again is left out; its row is written as for a claim, which is made"
_NO_POOL = "give-up holds no slots: the pool that it makes is stopped at once"

RARELY_MADE: Mapping[Unreached, str] = {
    Unreached("anybody", "aws/checkup/role.py _granted request"): _ATTACHED,
    Unreached("anybody", "aws/labels.py Labels.of_video query"): "the demo reads labels so, which is not on AWS",
    Unreached("anybody", "aws/objects.py Videos._in_full request"): (
        "an object under a customer's own key; its first byte is read as Rekognition reads the video"
    ),
    Unreached("anybody", "aws/own_videos.py OwnVideos.encrypts_by_kms request"): _FULL,
    **{
        Unreached("operator", f"smoke/{site}"): _FULL
        for site in (
            "full.py FullOrder.of encrypts_by_kms",
            "full.py FullTest._overwrite get",
            "full.py FullTest._runs get",
            "sending.py outcomes_of get",
            "sending.py send send",
        )
    },
    **{
        Unreached("task", site): _LINES_ONLY
        for site in (
            "batches/lookup.py batch_id_of get",
            "batches/lookup.py batch_id_of recent",
            "batches/lookup.py batch_named get",
            "batches/lookup.py read_counts of_batch",
            "reporting/lines.py LineSource.direct_lines of_chunk",
            "reporting/lines.py ReportRead.chunks of_batch",
        )
    },
    **{
        Unreached("operator", f"jobs/attempts.py {site}"): _FAILS_ONLY
        for site in (
            "Attempts._slot_item block_item",
            "Attempts._slot_item hand_over_item",
            "Attempts.fail change",
            "Attempts.free_orphan free_item",
            "Attempts.free_orphan settle_items",
            "Attempts.free_orphan transact",
            "Attempts.send postpone",
            "Attempts.send send",
        )
    },
    **{
        Unreached("operator", f"jobs/slot_pool.py SlotPool.{site}"): _NO_POOL
        for site in (
            "_drop release",
            "_read_free free_numbers",
            "_renew release",
            "_take_idle release",
            "_try reserve",
            "take_now value",
            "try_blocked blocked_numbers",
            "try_blocked value",
        )
    },
    Unreached("operator", "jobs/by_hand.py _give_up get"): _ELSEWHERE,
    Unreached("anybody", "aws/mail.py Outbox.note_refusal update"): _REFUSED,
    **{
        Unreached("task", site): _REFUSED
        for site in (
            "jobs/alerts/mailing.py Mailing._refused note_refusal",
            "jobs/alerts/mailing.py Mailing._refused publish",
            "reporting/batch_report.py BatchReports.count_failure change",
            "reporting/chunk_report.py ChunkReports.leave_out reported",
        )
    },
    **{
        Unreached("task", site): _ELSEWHERE
        for site in (
            "batches/watch.py BatchWatch._begin_anew change",
            "batches/watch.py BatchWatch._go_on change",
            "batches/watch.py BatchWatch._sum_up_anew change",
            "inventories/delivery.py InventoryDeliveries.take record",
            "jobs/admission.py Admissions.attempt postpone",
            "jobs/attempts.py Attempts._slot_item free_item",
            "jobs/giving_up.py GivingUp.message_failed get",
            "jobs/slot_pool.py SlotPool._renew release",
            "jobs/slot_pool.py SlotPool._take_idle release",
            "jobs/starter.py Starter._quota_full change",
            "jobs/starter.py Starter._renewed postpone",
            "jobs/starter.py Starter.replay change",
            "jobs/status_poller.py StatusPoller._adopt change",
            "jobs/status_poller.py StatusPoller._adopt get",
            "jobs/waiting_lines.py WaitingLines.give_up of_job",
            "jobs/waiting_lines.py WaitingLines.give_up record",
            "jobs/waiting_lines.py WaitingLines.give_up remove",
            "messages/completion.py Completions._follow get",
            "messages/completion.py Completions._leave hide",
            "messages/intake.py Intake._again hide",
            "messages/intake.py Intake._handle hide",
            "reporting/chunk_report.py ChunkReports.part get",
        )
    },
}
"""Calls that need not be made."""
