import pytest
from botocore import exceptions

from reelsift.aws.deployment import MissingResourceError
from reelsift.aws.errors import AwsUnavailable
from reelsift.cli.failures import explain
from reelsift.errors import CommandError, Exit
from reelsift.settings import SettingsError


def refused(code: str, message: str = "no") -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, "GetQueueUrl")


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
        (refused("ThrottlingException"), "cannot do this now", "try again"),
        (refused("InvalidAddress", "odd"), "GetQueueUrl: InvalidAddress: odd", ""),
        (AwsUnavailable("the table is exhausted"), "the table is exhausted", "try again"),
        (MissingResourceError("there is no queue x"), "there is no queue x", ""),
        (PermissionError(13, "Permission denied", "list.csv"), "list.csv: Permission denied", ""),
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


def test_what_should_not_happen_is_not_explained_away() -> None:
    assert explain(KeyError("x")) is None
