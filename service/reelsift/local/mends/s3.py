"""Objects: conditional writes under many threads."""

import threading
from functools import wraps
from typing import Any

from moto.s3.responses import S3Response

_WRITES = ("put_object", "delete_object", "_key_response_post")


def mend_s3() -> None:
    """Fault: between the check of If-Match or If-None-Match and the write nothing keeps other threads out, so that two
    clients both create what only one may.
    """
    lock = threading.RLock()

    def one_at_a_time(write: Any) -> Any:
        @wraps(write)
        def locked(*arguments: Any, **named: Any) -> Any:
            with lock:
                return write(*arguments, **named)

        return locked

    for name in _WRITES:
        setattr(S3Response, name, one_at_a_time(getattr(S3Response, name)))
