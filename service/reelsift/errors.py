"""What cannot be done, as facts: whoever shows an error to a person finds the words.

The command line words all of them in `reelsift.cli.failures`.
"""

import inspect
from dataclasses import dataclass

from reelsift.domain.batch import BatchState
from reelsift.domain.failure import Failure, Reason


class ReelsiftError(Exception):
    """Something could not be done.

    The base of all errors of this module. The first paragraph of an error's docstring is its message, with its fields
    in braces. Amounts of money are millionths of a US dollar.
    """

    def __str__(self) -> str:
        message, _, _ = (inspect.getdoc(self) or "").partition("\n\n")
        return " ".join(message.split()).format_map(vars(self))


# Deployments


@dataclass(eq=False)
class NoSuchQueue(ReelsiftError):
    """There is no queue {name} in this account and region."""

    name: str


@dataclass(eq=False)
class NoRekognitionVideo(ReelsiftError):
    """Rekognition does not analyse stored videos in {region}: {evidence}."""

    region: str
    evidence: str


# Batches


@dataclass(eq=False)
class NoSuchBatch(ReelsiftError):
    """There is no batch {batch_id}."""

    batch_id: str


@dataclass(eq=False)
class AmbiguousBatch(ReelsiftError):
    """{beginning} is how the ids of several batches begin."""

    beginning: str
    candidates: list[str]


@dataclass(eq=False)
class BatchActionRefused(ReelsiftError):
    """{batch_id} is {state} and does not change."""

    batch_id: str
    state: BatchState
    stopped: Reason | None = None
    """Why it was stopped before its end."""
    direct: bool = False
    """It only counts lines that are sent straight to the queue, so there is nothing to hold back."""


class BatchNotPausable(BatchActionRefused):
    """{batch_id} cannot be paused: it is {state}."""


class BatchNotResumable(BatchActionRefused):
    """{batch_id} cannot be resumed: it is {state}."""


class BatchNotCancellable(BatchActionRefused):
    """{batch_id} cannot be cancelled: it is {state}."""


@dataclass(eq=False)
class BatchKeepsChanging(ReelsiftError):
    """{batch_id} was changed by workers each of the {tries} times this was tried."""

    batch_id: str
    tries: int


@dataclass(eq=False)
class NoteTooLong(ReelsiftError):
    """The note has {characters} characters, more than the {most} that are kept."""

    characters: int
    most: int


@dataclass(eq=False)
class ReevaluationUnderWay(ReelsiftError):
    """{batch_id} re-evaluates the archive already, and is not over."""

    batch_id: str


@dataclass(eq=False)
class ReevaluatedPolicyChanged(ReelsiftError):
    """Epoch {shown} of the policy was shown, and epoch {live} is live by now."""

    shown: int
    live: int


class NoPolicyYet(ReelsiftError):
    """No version of the policy is live: no worker has ever run."""


@dataclass(eq=False)
class ReevaluationNotRetried(ReelsiftError):
    """{batch_id} is a re-evaluation: it has no lines that could be sent back to work."""

    batch_id: str


@dataclass(eq=False)
class BatchHasNoEnd(ReelsiftError):
    """{batch_id} collects lines sent straight to the queue: more may always come."""

    batch_id: str


# Submitting


@dataclass(eq=False)
class NoSuchFile(ReelsiftError):
    """There is no file {path}."""

    path: str


@dataclass(eq=False)
class SourceIsFolder(ReelsiftError):
    """{path} is a folder, not a list."""

    path: str


@dataclass(eq=False)
class LocalVideo(ReelsiftError):
    """{path} is a video on this machine; Rekognition reads what lies in S3."""

    path: str


@dataclass(eq=False)
class UriWithoutBucket(ReelsiftError):
    """{uri} names no bucket."""

    uri: str


@dataclass(eq=False)
class NoLocation(ReelsiftError):
    """{uri}: {problem}"""

    uri: str
    problem: str


@dataclass(eq=False)
class CompressedManifest(ReelsiftError):
    """{name} is compressed with gzip; lists are plain text."""

    name: str


@dataclass(eq=False)
class ForeignManifest(ReelsiftError):
    """{name} is no list but {kind}."""

    name: str
    kind: str
    """What it is, and what to do with it."""


@dataclass(eq=False)
class SourceUnusable(ReelsiftError):
    """{uri} cannot be a source: {failure.message}."""

    uri: str
    failure: Failure


@dataclass(eq=False)
class InventoryRefused(ReelsiftError):
    """{uri}: {problem}"""

    uri: str
    problem: str


@dataclass(eq=False)
class InventoryNotAlone(ReelsiftError):
    """{uri} is an inventory, which makes a batch of its own."""

    uri: str


