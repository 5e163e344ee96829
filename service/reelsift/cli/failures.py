"""What went wrong, in a sentence that says what the user can do, and the exit code of the command.

Every error of reelsift's own becomes words here, those of AWS and the system in `aws_failures`.
"""

import shlex
from functools import singledispatch
from pathlib import PurePath

from reelsift import errors
from reelsift.cli.aws_failures import explain_aws
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.retry_words import WHY_NEVER
from reelsift.domain.batch import BatchState
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.filters import VIDEO_SUFFIXES
from reelsift.reports import wording

_LONGEST_NAME = 100
"""Characters of a name that does not exist which are repeated."""

_INVENTORIES_SHOWN = 5

_BATCHES_SHOWN = 5

_CONTENTS_SHOWN = 20

_SHOWN = "--label, --text, --celebrity or --cue"
"""The options of `search` that say what videos show."""

_NO_DEPLOYMENT = (
    "no deployment is named: neither the environment nor .env in this folder has its settings (REELSIFT_…)\n"
    "to try reelsift on this machine, run `reelsift local up` and paste the lines that it prints here\n"
    "on AWS, `make deploy` makes a deployment and writes .env; docs/configuration.md has all settings\n"
    "what it needs at least:"
)

_WRONG_USE = (
    errors.BatchHasNoEnd,
    errors.NoteTooLong,
    errors.AmbiguousBatch,
    errors.FileIsThere,
    errors.EvidenceIsThere,
    errors.FolderHoldsFiles,
    errors.NoSuchFolder,
    errors.OutputIsFolder,
    errors.OutputIsFile,
    errors.LocalVideo,
    errors.NoSuchFile,
    errors.SourceIsFolder,
    errors.UriWithoutBucket,
    errors.NoLocation,
    errors.CompressedManifest,
    errors.ForeignManifest,
    errors.InventoryNotAlone,
    errors.SeveralInventories,
    errors.ReasonNotRetryable,
    errors.DirectBatchHasNoLimit,
    errors.CostLimitStands,
    errors.CostLimitTooLow,
    errors.NotAVideo,
    errors.NotADataBucket,
    errors.NothingAskedFor,
    errors.NothingToResend,
    errors.SeveralShown,
    errors.TextWithoutWord,
    errors.UnknownCue,
    errors.ConfidenceOfNothing,
    errors.ApprovedNotIndexed,
    errors.UnusableRecording,
    errors.NoRecordings,
    errors.RecordingsOfSeveralVideos,
    errors.PolicyUnusable,
    errors.NoSuchEpoch,
    errors.NoOlderPolicy,
    errors.NoSuchReason,
    errors.NoSuchDecision,
    errors.NotWithdrawable,
    errors.KeyUsed,
    errors.NoSuchAppeal,
    errors.NoSuchDecisionFile,
    errors.NotDecisions,
    errors.CatalogueUnusable,
)
"""What another command line would not have met."""


def explain(error: Exception) -> tuple[str, Exit] | None:
    """The sentence and the exit code for an error a user may meet; None for one that should not happen."""
    sentence = _words(error)
    return None if sentence is None else (sentence, _exit_code(error))


def _exit_code(error: Exception) -> Exit:
    from reelsift.settings import SettingsError

    match error:
        case CommandError():
            return error.code
        case errors.NothingToSubmit():
            return Exit.NOTHING_TO_DO
        case errors.BatchActionRefused():
            wrong_use = error.direct
        case errors.SourceUnusable():
            wrong_use = error.failure.reason is Reason.OBJECT_MISSING
        case _:
            wrong_use = isinstance(error, (*_WRONG_USE, SettingsError))
    return Exit.WRONG_USE if wrong_use else Exit.FAILED


@singledispatch
def _words(error: Exception) -> str | None:
    from reelsift.settings import SettingsError

    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, SettingsError):
        if error.none_there:
            return f"{_NO_DEPLOYMENT}\n{error}"
        return (
            f"the settings cannot work:\n{error}\nset them in the environment or in .env; docs/configuration.md has all"
        )
    return explain_aws(error)


