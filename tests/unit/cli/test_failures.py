import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, cast

import pytest
from botocore import exceptions

from reelsift.aws.errors import AwsUnavailable
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.failures import explain
from reelsift.domain.batch import BatchState
from reelsift.domain.failure import Failure, Reason
from reelsift.errors import (
    BatchActionRefused,
    BatchNotCancellable,
    BatchNotPausable,
    BatchNotResumable,
    NoRekognitionVideo,
    NoSuchQueue,
    ReelsiftError,
    SourceUnusable,
    VideoUnreadable,
)
from reelsift.settings import SettingsError
from support.cases import every_case


def refused(code: str, message: str = "no") -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "GetQueueUrl")


def missing(code: str, **named: str) -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": "no", **named}}, "GetObject")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("error", "says", "mend"),
    [
        (exceptions.NoCredentialsError(), "no AWS credentials", "--profile"),
        (exceptions.ProfileNotFound(profile="x"), "(x)", "list-profiles"),
        (exceptions.NoRegionError(), "no AWS region", "--region"),
        (exceptions.EndpointConnectionError(endpoint_url="https://sqs"), "https://sqs", "check the network"),
        (refused("ExpiredToken"), "does not accept the credentials", "sign in anew"),
        (refused("AccessDenied"), "does not allow", "ask for the permission"),
        (refused("ResourceNotFoundException"), "missing", "reelsift doctor"),
        (missing("NoSuchKey", Key="2026/list.csv"), "no object 2026/list.csv in S3", "check its name"),
        (missing("NoSuchBucket", BucketName="acme"), "no bucket acme in S3", "check its name"),
        (missing("NoSuchKey"), "no such object in S3", "check its name"),
        (
            SourceUnusable("s3://x/y", Failure(Reason.BUCKET_NOT_ALLOWED, "bucket x is not among the data buckets")),
            "bucket x is not among",
            "REELSIFT_DATA_BUCKETS names",
        ),
        (
            VideoUnreadable("s3://x/y", Failure(Reason.BUCKET_NOT_ALLOWED, "bucket x is not among the data buckets")),
            "bucket x is not among",
            "REELSIFT_DATA_BUCKETS names",
        ),
        (refused("ThrottlingException"), "cannot do this now", "try again"),
        (refused("InvalidAddress", "odd"), "GetQueueUrl: InvalidAddress: odd", ""),
        (AwsUnavailable("the table is exhausted"), "the table is exhausted", "try again"),
        (NoSuchQueue("x"), "there is no queue x", "REELSIFT_DEPLOYMENT"),
        (
            NoRekognitionVideo("eu-west-3", "there is no host x"),
            "in eu-west-3 (there is no host x)",
            "deploy in a region",
        ),
        (PermissionError(13, "Permission denied", "list.csv"), "list.csv: Permission denied", ""),
        (OSError(28, "No space left on device"), "not all of it could be written (No space", "make room"),
        (OSError(28, "No space left on device", "a.csv"), "written to a.csv (No space", "make room"),
        (ValueError("Invalid endpoint: localhost:4566"), "no address ('localhost:4566')", "http:// or https://"),
        (TimeoutError("slow"), "the connection to AWS broke", "try again"),
    ],
)
def test_what_a_user_may_meet_is_a_sentence_with_a_way_out(
    error: Exception, says: str, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    explained = explain(error)
    assert explained is not None
    sentence, code = explained
    assert says in sentence
    assert mend in sentence
    assert code is Exit.FAILED


def test_an_endpoint_of_ones_own_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    explained = explain(exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"))
    assert explained is not None
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:1" in explained[0]


def test_settings_that_cannot_work_are_wrong_use() -> None:
    explained = explain(SettingsError("REELSIFT_WORK_BUCKET is not set"))
    assert explained is not None
    assert explained[1] is Exit.WRONG_USE


def test_a_command_chooses_its_code() -> None:
    assert explain(CommandError("so", Exit.LINES_FAILED)) == ("so", Exit.LINES_FAILED)


S = BatchState


@pytest.mark.parametrize(
    ("refusal", "state", "says"),
    [
        (BatchNotPausable, S.CANCELLING, "was not paused: it is being cancelled"),
        (BatchNotPausable, S.COMPLETING, "was not paused: every line of it has ended"),
        (BatchNotPausable, S.COMPLETE, "`reelsift retry b1`"),
        (BatchNotPausable, S.CANCELLED, "`reelsift retry b1 --reason cancelled`"),
        (BatchNotResumable, S.CANCELLING, "was not resumed: it is being cancelled"),
        (BatchNotResumable, S.COMPLETING, "was not resumed"),
        (BatchNotResumable, S.COMPLETE, "was not resumed: it is Complete"),
        (BatchNotResumable, S.CANCELLED, "was not resumed: it is Cancelled"),
        (BatchNotCancellable, S.COMPLETING, "was not cancelled"),
        (BatchNotCancellable, S.COMPLETE, "was not cancelled: it is Complete"),
    ],
)
def test_a_batch_that_cannot_be_controlled_is_told_with_what_to_do_instead(
    refusal: type[BatchActionRefused], state: BatchState, says: str
) -> None:
    explained = explain(refusal("b1", state))
    assert explained is not None
    assert says in explained[0]
    assert explained[1] is Exit.FAILED


def test_a_batch_that_is_stopped_at_its_cost_is_taken_up_by_that_reason() -> None:
    explained = explain(BatchNotPausable("b1", S.CANCELLING, Reason.MAX_COST))
    assert explained is not None
    assert "retry b1 --reason max_cost" in explained[0]


@pytest.mark.parametrize("refusal", [BatchNotPausable, BatchNotResumable, BatchNotCancellable])
def test_holding_back_what_is_sent_straight_to_the_queue_is_wrong_use(refusal: type[BatchActionRefused]) -> None:
    explained = explain(refusal("b1", S.ACTIVE, direct=True))
    assert explained is not None
    assert "straight to the queue" in explained[0]
    assert explained[1] is Exit.WRONG_USE


def _raised(kind: type[ReelsiftError] = ReelsiftError) -> Iterator[type[ReelsiftError]]:
    """The errors that are raised: those that are the base of no other."""
    for one in kind.__subclasses__():
        yield from _raised(one)
    if not kind.__subclasses__():
        yield kind


def _example(kind: type[ReelsiftError]) -> ReelsiftError:
    """An error of its kind, each field filled with something of its type."""
    examples: dict[Any, Any] = {
        str: "something",
        str | None: "something",
        int: 7,
        int | None: 7,
        bool: False,
        list[str]: ["s3://b/one/", "s3://b/two/"],
        frozenset[str]: frozenset({"videos"}),
        tuple[str, ...]: ("one", "two"),
        BatchState: BatchState.COMPLETE,
        Reason: Reason.BAD_LINE,
        Reason | None: Reason.MAX_COST,
        Failure: Failure(Reason.OBJECT_MISSING, "it is gone"),
    }
    members: Any = fields(cast("Any", kind)) if is_dataclass(kind) else ()
    return kind(**{member.name: examples[member.type] for member in members})


def test_every_error_of_the_library_has_a_message_of_its_own_and_words_on_the_command_line() -> None:
    with every_case() as case:
        for kind in _raised():
            with case(kind.__name__):
                error = _example(kind)
                assert not re.search(r"[{}`]|--[a-z]", str(error)), "the library names no command and no option"
                assert kind.__doc__ != ReelsiftError.__doc__
                explained = explain(error)
                assert explained is not None
                assert "{" not in explained[0]


def test_what_should_not_happen_is_not_explained_away() -> None:
    assert explain(KeyError("x")) is None