@dataclass(eq=False)
class SeveralInventories(ReelsiftError):
    """Inventories of several configurations lie below {uri}."""

    uri: str
    candidates: list[str]
    """The URIs of their folders."""


@dataclass(eq=False)
class PrefixNotAllowed(ReelsiftError):
    """No inventory lies at {uri} or up to {levels} folders below, and its bucket is not a data bucket."""

    uri: str
    levels: int
    data_buckets: frozenset[str]
    refusal: str | None = None
    """The code with which S3 refused to list it."""


@dataclass(eq=False)
class NothingReadable(ReelsiftError):
    """Not one line of {source} can be read."""

    source: str


@dataclass(eq=False)
class NothingToSubmit(ReelsiftError):
    """There is no line in {source}."""

    source: str
    passed_over: int = 0
    """Objects that it lists and that did not become lines."""
    prefix: bool = False
    """It is a prefix, below which no object lies."""


# Retrying


@dataclass(eq=False)
class ReasonNotRetryable(ReelsiftError):
    """No retry can change lines that ended as {reason}."""

    reason: Reason


@dataclass(eq=False)
class BatchBeingCancelled(ReelsiftError):
    """{batch_id} is being cancelled, so its lines cannot be retried now."""

    batch_id: str
    sent: int | None = None
    """Lines that were sent back to work before; None where the retry had not begun."""


@dataclass(eq=False)
class RetryUnfinished(ReelsiftError):
    """{batch_id} keeps changing its state, so not all of its lines were sent back to work."""

    batch_id: str


@dataclass(eq=False)
class DirectBatchHasNoLimit(ReelsiftError):
    """{batch_id} only counts lines sent straight to the queue, and has no maximum cost."""

    batch_id: str


@dataclass(eq=False)
class CostLimitStands(ReelsiftError):
    """{batch_id} was stopped at its maximum cost, which is unchanged: its lines would only be skipped again."""

    batch_id: str
    max_cost_micros: int


@dataclass(eq=False)
class CostLimitTooLow(ReelsiftError):
    """{batch_id} has cost as much as its new limit already."""

    batch_id: str
    spent_micros: int


# Dead letters


@dataclass(eq=False)
class HoldExpired(ReelsiftError):
    """The time to hold dead letters ran out after {sent} of them were sent back."""

    sent: int


@dataclass(eq=False)
class BatchOfLineGone(ReelsiftError):
    """Batch {batch_id} of line {line} no longer exists."""

    batch_id: str
    line: str


# Videos and their results


@dataclass(eq=False)
class NotAVideo(ReelsiftError):
    """{named} is neither s3://bucket/key nor a video id of 40 hex digits."""

    named: str
    problem: str | None = None
    """What is wrong with the URI, where it is one."""


@dataclass(eq=False)
class VideoUnreadable(ReelsiftError):
    """{uri} cannot be read: {failure.message}."""

    uri: str
    failure: Failure


@dataclass(eq=False)
class NeverAnalysed(ReelsiftError):
    """{named} has never been analysed (video id {video_id})."""

    named: str
    video_id: str


@dataclass(eq=False)
class NoHistory(ReelsiftError):
    """No content of {named} has ever had a status."""

    named: str


class NobodyListens(ReelsiftError):
    """The deployment has no event bus: nothing is told to anybody."""


class NothingToResend(ReelsiftError):
    """It is not said which videos are to be told again."""


@dataclass(eq=False)
class EventsHeld(ReelsiftError):
    """Somebody holds events."""

    place: str | None


@dataclass(eq=False)
class EventsNotTaken(ReelsiftError):
    """The event bus does not take events, time and again: {codes}."""

    codes: tuple[str, ...]
    events: int
    place: str | None


@dataclass(eq=False)
class NothingToGiveUp(ReelsiftError):
    """No analysis of {named} runs or waits."""

    named: str


@dataclass(eq=False)
class VideoBusy(ReelsiftError):
    """Video {video_id} cannot be forgotten yet: something of it is not over.

    `analyses` are those that are under way; where there are none, a change of its status is still to be told, or
    somebody else writes it all the time.
    """

    video_id: str
    analyses: list[str]


@dataclass(eq=False)
class ResultDeleted(ReelsiftError):
    """The stored result {uri} was deleted."""

    uri: str


# Decisions


@dataclass(eq=False)
class NothingKnown(ReelsiftError):
    """Nothing is known of {named}: it names no content that lies there, or that was analysed or decided."""

    named: str


@dataclass(eq=False)
class ObjectUnknown(ReelsiftError):
    """Nothing says any more which object video {video_id} is: it was forgotten, or restored from the archive."""

    video_id: str