# Deployments


@_words.register
def _(error: errors.NoSuchQueue) -> str:
    return (
        f"there is no queue {error.name} in this account and region; check REELSIFT_DEPLOYMENT and the region, or"
        " deploy first"
    )


@_words.register
def _(error: errors.NoRekognitionVideo) -> str:
    return (
        f"Rekognition does not analyse stored videos in {error.region} ({error.evidence}), so nothing can be analysed"
        " there; deploy in a region that has it, where the videos lie too"
    )


# Batches


@_words.register
def _(error: errors.NoSuchBatch) -> str:
    name = error.batch_id
    shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    if not name:
        return "there is no batch without an id; `reelsift status` lists the newest"
    return f"there is no batch {shown}; `reelsift status` lists the newest"


@_words.register
def _(error: errors.AmbiguousBatch) -> str:
    names = ", ".join(error.candidates[:_BATCHES_SHOWN])
    left = len(error.candidates) - _BATCHES_SHOWN
    more = f" and {left} more" if left > 0 else ""
    return f"several batches begin with {error.beginning}: {names}{more}; write more of the one that is meant"


@_words.register
def _(error: errors.BatchNotPausable) -> str:
    return _not_controlled(error, "paused")


@_words.register
def _(error: errors.BatchNotResumable) -> str:
    return _not_controlled(error, "paused" if error.direct else "resumed")


@_words.register
def _(error: errors.BatchNotCancellable) -> str:
    return _not_controlled(error, "cancelled")


def _not_controlled(error: errors.BatchActionRefused, done: str) -> str:
    if error.direct:
        return (
            f"{error.batch_id} was not {done}: it only counts lines that others send straight to the queue, so there is"
            " nothing to hold back; stop whoever sends them"
        )
    return f"{error.batch_id} was not {done}: {_no_more(error)}"


def _no_more(error: errors.BatchActionRefused) -> str:
    """Why nothing more of a batch is started, and what its user can do."""
    name, reason = error.batch_id, error.stopped or Reason.CANCELLED
    match error.state:
        case BatchState.CANCELLING:
            return (
                f"it is being cancelled ({reason}), which cannot be taken back. Once it is over,"
                f" `reelsift retry {name} --reason {reason}` takes up what was not started"
            )
        case BatchState.COMPLETING:
            return "every line of it has ended, and its report is being written"
        case BatchState.CANCELLED:
            return f"it is Cancelled; `reelsift retry {name} --reason {reason}` takes up what was not started"
        case _:
            return f"it is {error.state}; `reelsift retry {name}` does its failed lines again"


@_words.register
def _(error: errors.BatchKeepsChanging) -> str:
    return (
        f"{error.batch_id} was left as it is: workers wrote to it {error.tries} times while this was tried; run the"
        " command again"
    )


@_words.register
def _(error: errors.ReevaluationUnderWay) -> str:
    return (
        f"nothing was changed: {error.batch_id} re-evaluates the archive already; `reelsift status {error.batch_id}"
        f" --watch` follows it, `reelsift cancel {error.batch_id}` ends it"
    )


@_words.register
def _(error: errors.ReevaluatedPolicyChanged) -> str:
    return (
        f"nothing was changed: what was shown is of epoch {error.shown} of the policy, and {error.live} is live by now;"
        " run the command again"
    )


@_words.register
def _(_error: errors.NoPolicyYet) -> str:
    return "nothing was changed: the deployment has no policy yet, since no worker has ever run in it"


@_words.register
def _(error: errors.ReevaluationNotRetried) -> str:
    return (
        f"nothing was retried: {error.batch_id} is a re-evaluation, which has no lines to be sent back to work; run"
        " `reelsift reevaluate` again, which judges what is not judged yet by the policy that is live"
    )


