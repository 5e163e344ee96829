"""What does not happen in every run while the policies are enforced, each with its reason."""

from collections.abc import Mapping

from e2e.deployment.call_coverage import Unreached
from reelsift.domain.analysis import Analysis
from support.acting import Actor
from support.policies import Permission

_HALF_WAY = "an upload that breaks off half-way is taken back"
_ONCE_A_DAY = "workers export once a day, and there is nothing yet when they start; the command does the same"
_OF_RECORDS = "whoever keeps the records exports them"
_NOTHING_THERE = "shards are asked where something stands in their index alone"
_DIED = "a worker died between verdict and alert"

_TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/<deployment>"

_NONE_SEALED = "what is sealed here has little, and goes back nowhere"
_SEALED = [
    *(
        Permission("Sealed", f"dynamodb:{action}Item", f"{_TABLE}-sealed")
        for action in ("BatchGet", "BatchWrite", "ConditionCheck", "Delete", "Get", "Put", "Update")
    ),
    Permission("Sealed", "dynamodb:Query", f"{_TABLE}-sealed"),
    Permission("Indexes", "dynamodb:Query", f"{_TABLE}-reviews/index/sealing"),
    *(Permission("Videos", f"s3:{verb}ObjectLegalHold", "arn:aws:s3:::<data>/*") for verb in ("Get", "Put")),
    *(
        Permission("SealedObjects", f"s3:{action}", "arn:aws:s3:::<sealed>/*")
        for action in (
            "AbortMultipartUpload",
            "DeleteObject",
            "DeleteObjectVersion",
            "GetObject",
            "ListMultipartUploadParts",
            "PutObject",
        )
    ),
    *(
        Permission("SealedAway", "s3:DeleteObjectVersion", f"arn:aws:s3:::<work>/{folder}/*")
        for folder in ("alerts", "raw", "results", "videos")
    ),
    Permission("Datasets", "s3:GetObject", "arn:aws:s3:::<work>/videos/*"),
    Permission("ResultsMissing", "s3:ListBucketVersions", "arn:aws:s3:::<work>"),
    *(Permission("Jobs", f"dynamodb:{action}Item", f"{_TABLE}-jobs") for action in ("BatchWrite", "Delete")),
    Permission("Reviews", "dynamodb:BatchWriteItem", f"{_TABLE}-reviews"),
    *(
        Permission("SealedMissing", f"s3:{action}", "arn:aws:s3:::<sealed>")
        for action in ("ListBucket", "ListBucketVersions")
    ),
]

