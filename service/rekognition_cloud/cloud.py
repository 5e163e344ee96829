import os
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from rekognition_cloud.knobs import Knobs
from rekognition_cloud.server import Server

_HOST = "127.0.0.1"
_STOP_SECONDS = 2


class Cloud:
    """moto's services and Rekognition Video on one loopback address, served by threads of this process.

    moto keeps its state by process: two clouds in one process share buckets, queues and tables, and a reset of one
    empties both. `rekognition_cloud.process.CloudProcess` gives a cloud of its own.
    """

    def __init__(self, port: int = 0, knobs: Knobs | None = None) -> None:
        """The cloud takes `port` when it is started; 0 takes a free one."""
        # moto reads this when IAM is first used; AmazonRekognitionServiceRole is one of the managed policies.
        os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        # moto reads this when it is imported. No browser calls this cloud, and CORS headers take a third of its time.
        os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
        # Importing moto takes about a second: only who wants a cloud pays for it.
        from rekognition_cloud.state import State

        self.state = State(knobs or Knobs())
        self._port = port
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The endpoint for every service. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the embedded cloud has not been started")
        return f"http://{_HOST}:{self._server.port}"

    def start(self) -> None:
        """Starts to listen and serve. Raises OSError where the port is taken."""
        self._server = Server(self._application(), _HOST, self._port)
        self.state.scheduler.start()
        self._server.start()

    def stop(self) -> None:
        """Releases what is held, closes every connection and ends the threads."""
        if self._server is None:
            return
        self.state.faults.clear()
        self._server.stop(_STOP_SECONDS)
        self.state.scheduler.stop()
        self.state.events.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _application(self) -> Any:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication

        from rekognition_cloud import event_bus
        from rekognition_cloud.gateway import Gateway
        from rekognition_cloud.iam.deliveries import guard_deliveries
        from rekognition_cloud.metering import meter_services
        from rekognition_cloud.patches import patch_moto
        from rekognition_cloud.patches.applications import application_of
        from rekognition_cloud.rekognition import responses

        patch_moto()
        event_bus.install(self.state.events)
        meter_services(self.state.meter)
        guard_deliveries(self.state.gate)
        responses.install()
        return Gateway(self.state, DomainDispatcherApplication(application_of))


def serve(port: int, knobs: Knobs, ready: Callable[[str], None]) -> None:
    """Runs a cloud in the foreground until SIGTERM or SIGINT; a second SIGINT ends the process at once. Calls `ready`
    with its URL once it listens.

    Removes the AWS_ variables from this process's environment: the cloud needs no account, and a profile that does not
    exist would break botocore in it.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    ended = threading.Event()
    signals = (signal.SIGTERM, signal.SIGINT)

    def end(*_: object) -> None:
        ended.set()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    before = [signal.signal(number, end) for number in signals]
    try:
        with Cloud(port, knobs) as cloud:
            ready(cloud.url)
            ended.wait()
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