@_words.register
def _(error: errors.NoteTooLong) -> str:
    return f"nothing was changed: the note has {error.characters:,} characters, at most {error.most:,} are kept"


@_words.register
def _(error: errors.BatchHasNoEnd) -> str:
    return (
        f"{error.batch_id} collects lines sent straight to the queue: more may always come, so it has no end to wait"
        " for; it is closed and reported once none of its lines has ended for 24 hours"
    )


# Submitting


@_words.register
def _(error: errors.NoSuchFile) -> str:
    if not error.path:
        return "a source without a name was given; a source is a file that lists videos, -, or s3://…"
    if error.path.lower().endswith(VIDEO_SUFFIXES):
        return f"there is no file {error.path}; a video is named by where it lies in S3: s3://bucket/{error.path}"
    return f"there is no file {error.path}; a source is a file that lists videos, -, or s3://…"


@_words.register
def _(error: errors.SourceIsFolder) -> str:
    return f"{error.path} is a folder; name the file in it that lists the videos"


@_words.register
def _(error: errors.LocalVideo) -> str:
    name = PurePath(error.path).name
    return (
        f"{error.path} is a video on this machine, and Rekognition reads what lies in S3. Copy it to a data bucket"
        f" (`aws s3 cp {shlex.quote(error.path)} s3://BUCKET/`), then submit {shlex.quote(f's3://BUCKET/{name}')}"
    )


@_words.register
def _(error: errors.UriWithoutBucket) -> str:
    return f"{error.uri} names no bucket"


@_words.register
def _(error: errors.NoLocation) -> str:
    return str(error)


@_words.register
def _(error: errors.ForeignManifest) -> str:
    return str(error)


@_words.register
def _(error: errors.CompressedManifest) -> str:
    return (
        f"{error.name} is compressed with gzip; unpack it first, or submit what `gunzip --stdout` writes by the"
        " source - (the data files of an inventory are read as they are: submit its manifest.json)"
    )


@_words.register
def _(error: errors.SourceUnusable) -> str:
    if error.failure.reason is Reason.BUCKET_NOT_ALLOWED:
        return _not_a_data_bucket(error.failure)
    if error.failure.reason is not Reason.OBJECT_MISSING:
        return error.failure.message
    return (
        f"{error.failure.message}; a source in S3 is a list (s3://bucket/list.csv, or the manifest.json of an"
        " inventory), a prefix (s3://bucket/folder/, with the slash), or a video"
    )


@_words.register
def _(error: errors.InventoryRefused) -> str:
    return f"{error.uri}: {error.problem}"


@_words.register
def _(error: errors.InventoryNotAlone) -> str:
    return f"{error.uri}: an inventory makes a batch of its own: submit it alone"


@_words.register
def _(error: errors.SeveralInventories) -> str:
    names = ", ".join(error.candidates[:_INVENTORIES_SHOWN])
    left = len(error.candidates) - _INVENTORIES_SHOWN
    more = f" and {left} more" if left > 0 else ""
    return f"several inventories lie below {error.uri}: name one of {names}{more}"


@_words.register
def _(error: errors.PrefixNotAllowed) -> str:
    refusal = f" (S3 says {error.refusal})" if error.refusal else ""
    return (
        f"{error.uri}: its bucket is not among the data buckets ({', '.join(sorted(error.data_buckets))}), whose videos"
        " alone are read; REELSIFT_DATA_BUCKETS names them. Nor does an inventory of S3 lie there or up to"
        f" {error.levels} folders below{refusal}, which any bucket may hold; name the folder of its configuration"
    )


@_words.register
def _(error: errors.NothingReadable) -> str:
    return (
        f"nothing was submitted: not one line of {error.source} can be read; a list has rows of"
        " bucket,key (the key URL-encoded), of s3://bucket/key, or of JSON"
    )


