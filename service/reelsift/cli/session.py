"""One command's session with its deployment: settings, clients, event loop."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reelsift.aws.deployment import Deployment

Result = TypeVar("Result")


def on_deployment(work: "Callable[[Deployment], Awaitable[Result]]") -> Result:
    """Open the deployment that the settings name, do `work` on it, and return what it returns.

    Raises SettingsError, NoSuchQueue and what botocore raises: see `cli.failures`.
    """
    from reelsift.aws.deployment import open_deployment
    from reelsift.log import configure_logs
    from reelsift.runtime.signals import run
    from reelsift.settings import load_settings

    settings = load_settings()
    # A command's own sentences are its news; of the library's only what went wrong is.
    configure_logs(settings.log_format, "warning" if settings.log_level == "info" else settings.log_level)

    async def session() -> Result:
        async with open_deployment(settings) as deployment:
            return await work(deployment)

    return run(session())


def on_batch(named: str, work: "Callable[[Deployment, str], Awaitable[Result]]") -> Result:
    """As `on_deployment`, for a batch that is named by its id or a beginning of it. Raises NoSuchBatch and
    AmbiguousBatch.
    """

    async def found(deployment: "Deployment") -> Result:
        from reelsift.batches.lookup import batch_id_of

        return await work(deployment, await batch_id_of(deployment.batches, named))

    return on_deployment(found)
