"""The HTTP sessions of AWS clients."""

from typing import Any, ClassVar

from aiobotocore.httpsession import AIOHTTPSession


class HttpSession(AIOHTTPSession):
    """aiobotocore's, which reads the authorities' certificates once a process and not once a client: some 20 ms of CPU
    for each of ten clients, at the start of every command.
    """

    _shared: ClassVar[dict[bool | str, Any]] = {}
    """Contexts for TLS by what verifies a server: True for the usual authorities, the path of others, or False."""

    _cert_file: str | None
    _verify: bool | str

    def _build_ssl_contexts(self, proxy_url: str | None) -> Any:
        # A client's own certificate is put into its context, which is then nobody else's.
        if proxy_url or self._cert_file:
            return super()._build_ssl_contexts(proxy_url)  # type: ignore[misc]  # the stubs leave it out
        if self._verify not in self._shared:
            self._shared[self._verify] = super()._build_ssl_contexts(None)  # type: ignore[misc]  # the same
        return self._shared[self._verify]