@_words.register
def _(error: errors.NothingToSubmit) -> str:
    passed = error.passed_over
    why = f"; {wording.count(passed, 'object')} passed over, as shown above" if passed else ""
    what = f"no object lies below {error.source}" if error.prefix and not passed else f"no line in {error.source}"
    return f"there is nothing to submit: {what}{why}"


def _not_a_data_bucket(failure: Failure) -> str:
    return f"{failure.message}; REELSIFT_DATA_BUCKETS names those that may be read"


# Retrying


@_words.register
def _(error: errors.ReasonNotRetryable) -> str:
    return f"{error.reason} cannot be retried: {WHY_NEVER[error.reason]}"


@_words.register
def _(error: errors.BatchBeingCancelled) -> str:
    if error.sent is None:
        what = f"nothing of {error.batch_id} was retried: it is being cancelled"
    else:
        what = f"{error.batch_id} is being cancelled: {error.sent:,} lines were sent back before that, no more are"
    return f"{what}; run retry again once it is Cancelled"


@_words.register
def _(error: errors.RetryUnfinished) -> str:
    return f"{error.batch_id} keeps changing its state, so not all of its lines were sent back; run the command again"


@_words.register
def _(error: errors.DirectBatchHasNoLimit) -> str:
    return f"{error.batch_id} only counts lines that others send straight to the queue: it has no --max-cost"


@_words.register
def _(error: errors.CostLimitStands) -> str:
    return (
        f"{error.batch_id} may cost {wording.money(error.max_cost_micros)}, and its lines would only be skipped again."
        " Add --max-cost with a higher one, or --no-max-cost"
    )


@_words.register
def _(error: errors.CostLimitTooLow) -> str:
    return f"{error.batch_id} has cost {wording.money(error.spent_micros)} already: --max-cost is to be more, all told"


# Dead letters


@_words.register
def _(error: errors.HoldExpired) -> str:
    return f"{error.sent} dead letters were sent back, then the time to hold the others ran out; run redrive again"


@_words.register
def _(error: errors.BatchOfLineGone) -> str:
    return f"batch {error.batch_id} of line {error.line} is gone; submit the video again"


# Videos and their results


@_words.register
def _(error: errors.NotAVideo) -> str:
    if error.problem is not None:
        return f"{error.named}: {error.problem}"
    return f"{error.named!r} is neither s3://bucket/key nor a video id of 40 hex digits"


@_words.register
def _(error: errors.VideoUnreadable) -> str:
    if error.failure.reason is Reason.BUCKET_NOT_ALLOWED:
        return _not_a_data_bucket(error.failure)
    return f"{error.failure.message}\nif it was analysed before that, `reelsift report` tells its video id"


@_words.register
def _(error: errors.NeverAnalysed) -> str:
    if error.named == error.video_id:
        return f"{error.named} has never been analysed"
    return f"{error.named} has never been analysed with the content it has now (video id {error.video_id})"


@_words.register
def _(error: errors.NoHistory) -> str:
    return f"{error.named} has no history: no content of it has ever had a status"


@_words.register
def _(_error: errors.NobodyListens) -> str:
    return (
        "this deployment has no event bus, so nobody hears of anything: set REELSIFT_EVENT_BUS (Terraform: event_bus)"
    )


@_words.register
def _(_error: errors.NothingToResend) -> str:
    return "say which videos: --batch, --prefix or --since"


@_words.register
def _(_error: errors.EventsHeld) -> str:
    return "events are held; `reelsift release --events` lets them go out again, then go on"


@_words.register
def _(error: errors.EventsNotTaken) -> str:
    return f"the event bus does not take events, time and again ({', '.join(error.codes)})"


@_words.register
def _(error: errors.NothingToGiveUp) -> str:
    return f"no analysis of {error.named} runs or waits; `reelsift show` says how far it is"


@_words.register
def _(error: errors.ResultDeleted) -> str:
    return f"the result {error.uri} was deleted; submit the video with --again"


# Decisions


@_words.register
def _(error: errors.NothingKnown) -> str:
    return (
        f"nothing is known of {error.named}: it was neither analysed nor decided, and no such object is there;"
        " `reelsift report` tells the ids of the videos of a batch"
    )


