"""The AWS clients of one process, opened and closed together."""

from contextlib import AsyncExitStack
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import aiobotocore
import botocore
import botocore.session
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import UnknownRegionError

from reelsift import __version__
from reelsift.aws.http_session import HttpSession

if TYPE_CHECKING:
    from types_aiobotocore_cloudwatch.client import CloudWatchClient
    from types_aiobotocore_dynamodb.client import DynamoDBClient
    from types_aiobotocore_rekognition.client import RekognitionClient
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_service_quotas.client import ServiceQuotasClient
    from types_aiobotocore_sns.client import SNSClient
    from types_aiobotocore_sqs.client import SQSClient

LONG_POLL_MARGIN_S = 15
"""A read must be allowed longer than SQS's longest poll of 20 s."""

_models = cache(botocore.session.create_loader)
"""What AWS's services are like, read once by a process that opens several deployments, or one again and again."""


class Clients:
    """One client a service, on one session; an asynchronous context manager.

    Credentials and endpoint are found as every AWS tool finds them (`AWS_*`, profiles, task role).
    """

    sqs: "SQSClient"
    sns: "SNSClient"
    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    cloudwatch: "CloudWatchClient"
    quotas: "ServiceQuotasClient"
    rekognition: "RekognitionClient"
    rekognition_start: "RekognitionClient"

    def __init__(self, region: str, *, connections: int = 64) -> None:
        self._session: Any = get_session()
        self._session.register_component("data_loader", _models(self._session.get_config_variable("data_path")))
        self._region = region
        self._connections = connections
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        # What goes to queues and tables is of this program's own making; what users name is validated.
        self.sqs = await self._open("sqs", read_timeout=20 + LONG_POLL_MARGIN_S, validates=False)
        self.sns = await self._open("sns")
        self.s3 = await self._open("s3")
        self.dynamodb = await self._open("dynamodb", read_timeout=10, validates=False)
        self.cloudwatch = await self._open("cloudwatch")
        self.quotas = await self._open("service-quotas")
        self.rekognition = await self._open("rekognition")
        # Retries off: see aws.rekognition. total_max_attempts counts the first try.
        self.rekognition_start = await self._open("rekognition", attempts=1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def lists(self, service: str) -> bool:
        """Whether botocore's own list, which may be older, has an endpoint of the service in this region."""
        try:
            partition = self._session.get_partition_for_region(self._region)
        except UnknownRegionError:
            return False
        return self._region in await self._session.get_available_regions(service, partition)

    async def open(self, service: str, **options: Any) -> Any:
        """A client that hardly anything needs, closed together with the others; `options` are botocore's."""
        return await self._open(service, **options)

    async def _open(
        self, service: str, *, read_timeout: int = 30, attempts: int = 4, validates: bool = True, **options: Any
    ) -> Any:
        config = AioConfig(
            **options,
            http_session_cls=HttpSession,
            parameter_validation=validates,
            max_pool_connections=self._connections,
            connect_timeout=5,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # botocore puts its own together anew for each request: half as much work as signing it.
            user_agent=f"reelsift/{__version__} aiobotocore/{aiobotocore.__version__} botocore/{botocore.__version__}",
        )
        client = self._session.create_client(service, region_name=self._region, config=config)
        return await self._stack.enter_async_context(client)