RARELY_USED: Mapping[Actor, Mapping[Permission, str]] = {
    "task": {
        **dict.fromkeys(_SEALED, _NONE_SEALED),
        Permission(
            "Quota", "servicequotas:GetAWSDefaultServiceQuota", "*"
        ): "an account has the default; doctor asks so",
        **{
            Permission(
                "Lines", "sqs:ChangeMessageVisibility", f"arn:aws:sqs:us-east-1:123456789012:<deployment>-{queue}"
            ): "a line that takes longer than a heartbeat"
            for queue in ("begun", "intake", "priority")
        },
        Permission("Datasets", "s3:AbortMultipartUpload", "arn:aws:s3:::<work>/videos/*"): _HALF_WAY,
        Permission("Results", "s3:GetObject", "arn:aws:s3:::<work>/alerts/*"): _DIED,
        Permission("RawAnswers", "s3:AbortMultipartUpload", "arn:aws:s3:::<work>/raw/*"): _HALF_WAY,
        Permission("Reports", "s3:AbortMultipartUpload", "arn:aws:s3:::<work>/reports/*"): _HALF_WAY,
        Permission("Copy", "s3:AbortMultipartUpload", "arn:aws:s3:::<work>/archive/*"): _HALF_WAY,
        Permission(
            "DecisionArchive",
            "s3:PutObject",
            "arn:aws:s3:::<deployment>-decisions-123456789012-us-east-1/decisions/*",
        ): _ONCE_A_DAY,
        Permission(
            "Unarchived",
            "dynamodb:Query",
            "arn:aws:dynamodb:us-east-1:123456789012:table/<deployment>-reviews/index/unarchived",
        ): _ONCE_A_DAY,
    },
    "operator": {
        Permission("Submissions", "s3:AbortMultipartUpload", "arn:aws:s3:::<work>/archive/*"): _HALF_WAY,
        Permission("Indexes", "dynamodb:Query", f"{_TABLE}-reviews/index/untold"): _NOTHING_THERE,
        Permission("Indexes", "dynamodb:Query", f"{_TABLE}-reviews/index/untagged"): _NOTHING_THERE,
        Permission("Indexes", "dynamodb:Query", f"{_TABLE}-reviews/index/sealing"): _NOTHING_THERE,
    }
    | {
        Permission("Analyses", f"rekognition:{analysis.spec.get}", "*"): f"smoke where only {analysis} is looked for"
        for analysis in Analysis
        if analysis is not Analysis.CONTENT_MODERATION
    },
    "records": {
        Permission(
            "Jobs", "dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/<deployment>-jobs"
        ): "two people who forget one video at a time",
        Permission(
            "Outcomes", "dynamodb:BatchWriteItem", "arn:aws:dynamodb:us-east-1:123456789012:table/<deployment>-outcomes"
        ): "mail that was not sent before its video was forgotten",
        Permission("Buckets", "s3:ListBucket", "arn:aws:s3:::<data>"): "an object that is gone is forgotten",
    },
    "specialist": {
        Permission("Evidence", "s3:AbortMultipartUpload", "arn:aws:s3:::<deployment>-evidence/*"): _HALF_WAY,
        Permission("SealedObjects", "s3:GetObjectVersion", "arn:aws:s3:::<sealed>/*"): (
            "the video is gone, and evidence has its copy"
        ),
    },
    "console": {
        **dict.fromkeys(
            (
                Permission("AnythingInIndexes", "dynamodb:Scan", f"{_TABLE}-reviews/index/untagged"),
                *(
                    Permission("ReviewItems", "dynamodb:Query", f"{_TABLE}-reviews/index/{index}")
                    for index in ("sealing", "untagged", "untold")
                ),
            ),
            _NOTHING_THERE,
        ),
        **dict.fromkeys(
            (
                Permission("Quota", f"servicequotas:{action}", "*")
                for action in ("GetAWSDefaultServiceQuota", "GetServiceQuota")
            ),
            "the quota is a number where the console is tried",
        ),
        Permission("Results", "s3:GetObject", "arn:aws:s3:::<work>/archive/*"): (
            "a test of a policy; workers have made no copy here"
        ),
        Permission("Buckets", "s3:ListBucket", "arn:aws:s3:::<data>"): "an object that is gone",
        Permission(
            "SealedBucket", "s3:ListBucket", "arn:aws:s3:::<sealed>"
        ): "a sealed video of which nothing is there",
    },
    "reviewer": {
        **{
            Permission("Reviewers", f"dynamodb:{action}", f"{_TABLE}-reviewers"): (
                "the console on somebody's own machine, which asks what the one of the deployment asks"
            )
            for action in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
        },
        Permission("Videos", "s3:GetObjectVersion", "arn:aws:s3:::<data>/*"): "a location that names a version",
    },
}
"""Permissions that need not be used."""

_ATTACHED = "policies attached to Rekognition's role; Terraform attaches none"
_FAILS_ONLY = "of this module give-up only ends a job with a failure; the rest is the workers'"
_FULL = "smoke --full, which takes too long here; smoke and doctor make the same calls for one clip"
_QUOTA_OF_OTHERS = "another application uses the quota up; here nobody else starts analyses"
_NO_POOL = "give-up holds no slots: the pool that it makes is stopped at once"
_REFUSED = "a mail that SNS refuses as wrong; its row is written as for a claim"
_LONG_ROW = "a video whose status has changed more than 50 times"
_NO_BATCH = "reviewers name no batch"
_FULL_ROW = "a status that has changed 20 times while the bus did not answer"
_LEFT = "a reviewer who has left a video: that takes a worker 10 minutes to know"
_OF_REVIEWERS = "of this module workers open and close what a status asks for; the rest is the reviewers'"
_OF_WORKERS = "of this module reviewers decide and ask; what a status asks for the workers have opened before"
_WHILE_CLAIMED = "something more is asked about a video while a reviewer is at it"
_HIDDEN = "a message that has to wait; heartbeats hide messages of the same queue"

