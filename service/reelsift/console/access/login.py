"""Who is logged in, by what a load balancer of AWS has signed.

The header `x-amzn-oidc-data` is a JSON Web Token that differs from others: its signer, client, issuer and end stand in
its own header, it names no audience, and its base64 is padded. A balancer of anybody signs with keys that are published
in the same place, so the signature alone says nothing: `signer` must be this console's balancer.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from reelsift.console.access.signing_keys import BalancerKeys, IssuerKeys
from reelsift.runtime.clock import Clock

LONGEST_TOKEN = 32 * 1024
"""Characters. A balancer takes no claims beyond 11 KB."""

LEEWAY_S = 60
"""By how much clocks may differ."""

_BASE64 = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_LONGEST_SUBJECT = 255
"""Characters (OpenID Connect Core, 2)."""


class NotLoggedIn(Exception):
    """What was sent proves no login. `reason` is a word for the log, and says nothing of what was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Login:
    """Who is logged in: `subject` is theirs with the issuer for ever, `told` the claims, which the issuer makes."""

    issuer: str
    subject: str
    told: Mapping[str, Any]

    @property
    def principal(self) -> str:
        return f"{self.issuer}#{self.subject}"


class BalancerLogins:
    """Logins that one load balancer has signed, for one client of one issuer."""

    def __init__(self, *, signer: str, client: str, issuer: str, keys: BalancerKeys, clock: Clock) -> None:
        """`signer` is the ARN of the load balancer."""
        self._expected = {"signer": signer, "client": client, "iss": issuer}
        self._keys = keys
        self._clock = clock

    async def login(self, token: str) -> Login:
        """Whose login a token is. Raises NotLoggedIn and KeysUnavailable."""
        head = _head(token)
        if head.get("alg") != "ES256":
            raise NotLoggedIn("algorithm")
        for name, value in self._expected.items():
            if head.get(name) != value:
                raise NotLoggedIn(name)
        _require_in_force({"exp": head.get("exp")}, self._clock)
        # Last, so that keys are asked for only of tokens that could be right.
        key = await self._keys.get(str(head.get("kid")))
        if key is None:
            raise NotLoggedIn("key")
        claims = _verified(token, key, "ES256")
        _require_in_force(claims, self._clock)
        issuer = self._expected["iss"]
        if claims.get("iss", issuer) != issuer:
            raise NotLoggedIn("iss")
        return Login(issuer, _subject(claims), claims)


class CognitoTokens:
    """Access tokens of a user pool of Cognito, for one client: its groups stand there and nowhere else."""

    def __init__(self, *, client: str, issuer: str, keys: IssuerKeys, clock: Clock) -> None:
        self._client = client
        self._issuer = issuer
        self._keys = keys
        self._clock = clock

    async def groups(self, token: str, login: Login) -> object:
        """The groups of who is logged in, as the token has them. Raises NotLoggedIn and KeysUnavailable."""
        head = _head(token)
        if head.get("alg") != "RS256":
            raise NotLoggedIn("access_token_algorithm")
        key = await self._keys.get(str(head.get("kid")))
        if key is None:
            raise NotLoggedIn("access_token_key")
        claims = _verified(token, key, "RS256")
        expected = {"iss": self._issuer, "client_id": self._client, "token_use": "access", "sub": login.subject}
        for name, value in expected.items():
            if claims.get(name) != value:
                raise NotLoggedIn(f"access_token_{name}")
        _require_in_force({"exp": None, **claims}, self._clock)
        return claims.get("cognito:groups")


def _head(token: str) -> dict[str, Any]:
    """The header of a token, of which nothing is verified yet. Raises NotLoggedIn for what is no token."""
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3 or not all(map(_BASE64.fullmatch, parts)):  # noqa: PLR2004 -- by RFC 7515
        raise NotLoggedIn("form")
    try:
        first = parts[0].rstrip("=")
        head = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise NotLoggedIn("form") from None
    if not isinstance(head, dict):
        raise NotLoggedIn("form")
    return head


def _verified(token: str, key: Any, algorithm: str) -> dict[str, Any]:
    """What a token claims, once its signature is right. From when to when it holds is asked of the console's clock."""
    not_asked = ("aud", "exp", "iat", "nbf")
    options: Any = {"verify_signature": True, **{f"verify_{claim}": False for claim in not_asked}}
    try:
        return jwt.decode(token, key, algorithms=[algorithm], options=options)
    except (PyJWTError, ValueError, TypeError):
        raise NotLoggedIn("signature") from None


def _require_in_force(said: Mapping[str, Any], clock: Clock) -> None:
    """Raises NotLoggedIn for what has ended, or is not to hold yet."""
    now = clock.now_ms() / 1000
    if "exp" in said and _seconds(said["exp"]) + LEEWAY_S <= now:
        raise NotLoggedIn("expired")
    if "nbf" in said and _seconds(said["nbf"]) - LEEWAY_S > now:
        raise NotLoggedIn("early")


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise NotLoggedIn("sub")
    return subject


def _seconds(value: object) -> int:
    """A moment, in epoch seconds: AWS's guide shows it as a text. One that cannot be read is long past."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value) else 0