@dataclass(eq=False)
class ObjectGone(ReelsiftError):
    """{named} does not exist any more; what it held is named by video ids."""

    named: str
    contents: list[str]
    """The ids of the videos that the key has held, in no order."""


@dataclass(eq=False)
class OtherContent(ReelsiftError):
    """{named} is not what was seen: its ETag is {etag}, not {seen}."""

    named: str
    etag: str
    seen: str


@dataclass(eq=False)
class NoSuchReason(ReelsiftError):
    """The catalogue has no reason {code}."""

    code: str
    codes: tuple[str, ...]
    """Those it has."""


@dataclass(eq=False)
class DecidedMeanwhile(ReelsiftError):
    """{video_id} was decided meanwhile: decision {last} is {action}, by {by}."""

    video_id: str
    last: int
    """The number of its last decision; 0 where there is none, although one was seen."""
    seen: int
    """The number of the decision that was seen."""
    action: str = "none"
    by: str = "nobody"
    at_ms: int | None = None


@dataclass(eq=False)
class NoSuchDecision(ReelsiftError):
    """{video_id} has no decision {number}."""

    video_id: str
    number: int
    last: int
    """How many it has."""


@dataclass(eq=False)
class AlreadyWithdrawn(ReelsiftError):
    """Decision {number} of {video_id} was withdrawn already."""

    video_id: str
    number: int


@dataclass(eq=False)
class NotWithdrawable(ReelsiftError):
    """Decision {number} of {video_id} is {action}, which cannot be withdrawn."""

    video_id: str
    number: int
    action: str


@dataclass(eq=False)
class KeyUsed(ReelsiftError):
    """The idempotency key {key!r} was used for something else: decision {number} of {video_id}."""

    key: str
    video_id: str
    number: int


@dataclass(eq=False)
class VideoSealed(ReelsiftError):
    """{video_id} is sealed: only specialists see and decide it."""

    video_id: str


@dataclass(eq=False)
class VideoLost(ReelsiftError):
    """No object of the content of {video_id} is there any more."""

    video_id: str


class SpecialistsOnly(ReelsiftError):
    """Only specialists see which videos are sealed."""


@dataclass(eq=False)
class NotSealed(ReelsiftError):
    """{video_id} is not sealed."""

    video_id: str


@dataclass(eq=False)
class BeingSealed(ReelsiftError):
    """{video_id} is being moved to where only specialists see it, or back."""

    video_id: str


@dataclass(eq=False)
class ReportedBefore(ReelsiftError):
    """{video_id} was reported under number {number} to {authority}."""

    video_id: str
    number: str
    authority: str


@dataclass(eq=False)
class NoSuchAppeal(ReelsiftError):
    """{video_id} has no open appeal {appeal!r}."""

    video_id: str
    appeal: str
    open: tuple[str, ...] = ()
    """The appeals that are open."""


@dataclass(eq=False)
class OwnAppeal(ReelsiftError):
    """Appeal {appeal!r} objects to a decision of whoever asks."""

    video_id: str
    appeal: str


@dataclass(eq=False)
class NoOpinionAsked(ReelsiftError):
    """Nobody is asked for a second opinion on {video_id}, or not any more."""

    video_id: str


@dataclass(eq=False)
class OpinionStands(ReelsiftError):
    """There is no second opinion on {video_id} that whoever asks can still take back."""

    video_id: str


@dataclass(eq=False)
class OwnDecision(ReelsiftError):
    """Whoever is to give a second opinion on {video_id} has had a say in it."""

    video_id: str


@dataclass(eq=False)
class OwnDisagreement(ReelsiftError):
    """Two people disagree about {video_id}, and whoever asks is one of them."""

    video_id: str
    decision: int
    """The number of the decision that one of them has made."""


@dataclass(eq=False)
class AppealsUntold(ReelsiftError):
    """{number} decided appeals of {video_id} are not told yet."""

    video_id: str
    number: int


@dataclass(eq=False)
class NoSuchDecisionFile(ReelsiftError):
    """There is no file {path}."""

    path: str


@dataclass(eq=False)
class NotDecisions(ReelsiftError):
    """{path} is no list of decisions: {problem}"""

    path: str
    problem: str


@dataclass(eq=False)
class DecisionFileChanged(ReelsiftError):
    """{path} was changed while it was read."""

    path: str


@dataclass(eq=False)
class CatalogueUnusable(ReelsiftError):
    """{where}: {problem}"""

    where: str
    """The file, or the setting that holds the catalogue of reasons."""
    problem: str


# Reviewing


@dataclass(eq=False)
class NotClaimed(ReelsiftError):
    """You are not, or no longer, at video {video_id}."""

    video_id: str


@dataclass(eq=False)
class NothingToAppeal(ReelsiftError):
    """Nobody has decided video {video_id}, so there is nothing to object to."""

    video_id: str


