"""The services that the embedded cloud needs, imported and used once in a process that is to be forked.

moto imports a service, makes its routes and reads its model when it is first asked for it: more than a second for what
a deployment needs. Threads do not survive a fork, so there is no server here: requests go straight into moto. They go
to another region than the tests', and what belongs to no region is removed again.
"""

import asyncio
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse

from reelsift.aws.clients import Clients
from reelsift.demo.provision import Provisioner
from rekognition_cloud.cloud import Cloud

ENDPOINT = "http://warm-up.invalid"
_DEPLOYMENT = "warm-up"
_REGION = "eu-south-2"
_KNOWN = {"AWS_ENDPOINT_URL": ENDPOINT, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


class _Body(io.BytesIO):
    """The answer's bytes as urllib3 would hand them to botocore."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


def warm_up() -> None:
    """Make a deployment, and remove of it what the tests would see."""
    with without_server():
        Provisioner(ENDPOINT, _DEPLOYMENT, _REGION).provision()
        client("cloudwatch").list_metrics()
        client("sts").get_caller_identity()
        for service in ("rekognition", "service-quotas"):
            client(service)
        _remove()
    _read_what_requests_need()


def warm_up_clients() -> None:
    """Open what a worker and every command opens before it asks anything, and read what these need of AWS's models."""

    async def open_all() -> None:
        async with Clients(_REGION) as clients:
            for service in ("events", "sts", "iam"):
                await clients.open(service)
            clients.s3.get_paginator("list_objects_v2")

    with patch.dict(os.environ, _KNOWN):
        asyncio.run(open_all())


def _read_what_requests_need() -> None:
    """What a cloud imports when it starts, and makes of the models when a service is asked for the first time."""
    from moto.core.utils import get_service_model
    from werkzeug.test import EnvironBuilder

    import rekognition_cloud.event_bus
    import rekognition_cloud.gateway
    import rekognition_cloud.iam.deliveries
    import rekognition_cloud.metering  # noqa: F401  # used when a cloud starts
    from rekognition_cloud.operation import operation_of
    from rekognition_cloud.rekognition import validation
    from rekognition_cloud.rekognition.operations import ANALYSES

    # Unsigned, it is S3's: other services are told the operation's name.
    operation_of(EnvironBuilder("/bucket/key").get_environ())
    for service in ("rekognition", "events"):
        get_service_model(service)
    for analysis in ANALYSES:
        for operation in (analysis.start, analysis.get):
            validation.input_members(operation)


@contextmanager
def without_server() -> Iterator[None]:
    """As long as the context lasts, what clients of boto3 ask of `ENDPOINT` is answered by moto in this process."""
    # What moto reads of the environment is set here, before it is imported.
    Cloud()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication
    from werkzeug.test import Client

    from rekognition_cloud.patches import patch_moto
    from rekognition_cloud.patches.applications import application_of
    from rekognition_cloud.patches.sns_signatures import signing_key
    from rekognition_cloud.rekognition import responses

    patch_moto()
    signing_key()
    responses.install()
    moto = Client(DomainDispatcherApplication(application_of))

    def answer(request: Any, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        target = f"{url.path or '/'}?{url.query}"
        headers = {name: _text(value) for name, value in request.headers.items()}
        answered = moto.open(
            target, method=request.method, headers=headers, data=request.body, environ_overrides={"RAW_URI": target}
        )
        given: Any = dict(answered.headers.items())
        return AWSResponse(request.url, answered.status_code, given, _Body(answered.data))

    session: Any = boto3.Session()
    session.events.register("before-send", answer)
    boto3.DEFAULT_SESSION = session
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = None


def _remove() -> None:
    """Remove what belongs to no region."""
    s3, iam = client("s3"), client("iam")
    for bucket in s3.list_buckets()["Buckets"]:
        s3.delete_bucket(Bucket=bucket["Name"])
    for role in iam.list_roles()["Roles"]:
        for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            iam.delete_role_policy(RoleName=role["RoleName"], PolicyName=policy)
        iam.delete_role(RoleName=role["RoleName"])


def client(service: str, region: str = _REGION) -> Any:
    """Of boto3, for what is answered in this process."""
    # The stubs know a client by the literal name of its service; here the name is a variable.
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=ENDPOINT,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()