@_words.register
def _(error: errors.ObjectGone) -> str:
    shown = "\n".join(sorted(error.contents)[:_CONTENTS_SHOWN])
    more = f"\nand {len(error.contents) - _CONTENTS_SHOWN} more" if len(error.contents) > _CONTENTS_SHOWN else ""
    return f"{error.named} does not exist any more; name what it has held by its video id:\n{shown}{more}"


@_words.register
def _(error: errors.OtherContent) -> str:
    return (
        f"{error.named} holds other content now: its ETag is {error.etag}, and {error.seen} was seen; nothing was"
        " decided"
    )


@_words.register
def _(error: errors.NoSuchReason) -> str:
    return (
        f"the catalogue has no reason {error.code[:_LONGEST_NAME]!r}; `reelsift decide --reasons` explains those there"
        f" are: {', '.join(error.codes)}"
    )


@_words.register
def _(error: errors.DecidedMeanwhile) -> str:
    if error.seen > error.last or error.at_ms is None:
        return f"{error.video_id} has {error.last} decisions, and number {error.seen} was seen; nothing was decided"
    when = wording.moment(error.at_ms)
    return (
        f"{error.video_id} was decided meanwhile: decision {error.last} is {error.action}, by {error.by}, {when};"
        f" nothing was decided here\nwho knows of it and decides all the same adds --seen-decision {error.last}"
    )


@_words.register
def _(error: errors.NoSuchDecision) -> str:
    has = "no decision" if not error.last else "1 decision" if error.last == 1 else f"{error.last} decisions"
    return f"{error.video_id} has {has}, and none of number {error.number}; `reelsift show --history` lists them"


@_words.register
def _(error: errors.AlreadyWithdrawn) -> str:
    return f"decision {error.number} of {error.video_id} was withdrawn already"


@_words.register
def _(error: errors.NotWithdrawable) -> str:
    return f"decision {error.number} of {error.video_id} is {error.action}, which is not withdrawn: decide anew instead"


@_words.register
def _(error: errors.KeyUsed) -> str:
    return (
        f"the idempotency key {error.key[:_LONGEST_NAME]!r} stands for something else: decision {error.number} of"
        f" {error.video_id}; nothing was decided"
    )


@_words.register
def _(error: errors.VideoSealed) -> str:
    return (
        f"{error.video_id} is sealed: only specialists see and decide it, and it is not forgotten\n"
        "specialists use the credentials of the role <deployment>-specialist"
    )


@_words.register
def _(_: errors.SpecialistsOnly) -> str:
    return (
        "only specialists see which videos are sealed\nspecialists use the credentials of the role"
        " <deployment>-specialist"
    )


@_words.register
def _(error: errors.VideoLost) -> str:
    return (
        f"no object of the content of {error.video_id} is there any more, and no copy of it: the rest of the evidence"
        " is written without --with-video"
    )


@_words.register
def _(error: errors.NotSealed) -> str:
    return (
        f"{error.video_id} is not sealed: evidence is written, and reports are taken down, of sealed videos only;"
        " `reelsift review list --sealed` shows which are; nothing was written"
    )


@_words.register
def _(error: errors.BeingSealed) -> str:
    return (
        f"{error.video_id} is being moved to where only specialists see it, or back: try"
        " again in a minute, while a worker runs"
    )


@_words.register
def _(error: errors.ReportedBefore) -> str:
    return (
        f"{error.video_id} was reported under the number {error.number!r} before, to {error.authority!r}; nothing was"
        " taken down: the other report has another number"
    )


@_words.register
def _(error: errors.VideoBusy) -> str:
    if error.analyses:
        return (
            f"{error.video_id} is not forgotten: {', '.join(error.analyses)} is not over yet; try again once it is, or"
            " end it with `reelsift give-up`"
        )
    return (
        f"{error.video_id} is not forgotten: a change of its status is still to be told, or somebody else is writing"
        " it; try again in a minute"
    )


