import base64
import binascii
import hashlib
import hmac
import secrets

from rekognition_cloud.rekognition.refusal import Refusal


class PageTokens:
    """NextTokens: opaque, valid for one job with the same options, and for a limited time."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def issue(self, question: str, offset: int, now: float) -> str:
        """A token for the rows of `question` (the job and its options) from `offset` on."""
        plain = f"{offset}.{int(now)}"
        return base64.b64encode(f"{plain}.{self._seal(question, plain)}".encode()).decode()

    def offset(self, question: str, token: str, now: float, lifetime: float) -> int:
        """The offset a token stands for. Raises Refusal: InvalidPaginationTokenException."""
        try:
            offset, issued, seal = base64.b64decode(token, validate=True).decode().split(".")
        except (binascii.Error, ValueError):
            offset, issued, seal = "", "", ""
        genuine = hmac.compare_digest(seal.encode(), self._seal(question, f"{offset}.{issued}").encode())
        if not genuine or now - int(issued) > lifetime:
            raise Refusal("InvalidPaginationTokenException", "Request has invalid Pagination Token")
        return int(offset)

    def _seal(self, question: str, plain: str) -> str:
        return hmac.new(self._secret, f"{question}/{plain}".encode(), hashlib.sha256).hexdigest()
