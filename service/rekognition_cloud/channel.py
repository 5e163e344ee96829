from waitress.channel import HTTPChannel


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress publishes no types
    """A connection of waitress on which `Expect: 100-continue`, which boto3 sends with every PutObject, is safe."""

    def send_continue(self) -> None:
        """Waitress marks the request as unfinished here, so one without a body would wait for it for ever.

        It is told to continue all the same: botocore takes an answer without that for the end of the connection's
        talk, and misreads the next one.
        """
        completed = self.request.completed
        super().send_continue()
        self.request.completed = completed

    def _flush_some(self, do_close: bool = True) -> bool:  # noqa: FBT001, FBT002  # waitress's signature
        """With `channel_request_lookahead` a worker thread may say "100 Continue" while the loop is flushing the answer
        before it. waitress takes no lock for that: bytes are skipped twice, and the thread dies.
        """
        with self.outbuf_lock:
            return bool(super()._flush_some(do_close))