@_words.register
def _(error: errors.NoSuchAppeal) -> str:
    there = f"; open are: {', '.join(error.open)}" if error.open else ""
    return (
        f"{error.video_id} has no open appeal {error.appeal!r}{there}\nit was decided already, or `reelsift review add`"
        " has never opened it"
    )


@_words.register
def _(error: errors.OwnAppeal) -> str:
    return f"appeal {error.appeal!r} objects to a decision of yours: another person has to decide it"


@_words.register
def _(error: errors.NoOpinionAsked) -> str:
    return (
        f"nobody is asked for a second opinion on {error.video_id}: it was decided anew, somebody has given one, or"
        " none was drawn"
    )


@_words.register
def _(error: errors.OpinionStands) -> str:
    return (
        f"you have given no second opinion on {error.video_id} that can be taken back: that is so for seconds, and"
        " while nobody else is at the video"
    )


@_words.register
def _(error: errors.OwnDecision) -> str:
    return f"you have had a say in {error.video_id}: another person has to give the second opinion"


@_words.register
def _(error: errors.OwnDisagreement) -> str:
    return (
        f"decision {error.decision} on {error.video_id} stands until a third person decides, for you are one of two who"
        f" disagree\nwhoever made it may take it back: `reelsift decide {error.video_id} withdraw --decision"
        f" {error.decision}`"
    )


@_words.register
def _(error: errors.AppealsUntold) -> str:
    return (
        f"{error.number} appeals of {error.video_id} were decided and are not told yet: nothing was decided; try again"
        " once events go out (`reelsift doctor`)"
    )


@_words.register
def _(error: errors.NoSuchDecisionFile) -> str:
    return f"there is no file {error.path}; --from takes a file of decisions: docs/deciding.md says what it looks like"


@_words.register
def _(error: errors.NotDecisions) -> str:
    return f"{error.path} is no list of decisions: {error.problem}"


@_words.register
def _(error: errors.DecisionFileChanged) -> str:
    return (
        f"{error.path} was changed while it was read: the rows above were carried out as they stood there; run it again"
        " once it is complete"
    )


@_words.register
def _(error: errors.CatalogueUnusable) -> str:
    return f"{error.where} cannot be used as the catalogue of reasons:\n{error.problem}"


# Reviewing


@_words.register
def _(error: errors.NotClaimed) -> str:
    return (
        f"you are not at video {error.video_id}: it was decided, somebody has given it back, or it was not renewed for"
        " 10 minutes; `reelsift review next` gives you another"
    )


@_words.register
def _(error: errors.ObjectUnknown) -> str:
    return (
        f"nothing says any more which object video {error.video_id} is: it was forgotten, or restored from the archive"
        " of decisions; name it by what holds it, s3://<bucket>/<key>, and a person looks at it"
    )


@_words.register
def _(error: errors.NothingToAppeal) -> str:
    return (
        f"nobody has decided video {error.video_id}, so there is nothing to object to; without --appeal a person looks"
        " at it all the same"
    )


@_words.register
def _(error: errors.AppealAnswered) -> str:
    return (
        f"appeal {error.appeal} against a decision of video {error.video_id} was answered; a further one has an id of"
        " its own"
    )


@_words.register
def _(error: errors.TooManyAppeals) -> str:
    return f"video {error.video_id} has {error.most} open appeals already; answer some of them first"


@_words.register
def _(error: errors.NoSuchReviewQueue) -> str:
    if not error.known:
        return f"no review item has ever waited in a queue {error.queue}, nor in any other"
    return f"no review item has ever waited in a queue {error.queue}; there are {', '.join(error.known)}"


# Searching


@_words.register
def _(_error: errors.NothingAskedFor) -> str:
    return f"say what to look for: {_SHOWN}, --verdict or --status"