_NO_OPINION = "nobody has given a second opinion on what is exported, restored or forgotten here"
_NO_SPECIALIST = "only specialists, whose role is none of these"
_NOT_BACK = "no seal is taken away in this run"
_AN_HOUR = "reports follow a seal within the hour; a run is over before"
_SEALED_LATER = "15 minutes after a video was sealed"

_LARGE = "the object of a sealed video that is copied in parts; those here are small"
_AT_ONCE = "somebody else makes another policy live at the same moment"

_BY_COMMAND = "of this module the console reads; what is missing is what commands ask"
_BY_THE_OTHERS = "of this module the console decides; the rest workers and commands do"
_LONG_RUN = "a test of a policy that takes longer than a beat"
_NOT_NOW = "what is not so where the console is tried"

RARELY_MADE: Mapping[Unreached, str] = {
    Unreached("console", "console/leading/runner.py Runner._beat beat"): _LONG_RUN,
    Unreached("anybody", "aws/lead_runs.py LeadRuns.beat update"): _LONG_RUN,
    **{
        Unreached("console", site): _BY_COMMAND
        for site in (
            "archive/parts.py Parts.download pieces",
            "batches/lookup.py batch_id_of recent",
            "queries/demand.py count_unexpanded count_open",
            "queries/demand.py count_unexpanded count_unsent",
            *(
                f"queries/deployment_status.py DeploymentMonitor.status {call}"
                for call in ("depth", "of_day", "recent")
            ),
            "queries/findings.py _rows_by_video get_many",
            "queries/findings.py why_nothing recent",
            *(f"queries/found_text.py _in_result {call}" for call in ("get", "pieces")),
            *(f"queries/video_result.py {call}" for call in ("_stored get", "_video_id head", "read_result of_job")),
            "reviews/reviewer.py reviewer principal",
            "reviews/sealed_access.py report_to_authority report",
            "reviews/target.py _now head",
        )
    },
    **{
        Unreached("console", f"reviews/{site}"): _BY_THE_OTHERS
        for site in (
            *(f"asking.py {call}" for call in ("_check_appeal is_closed", "_row note_content", "_row write")),
            "deciding.py Deciding._write note_content",
            *(f"items.py Items.{call}" for call in ("_is_drawn get", "_parts joining", "settle transact")),
        )
    },
    **{
        Unreached("console", site): _NOT_NOW
        for site in (
            "aws/reviews.py Reviews.history query",
            "aws/same_contents.py SameContents.others query",
            "aws/sealed_rows.py SealedRows.of_video query",
            "aws/untold.py Untold.count count",
            "batches/paid_videos.py read_paid_videos recent",
            "console/leading/policy.py start_test.work met",
            "queries/batch_status.py BatchMonitor.status of_batch",
            "queries/demand.py count_untagged count_due",
            "queries/progress.py progress_of of_batch",
            "reviews/audit.py Audit.before days",
            "reviews/offers.py Offers.queues get",
            "reviews/opinion_audit.py OpinionAudit.before days",
        )
    },
    Unreached("anybody", "aws/objects.py ObjectWriter.__aexit__ request"): "an upload in parts that breaks off",
    Unreached("operator", "aws/budgets.py Budgets.settle_items transact_update"): (
        "an attempt that is still open when somebody gives it up"
    ),
    **{
        Unreached("records", f"reviews/{site}"): _NO_SPECIALIST
        for site in (
            *(f"reviewer.py reviewer {call}" for call in ("principal", "pseudonym")),
            "table_clock.py TableClock.now_ms now_ms",
            *(f"target.py _now {call}" for call in ("contents_of_key", "head")),
        )
    },
    Unreached("operator", "reviews/reviewer.py reviewer pseudonym"): "operators decide nothing",
    Unreached("task", "archive/compaction.py CopyKeeper._finish delete"): "a worker died while it made many parts one",
    Unreached("task", "archive/compaction.py CopyKeeper._replace delete"): "parts become one from 16 on",
    Unreached("task", "archive/parts.py Parts.download pieces"): "a test of a policy, at the command line",
    **{
        Unreached(who, "aws/policy_versions.py PolicyVersions.change of_epoch"): _AT_ONCE
        for who in ("anybody", "operator", "task")
    },
    Unreached("task", "aws/policy_versions.py PolicyVersions.end_reports write_many"): "a worker was killed yesterday",
    Unreached("task", "aws/rejection_hours.py RejectionHours.counts write_many"): "rejections of two weeks ago",
    Unreached("task", "policy_versions/seeding.py Seeding.found of_epoch"): "a setting says another policy than holds",
    **{
        Unreached(who, site): _NO_SPECIALIST
        for who in ("operator", "reviewer", "records")
        for site in (
            *(f"queries/sealed_video.py _read {call}" for call in ("looks", "of_video", "reports", "seal")),
            "reviews/specialists.py CarryingOut.decide seal",
            "queries/sealed_video.py _read get",
            "queries/sealed_video.py _read history",
            "reviews/sealed_access.py look saw",
            "reviews/sealed_access.py look seal",
            "reviews/sealed_access.py report_to_authority report",
            "reviews/sealed_access.py report_to_authority reports",
            "reviews/sealed_access.py report_to_authority seal",
            "reviews/sealed_access.py sealed_videos seals",
            "queries/evidence.py _Packet._rows of_video",
            "queries/evidence.py _Packet._seen of_video",
            "queries/evidence.py export_evidence of",
        )
    },
    **{
        Unreached(who, f"aws/{site}"): _NO_SPECIALIST
        for who in ("anybody", "operator", "reviewer", "records")
        for site in (
            "protection.py VideoProtection.of get",
            "sealed_reviews.py SealedDecisions.put_items transact_put",
            *(f"sealed_reviews.py SealedDecisions.{call}" for call in ("get get", "of_video of_video")),
            "sealed_reviews.py SealedDecisions.put_items add_item",
            *(f"sealed_reviews.py SealedReviews.{call}" for call in ("get get", "history of_video")),
            *(f"sealed_reviews.py SealedReviews.write_items {call}" for call in ("add_item", "now_ms", "replace_item")),
            "sealed_reviews.py SealedReviews.get read",
            "sealed_reviews.py SealedReviews.write_items decided_item",
            "sealed_rows.py SealedRows.add_item transact_put",
            "sealed_rows.py SealedRows.listed query",
            "sealed_rows.py SealedRows.looks query",
            "sealed_rows.py SealedRows.replace_item transact_put",
            "sealed_rows.py SealedRows.report put",
            "sealed_rows.py SealedRows.reports query",
            "sealed_rows.py SealedRows.saw put",
            "sealed_rows.py SealedRows.seals listed",
            "seals.py Seals.decided_item transact_update",
        )
    },
    **{
        Unreached(who, f"aws/{site}"): _NOT_BACK
        for who in ("anybody", "task")
        for site in (
            "forgotten.py ForgottenVideos.chunk_written delete",
            "forgotten.py ForgottenVideos.unsealed delete",
            "forgotten.py ForgottenVideos.unsealed write_many",
            "known_rows.py KnownRows.put_back write_many",
            "outcomes.py Outcomes.bring_back put",
            "protection.py VideoProtection.release delete",
            "protection.py VideoProtection.release get",
            "sealed_rows.py SealedRows.let_go write_many",
            "sealed_rows.py SealedRows.lifted update",
            "seals.py Seals.done_back update",
            "seals.py Seals.make_row update",
        )
    },
    **{
        Unreached("task", f"jobs/sealing.py Sealing.{site}"): _NOT_BACK
        for site in (
            *(f"_clean {call}" for call in ("erase", "let_go", "lifted", "of_video", "seal")),
            *(f"_unseal {call}" for call in ("get", "give_back", "of_video", "put_back", "release")),
            "_whole get",
            "_clean done_back",
            "_clean get",
            "_clean unsealed",
            "_still_back get",
            "_unseal bring_back",
            "_unseal make_row",
            "_unseal unsealed",
        )
    },
    **{
        Unreached("anybody", f"aws/{site}"): _LARGE
        for site in (
            *(f"object_copy.py ObjectCopier.{step} request" for step in ("_done", "_part", "begin", "go_on")),
            "protection.py VideoProtection._copied_in_parts update",
        )
    },
    Unreached("anybody", "aws/protection.py VideoProtection._begin get"): "two workers that protect one video",
    Unreached("anybody", "aws/protection.py VideoProtection._hold request"): "no bucket here has Object Lock",
    Unreached("anybody", "aws/protection.py VideoProtection._delete_copy request"): _NOT_BACK,
    Unreached("anybody", "aws/content.py content_at request"): _NO_SPECIALIST,
    Unreached("anybody", "aws/content.py pieces_of request"): _NO_SPECIALIST,
    **{
        Unreached(who, "queries/evidence.py _Packet.files of_video"): _NO_SPECIALIST
        for who in ("operator", "reviewer", "records")
    },
    Unreached("anybody", "aws/seals.py Seals.done update"): _SEALED_LATER,
    Unreached("task", "aws/forgotten.py ForgottenVideos.end sealed"): _AN_HOUR,
    Unreached("task", "aws/forgotten.py ForgottenVideos.end marked_chunks"): _AN_HOUR,
    Unreached("task", "aws/sealed_rows.py SealedRows.note_seal seal"): "two workers that seal a video at one moment",
    **{
        Unreached(who, f"aws/sealed_rows.py SealedRows.{call}"): _NO_SPECIALIST
        for who in ("anybody", "task")
        for call in ("get get", "of_video query")
    },
    Unreached("task", "jobs/sealing.py Sealing._seal done"): _SEALED_LATER,
    Unreached("task", "jobs/sealing.py Sealing._seal forget"): "nobody gets mail where a video is sealed here",
    Unreached("task", "jobs/sealing.py Sealing._release_claim release"): "what is sealed here has no known digest",
    Unreached("task", "jobs/sealing.py Sealing._try_later put_off"): "AWS refuses what sealing asks for",
    Unreached("task", "jobs/sealing.py Sealing.take_up put_off"): "the row is written while it is moved",
    Unreached("task", "aws/known_rows.py KnownRows._beside get"): "what is sealed here has no known digest",
    Unreached("anybody", "aws/known_rows.py KnownRows._beside get"): "what is sealed here has no known digest",
    **{
        Unreached(who, "aws/known_rows.py KnownRows.bare_events update"): "a status that has changed 20 times untold"
        for who in ("anybody", "task")
    },
    **{
        Unreached(who, site): _AN_HOUR
        for who in ("anybody", "task")
        for site in (
            "aws/outcomes.py Outcomes.row_of get",
            "reporting/erasure.py Erasure._erase_batch chunk_written",
            "reporting/erasure.py Erasure._keep keep",
            "reporting/erasure.py Erasure._keep row_of",
        )
    },
    **{
        Unreached(who, f"aws/untagged.py Untagged._moved {call}"): "an object that is tagged after its video was moved"
        for who in ("anybody", "task")
        for call in ("get", "of_video")
    },
    **{
        Unreached(who, f"aws/{site}"): "what was decided of a sealed video comes back from the archive"
        for who in ("anybody", "records")
        for site in ("decisions.py Decisions.sealed query",)
    },
    Unreached(
        "task", "queries/demand.py count_unexpanded count_open"
    ): "gauges that are measured just while a re-evaluation is under way",
    Unreached("anybody", "aws/checkup/role.py _granted request"): _ATTACHED,
    Unreached("anybody", "aws/labels.py Labels.of_video query"): "the demo reads labels so, which is not on AWS",
    Unreached("anybody", "aws/mail.py Outbox.note_refusal update"): _REFUSED,
    Unreached("anybody", "aws/objects.py Videos._in_full request"): (
        "an object under a customer's own key; its first byte is read as Rekognition reads the video"
    ),
    Unreached("anybody", "aws/slots.py Slots.blocked_numbers scan"): _QUOTA_OF_OTHERS,
    Unreached("task", "jobs/slot_pool.py SlotPool.try_blocked blocked_numbers"): _QUOTA_OF_OTHERS,
    Unreached("anybody", "aws/own_videos.py OwnVideos.encrypts_by_kms request"): _FULL,
    **{
        Unreached("operator", f"jobs/attempts.py Attempts.{site}"): _FAILS_ONLY
        for site in (
            "_slot_item block_item",
            "_slot_item hand_over_item",
            "fail change",
            "free_orphan transact",
            "send postpone",
            "send send",
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
            "try_blocked blocked_numbers",
        )
    },
    Unreached(
        "records", "aws/same_contents.py SameContents.forget write_many"
    ): "what is forgotten has no known digest",
    Unreached("records", "aws/reviews.py Reviews.entomb alert_sent"): "an alert that could not be sent",
    Unreached("records", "aws/reviews.py Reviews.write note_content"): "a tombstone names no object",
    Unreached("records", "aws/reviews.py Reviews.write transact"): "a tombstone is short",
    Unreached("records", "jobs/forgetting.py _forget_job get"): "two people who forget one video at a time",
    Unreached("records", "jobs/forgetting.py _forget_job release"): "what is forgotten has no known digest",
    Unreached("records", "jobs/forgetting.py _gone contents_of_key"): "an object that is gone is forgotten",
    Unreached("anybody", "aws/claims.py Claims.release delete"): "what is forgotten has no known digest",
    Unreached("anybody", "aws/review_items.py ReviewItems.joining transact_update"): _WHILE_CLAIMED,
    Unreached("task", "reviews/items.py Items._parts joining"): _WHILE_CLAIMED,
    Unreached("reviewer", "reviews/items.py Items._parts joining"): _WHILE_CLAIMED,
    Unreached("task", "reviews/archiving.py Archiving._waiting unarchived"): _ONCE_A_DAY,
    Unreached("task", "reviews/archiving.py Archiving.export change"): _ONCE_A_DAY,
    Unreached("task", "reviews/archiving.py Archiving._archived archived"): _ONCE_A_DAY,
    Unreached("task", "reviews/archiving.py Archiving._write put"): _ONCE_A_DAY,
    Unreached("anybody", "aws/reviews.py Reviews._parts transact_update"): _LONG_ROW,
    Unreached("operator", "aws/reviews.py Reviews.history query"): _LONG_ROW,
    Unreached("specialist", "queries/sealed_video.py _read history"): _LONG_ROW,
    Unreached("reviewer", "aws/reviews.py Reviews.write transact"): _LONG_ROW,
    Unreached("task", "aws/reviews.py Reviews.write transact"): _LONG_ROW,
    Unreached("task", "jobs/reconciler.py Reconciler._claimed put_down"): "an answer that somebody has left unread",
    Unreached("task", "jobs/reconciler.py Reconciler._claimed take_up"): "an answer that somebody has left unread",
    Unreached("anybody", "aws/jobs.py Jobs.take_up change"): "an answer that somebody has left unread",
    Unreached("anybody", "aws/jobs.py Jobs.put_down change"): "an answer that somebody has left unread",
    Unreached("anybody", "aws/untagged.py Untagged.take_away query"): "objects are tagged here",
    Unreached("anybody", "aws/untagged.py Untagged.take_away update"): "objects are tagged here",
    Unreached("task", "events/tag_notes.py TagNotes.step take_away"): "objects are tagged here",
    **{
        Unreached(who, f"aws/{site}"): _NOTHING_THERE
        for who in ("operator", "task")
        for site in (
            "seals.py Seals.waiting query",
            "untagged.py Untagged.count_due count",
            "untold.py Untold.count count",
        )
    },
    Unreached("task", "reviews/claim_watch.py ClaimWatch.step claims"): _NOTHING_THERE,
    **{
        Unreached(who, f"reviews/{site}"): _OF_RECORDS
        for who in ("operator", "reviewer")
        for site in (
            "audit.py Audit.before days",
            "opinion_audit.py OpinionAudit.before days",
            "opinion_audit.py OpinionAudit.of_videos of_video",
        )
    },
    **{
        Unreached(who, "reviews/audit.py Audit.page_before newest_of_day"): "the console has pages of decisions"
        for who in ("operator", "records", "reviewer")
    },
    Unreached("reviewer", "reviews/offers.py Offers.queues get"): "a process that ends soon remembers nothing",
    Unreached("task", "reviews/second_opinions.py SecondOpinions._expire transact"): (
        "days after a second opinion was asked for"
    ),
    Unreached("task", "aws/untold.py Untold.settled told"): "somebody writes the row of a video while it is told",
    Unreached("reviewer", "batches/lookup.py batch_id_of get"): _NO_BATCH,
    Unreached("reviewer", "batches/lookup.py batch_id_of recent"): _NO_BATCH,
    Unreached("reviewer", "batches/lookup.py read_counts of_batch"): _NO_BATCH,
    Unreached("reviewer", "batches/lookup.py batch_named get"): _NO_BATCH,
    Unreached("operator", "smoke/full.py FullOrder.of encrypts_by_kms"): _FULL,
    Unreached("operator", "smoke/sending.py send send"): _FULL,
    Unreached("anybody", "aws/untold.py Untold.further_events query"): _FULL_ROW,
    Unreached("anybody", "aws/untold.py Untold.further_told update"): _FULL_ROW,
    Unreached("task", "events/teller.py StatusTeller._tell_claimed further_events"): _FULL_ROW,
    Unreached("task", "events/teller.py StatusTeller._tell_claimed further_told"): _FULL_ROW,
    **{
        Unreached("task", f"reviews/giving_back.py give_back {site}"): _LEFT
        for site in ("ending", "returning", "transact")
    },
    **{
        Unreached("task", f"reviews/items.py Items.{site}"): _OF_REVIEWERS
        for site in (
            "decision_parts ending",
            "decision_parts open_and_decided",
            "decision_parts returning",
            "open transact",
            "opinion_parts ending",
            "opinion_parts returning",
            "with_second_opinion with_second_opinion",
        )
    },
    **{
        Unreached("reviewer", f"reviews/items.py Items.{site}"): _OF_WORKERS
        for site in ("has_priority get", "_is_drawn get", "settle transact", "settle unchanged")
    },
    **{
        Unreached("anybody", f"aws/opinions.py Opinions.{site}"): _NO_OPINION
        for site in ("archived update", "forget update", "restore put")
    },
    **{
        Unreached("records", site): _NO_OPINION
        for site in (
            "jobs/forgetting.py _forget_opinions forget",
            "reviews/archiving.py Archiving._archived archived",
            "reviews/restoring.py Restoring._restore_opinions get",
            "reviews/restoring.py Restoring._restore_opinions restore",
        )
    },
    Unreached("task", "events/tag_writer.py TagWriter._keep_lease renew"): "half a minute of writing one video's tags",
    Unreached("task", "events/tagger.py Tagger._tell_later put_off"): "the bus takes no news of a failure",
    Unreached("task", "events/tagger.py Tagger._until_equal put_off"): "a video whose status changes all the time",
    Unreached("task", "jobs/alerts/mailing.py Mailing._refused note_refusal"): _REFUSED,
    Unreached("task", "jobs/verdicts.py Verdicts.unsent_alerts get"): _DIED,
    Unreached("task", "messages/completion.py Completions._leave hide"): _HIDDEN,
    Unreached("task", "messages/intake.py Intake._again hide"): _HIDDEN,
    Unreached("task", "messages/intake.py Intake._handle hide"): _HIDDEN,
}
"""Calls that need not be made. Those of a method of a store that its caller calls elsewhere are not asked for."""