@dataclass(eq=False)
class AppealAnswered(ReelsiftError):
    """Appeal {appeal} against a decision of video {video_id} was answered."""

    appeal: str
    video_id: str


@dataclass(eq=False)
class TooManyAppeals(ReelsiftError):
    """Video {video_id} has {most} open appeals already."""

    video_id: str
    most: int


@dataclass(eq=False)
class NoSuchReviewQueue(ReelsiftError):
    """No review item has ever waited in a queue {queue}."""

    queue: str
    known: tuple[str, ...]


# Searching


class NothingAskedFor(ReelsiftError):
    """A search needs something that videos show, a verdict or a status."""


@dataclass(eq=False)
class SeveralShown(ReelsiftError):
    """A search is for one thing that videos show."""

    kinds: tuple[str, ...]
    """What was asked for at once: `label`, `text`, `celebrity`, `cue`."""


@dataclass(eq=False)
class TextWithoutWord(ReelsiftError):
    """{text!r} has no word in it: words are letters and digits."""

    text: str


@dataclass(eq=False)
class UnknownCue(ReelsiftError):
    """There is no cue {cue!r}."""

    cue: str
    known: tuple[str, ...]
    """Those there are."""


class ConfidenceOfNothing(ReelsiftError):
    """The least confidence is that of something that videos show, and nothing is asked for."""


class ApprovedNotIndexed(ReelsiftError):
    """Approved videos are found within a batch or by what they show only."""


# Recorded answers and policies


@dataclass(eq=False)
class UnusableRecording(ReelsiftError):
    """{where}: {problem}

    It cannot be an answer, or not one of the same video as the others.
    """

    where: str
    """The file, and the number of its element where it holds several."""
    problem: str


class NoRecordings(ReelsiftError):
    """There is not a single page in the files."""


@dataclass(eq=False)
class RecordingsOfSeveralVideos(ReelsiftError):
    """The answers are of different videos."""

    videos: list[str]
    """Their URIs."""


@dataclass(eq=False)
class AnswerWithoutResult(ReelsiftError):
    """{where}: {problem}

    The answer has no result: its analysis failed or still runs, or a page of it is damaged.
    """

    where: str
    problem: str


@dataclass(eq=False)
class PolicyUnusable(ReelsiftError):
    """{where}: {problem}"""

    where: str
    """The file, or the setting that holds the policy."""
    problem: str


@dataclass(eq=False)
class PolicyChangedMeanwhile(ReelsiftError):
    """Somebody else has changed the live policy meanwhile."""


@dataclass(eq=False)
class NoSuchEpoch(ReelsiftError):
    """The live policy never had epoch {epoch}."""

    epoch: int


@dataclass(eq=False)
class NoOlderPolicy(ReelsiftError):
    """There is no older version of the policy to go back to."""


# Smoke tests


@dataclass(eq=False)
class NotADataBucket(ReelsiftError):
    """{bucket} is not among the data buckets."""

    bucket: str
    data_buckets: frozenset[str]


# Reports


@dataclass(eq=False)
class ReportNotWritten(ReelsiftError):
    """The report of {batch_id} is written when the batch ends, and it is {state}."""

    batch_id: str
    state: BatchState


@dataclass(eq=False)
class ReportMissing(ReelsiftError):
    """There is no report of {batch_id} at {uri}."""

    batch_id: str
    uri: str


@dataclass(eq=False)
class FolderHoldsFiles(ReelsiftError):
    """{path} holds files already."""

    path: str


@dataclass(eq=False)
class EvidenceIsThere(ReelsiftError):
    """{where} is there already, and evidence is never written over."""

    where: str


@dataclass(eq=False)
class NoSuchFolder(ReelsiftError):
    """{folder}, where {path} is to be written, does not exist or is no folder."""

    path: str
    folder: str


@dataclass(eq=False)
class OutputIsFolder(ReelsiftError):
    """{path}, where a file is to be written, is a folder."""

    path: str


@dataclass(eq=False)
class OutputIsFile(ReelsiftError):
    """{file} is a file, so there can be no folder {path}."""

    path: str
    file: str


@dataclass(eq=False)
class FileIsThere(ReelsiftError):
    """{path} is there already and holds something else."""

    path: str


@dataclass(eq=False)
class ForeignReportFile(ReelsiftError):
    """The summary of {batch_id} names {key}, which is no file of a report."""

    batch_id: str
    key: str


@dataclass(eq=False)
class ReportFileChanged(ReelsiftError):
    """{uri} is not what the report says of it."""

    uri: str


@dataclass(eq=False)
class ReportFileDeleted(ReelsiftError):
    """{uri} was deleted, so the report cannot be copied as a whole."""

    uri: str
