"""Public keys by which logins are verified, from where those who sign publish them."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeVar

import aiohttp
import structlog
from jwt import PyJWKSet
from jwt.exceptions import PyJWTError

from reelsift.runtime.clock import Clock

_TIMEOUT = aiohttp.ClientTimeout(total=5)
_LARGEST_ANSWER = 64 * 1024
_MOST_KEYS = 64
_FRESH_S = 24 * 3600
_MISSING_S = 60
"""So long nobody asks again for a key that was not there: who invents ids of keys is not to have them all asked for."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_log = structlog.get_logger(__name__)

_Key = TypeVar("_Key")


class KeysUnavailable(Exception):
    """Whoever publishes keys does not answer."""


class BalancerKeys:
    """The keys that the load balancers of a region sign with: each is published under its id, as PEM."""

    def __init__(self, url: str, clock: Clock) -> None:
        """`url` is where they are published, without a slash at its end."""
        self._url = url
        self._cache: _Cache[str] = _Cache(self._ask, clock)

    async def get(self, key_id: str) -> str | None:
        """The key of this id, as PEM; None where there is none. Raises KeysUnavailable.

        An id that is no UUID is not asked for: it would be a path of somebody's choice.
        """
        return await self._cache.get(key_id) if _UUID.fullmatch(key_id) else None

    async def _ask(self, key_id: str) -> str | None:
        text = await _fetched(f"{self._url}/{key_id}")
        return text if text is not None and "-----BEGIN PUBLIC KEY-----" in text else None


class IssuerKeys:
    """The keys of who issues tokens: a JSON Web Key Set at one address."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._cache: _Cache[PyJWKSet] = _Cache(self._ask, clock)
        self._look_again_at = 0.0

    async def get(self, key_id: str) -> object | None:
        """The key of this id; None where there is none. Raises KeysUnavailable."""
        found = _in(await self._cache.get(self._url), key_id)
        now = self._clock.monotonic()
        if found is None and now >= self._look_again_at:
            # Issuers change their keys: those that are kept may be of before.
            self._look_again_at = now + _MISSING_S
            self._cache.forget(self._url)
            found = _in(await self._cache.get(self._url), key_id)
        return found

    async def _ask(self, url: str) -> PyJWKSet | None:
        text = await _fetched(url)
        try:
            return None if text is None else PyJWKSet.from_json(text)
        except (PyJWTError, ValueError):
            return None


def _in(keys: PyJWKSet | None, key_id: str) -> object | None:
    return next((key.key for key in keys.keys if key.key_id == key_id), None) if keys is not None else None


@dataclass(frozen=True, slots=True)
class _Kept(Generic[_Key]):
    key: _Key | None
    until: float


class _Cache(Generic[_Key]):
    """What was asked for by a name, for a while; what was not there, too. It asks for one name at a time."""

    def __init__(self, ask: Callable[[str], Awaitable[_Key | None]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._kept: OrderedDict[str, _Kept[_Key]] = OrderedDict()
        self._asking = asyncio.Lock()

    async def get(self, name: str) -> _Key | None:
        kept = self._fresh(name)
        if kept is None:
            async with self._asking:
                kept = self._fresh(name) or await self._renew(name)
        return kept.key

    def forget(self, name: str) -> None:
        self._kept.pop(name, None)

    def _fresh(self, name: str) -> _Kept[_Key] | None:
        kept = self._kept.get(name)
        return kept if kept is not None and self._clock.monotonic() < kept.until else None

    async def _renew(self, name: str) -> _Kept[_Key]:
        key = await self._ask(name)
        kept = _Kept(key, self._clock.monotonic() + (_MISSING_S if key is None else _FRESH_S))
        self._kept[name] = kept
        self._kept.move_to_end(name)
        while len(self._kept) > _MOST_KEYS:
            self._kept.popitem(last=False)
        return kept


async def _fetched(url: str) -> str | None:
    """The text at an address; None where there is none. Raises KeysUnavailable."""
    read = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                return None
            answer.raise_for_status()
            async for part in answer.content.iter_any():
                read += part
                if len(read) > _LARGEST_ANSWER:
                    return None
    except (aiohttp.ClientError, TimeoutError) as failed:
        _log.warning("signing_keys_unavailable", error=type(failed).__name__)
        raise KeysUnavailable from failed
    return read.decode("utf-8", "replace")
