"""Who runs this process, as AWS knows it."""

from reelsift.aws.clients import Clients


class Caller:
    """The identity behind the credentials in use."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._arn: str | None = None

    async def principal(self) -> str:
        """Its ARN: of a user, or of a session of a role, whose name identity centers set to who logged in. Asked once.

        AWS answers whatever the caller's permissions are.
        """
        if self._arn is None:
            sts = await self._clients.open("sts")
            self._arn = str((await sts.get_caller_identity())["Arn"])
        return self._arn
