"""Tests run once more, under the policies that Terraform wrote.

`tests/e2e/deployment` reads the policies of its deployment and runs tests of `tests/integration` with the variable
`ENFORCED`, which names a folder that holds them. What workers and commands do in these tests is then allowed by the
policies, or denied; the test itself may do everything. Which permissions were used, what was denied and from where AWS
was called is written into the folder.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from aiobotocore.credentials import AioCredentials
from aiobotocore.session import AioSession
from botocore.credentials import ReadOnlyCredentials

from reelsift.aws import gathered
from rekognition_cloud.process import CloudProcess
from support.acting import ACTORS, Actor, act, actor
from support.call_recorder import record_calls
from support.policies import Names, Permission, Policies

FOLDER, ACTOR = "ENFORCED", "ENFORCED_ACTOR"
"""Variables of the environment: the folder, and as whom a process acts from its beginning."""

_POLICIES = "policies.json"
_SEEN = "seen-*.json"

_TRUST = {"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}
_DELIVERIES = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]},
        "Action": "sqs:SendMessage",
    }
}

_DELIVERED_TO = ("-intake", "-completion", "-alerts-seen")
"""The queues to which these services bring something."""


def folder() -> Path | None:
    """Where the policies are; None in an ordinary run."""
    return Path(os.environ[FOLDER]) if FOLDER in os.environ else None


def variables(folder: Path, who: Actor) -> dict[str, str]:
    """By these a process records its calls as those of somebody, if the fork server starts it."""
    return {FOLDER: str(folder), ACTOR: who}


def write_policies(folder: Path, policies: Mapping[Actor, Policies]) -> None:
    """Begin: the folder is for one run."""
    (folder / _POLICIES).write_text(json.dumps({who: each.documents for who, each in policies.items()}))


@cache
def _policies(folder: Path) -> dict[Actor, Policies]:
    documents = json.loads((folder / _POLICIES).read_text())
    return {who: Policies(tuple(documents[who])) for who in ACTORS}


@dataclass(frozen=True, slots=True)
class Seen:
    """What clouds saw while they enforced the policies."""

    used: dict[Actor, set[Permission]]
    denied: list[dict[str, Any]]

    @staticmethod
    def read(folder: Path) -> "Seen":
        """All that was written into a folder."""
        written = [json.loads(file.read_text()) for file in folder.glob(_SEEN)]
        return Seen(
            {who: {Permission(**used) for one in written for used in one["used"].get(who, [])} for who in ACTORS},
            [denial for one in written for denial in one["denied"]],
        )

    def write(self, folder: Path) -> None:
        used = {who: [asdict(permission) for permission in permissions] for who, permissions in self.used.items()}
        (folder / _SEEN.replace("*", uuid4().hex)).write_text(json.dumps({"used": used, "denied": self.denied}))


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody's in a deployment, with their policies."""

    arn: str
    credentials: Mapping[str, str]
    """Variables of the environment."""


def prepare(client: Callable[[str], Any], settings: Mapping[str, str]) -> dict[Actor, Role]:
    """All that a deployment of these settings needs before its policies are enforced, and everybody's role in it; in an
    ordinary run, nothing. `client` makes one of boto3.
    """
    place = folder()
    if place is None:
        return {}
    names = Names.of(settings)
    _let_deliver(client("sqs"), names)
    return {who: _role(who, client, place, names) for who in ACTORS}


def _let_deliver(sqs: Any, names: Names) -> None:
    """The queues of these deployments have no policies, as those of Terraform have."""
    for url in sqs.list_queues(QueueNamePrefix=names.deployment).get("QueueUrls", []):
        if url.endswith(_DELIVERED_TO):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(_DELIVERIES)})


def _role(who: Actor, client: Callable[[str], Any], place: Path, names: Names) -> Role:
    iam = client("iam")
    name = f"{names.deployment}-acts-{who}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
    for number, document in enumerate(_policies(place)[who].documents_for(names)):
        iam.put_role_policy(RoleName=name, PolicyName=f"{number}", PolicyDocument=document)
    credentials = client("sts").assume_role(RoleArn=arn, RoleSessionName=who)["Credentials"]
    return Role(
        arn,
        {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        },
    )


class Enforcement:
    """The policies in force for one deployment in a cloud; in an ordinary run, nothing."""

    def __init__(
        self, cloud: CloudProcess, settings: Mapping[str, str], roles: Mapping[Actor, Role] | None = None
    ) -> None:
        """`settings` are the deployment's; `roles` what was prepared in it, None where nothing was."""
        self._cloud = cloud
        self._names = Names.of(settings)
        self._folder = folder()
        self._lock = threading.Lock()
        self._client = cache(self._make_client)
        self._roles = dict(roles or {})
        if self._folder is not None:
            if roles is None:
                _let_deliver(self._client("sqs"), self._names)
            _in_this_process[:] = [self]
            cloud.authorise()

    def environment(self, who: Actor) -> dict[str, str]:
        """The variables by which a process acts as somebody. Where nothing was prepared, their role is made when they
        are first asked for: most tests have two or three of all actors.
        """
        if self._folder is None:
            return {}
        with self._lock:
            if who not in self._roles:
                self._roles[who] = _role(who, self._client, self._folder, self._names)
            return {**variables(self._folder, who), **self._roles[who].credentials}

    def close(self) -> None:
        """Write down what was seen. The cloud enforces nothing from here on."""
        if self._folder is None:
            return
        _in_this_process.clear()
        policies = _policies(self._folder)
        used = {who: policies[who].used(self._cloud.used(role.arn), self._names) for who, role in self._roles.items()}
        Seen(used, self._cloud.denied()).write(self._folder)
        self._cloud.authorise(on=False)
        self._cloud.clear_authorisation()

    def _make_client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self._cloud.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


def begin_test_process() -> None:
    """Where tests are run once more: record the workers and commands that run in this process, and have them act as
    whom they are to.
    """
    if (place := folder()) is not None:
        _record(place)
        session: Any = AioSession
        session.get_credentials = _credentials


def begin_process() -> None:
    """Record this process, and have it act as the variables say."""
    who = os.environ[ACTOR]
    _record(Path(os.environ[FOLDER]))
    act(next(each for each in ACTORS if each == who))


def _record(place: Path) -> None:
    record_calls(place)
    # Requests that several callers share are sent by a task with a context of its own. Here it acts for the first one.
    vars(gathered)["Context"] = copy_context


_in_this_process: list[Enforcement] = []
"""The one of the deployment of the test that runs."""


async def _credentials(_session: AioSession) -> "_ActorsCredentials":
    return _ActorsCredentials("testing", "testing")


class _ActorsCredentials(AioCredentials):
    """Those of whoever acts at the moment. The test's own are the account's."""

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:  # type: ignore[override]  # asynchronous here
        who = actor()
        if who is None or not _in_this_process:
            return ReadOnlyCredentials(self.access_key, self.secret_key, None)
        theirs = _in_this_process[0].environment(who)
        return ReadOnlyCredentials(
            theirs["AWS_ACCESS_KEY_ID"], theirs["AWS_SECRET_ACCESS_KEY"], theirs["AWS_SESSION_TOKEN"]
        )