@_words.register
def _(error: errors.SeveralShown) -> str:
    return f"{' and '.join(f'--{kind}' for kind in error.kinds)} exclude each other"


@_words.register
def _(error: errors.TextWithoutWord) -> str:
    return f"--text takes words, which are letters and digits, and {error.text!r} has none"


@_words.register
def _(error: errors.UnknownCue) -> str:
    return f"there is no cue {error.cue!r}; the cues are {', '.join(error.known)}"


@_words.register
def _(_error: errors.ConfidenceOfNothing) -> str:
    return f"--min-confidence is that of what videos show: say it with {_SHOWN}"


@_words.register
def _(_error: errors.ApprovedNotIndexed) -> str:
    return f"approved videos are found within a batch (--batch) or by what they show ({_SHOWN}) only"


# Recorded answers and policies


@_words.register
def _(error: errors.UnusableRecording) -> str:
    return str(error)


@_words.register
def _(_error: errors.NoRecordings) -> str:
    return "there is not a single page in the files"


@_words.register
def _(error: errors.RecordingsOfSeveralVideos) -> str:
    return f"the answers are of different videos: {', '.join(error.videos)}"


@_words.register
def _(error: errors.AnswerWithoutResult) -> str:
    return str(error)


@_words.register
def _(error: errors.PolicyUnusable) -> str:
    return str(error)


@_words.register
def _(_error: errors.PolicyChangedMeanwhile) -> str:
    return (
        "nothing was changed: somebody else has changed the live policy meanwhile; `reelsift policy log` shows who and"
        " why, then apply yours anew"
    )


@_words.register
def _(error: errors.NoSuchEpoch) -> str:
    return f"the live policy never had epoch {error.epoch}; `reelsift policy log` lists those that it had"


@_words.register
def _(_error: errors.NoOlderPolicy) -> str:
    return "there is no older version of the policy to go back to; `reelsift policy log` lists all"


# Smoke tests


@_words.register
def _(error: errors.NotADataBucket) -> str:
    names = ", ".join(sorted(error.data_buckets))
    return f"--bucket is one of the data buckets ({names}), not {error.bucket!r}"


# Reports


@_words.register
def _(error: errors.ReportNotWritten) -> str:
    return (
        f"the report of {error.batch_id} is written when the batch ends, and it is {error.state};"
        " without --download its lines so far are printed"
    )


@_words.register
def _(error: errors.ReportMissing) -> str:
    return (
        f"there is no report of {error.batch_id} at {error.uri}: it was deleted, or the batch has none; without"
        " --download its lines are printed"
    )


@_words.register
def _(error: errors.FileIsThere) -> str:
    return f"{error.path} is there already, and was left as it is; add --overwrite to replace it, or name another"


@_words.register
def _(error: errors.NoSuchFolder) -> str:
    return f"{error.path} cannot be written: there is no folder {error.folder}; make it, or name another"


@_words.register
def _(error: errors.OutputIsFolder) -> str:
    return f"{error.path} is a folder, and a file is to be written: name the file in it"


@_words.register
def _(error: errors.OutputIsFile) -> str:
    return f"files are to be written into the folder {error.path}, and {error.file} is a file: name another folder"


@_words.register
def _(error: errors.FolderHoldsFiles) -> str:
    return f"{error.path} holds files, and what is written there is to be told from them: name a folder that is empty"


@_words.register
def _(error: errors.EvidenceIsThere) -> str:
    return f"{error.where} is there already, and evidence is never written over: name a folder or prefix that is new"


@_words.register
def _(error: errors.ForeignReportFile) -> str:
    return f"the summary of {error.batch_id} names {error.key}, which is no file of a report; nothing was copied"


@_words.register
def _(error: errors.ReportFileChanged) -> str:
    return f"{error.uri} is not what the report says of it: somebody has changed it; it was not copied"


@_words.register
def _(error: errors.ReportFileDeleted) -> str:
    return f"{error.uri} was deleted: the report can no longer be copied as a whole"
