from waitress.channel import HTTPChannel


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress publishes no types
    """A connection of waitress on which `Expect: 100-continue`, which boto3 sends with every PutObject, is safe."""

    def send_continue(self) -> None:
        """Sends "100 Continue" and keeps the request's state.

        waitress marks the request as unfinished here, so that a request without a body would wait for one for ever.
        The line must be sent all the same: without it botocore misreads the next answer of the connection.
        """
        completed = self.request.completed
        super().send_continue()
        self.request.completed = completed

    def _flush_some(self, do_close: bool = True) -> bool:  # noqa: FBT001, FBT002  # waitress's signature
        """Flushes under the lock that waitress forgets.

        With `channel_request_lookahead` a worker thread may send "100 Continue" while the loop flushes the answer
        before it. Without a lock bytes are skipped twice, and the thread dies.
        """
        with self.outbuf_lock:
            return bool(super()._flush_some(do_close))
