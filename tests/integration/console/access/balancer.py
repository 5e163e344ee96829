"""What a load balancer of AWS and a user pool of Cognito sign, with keys of their own, and where they publish them."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def balancer_token(key: Key, head: Mapping[str, Any], claims: Mapping[str, Any], *, padded: bool = True) -> str:
    """A token in the form of a load balancer: its base64 is padded, and the padding is signed."""
    signing_input = ".".join(_base64(json.dumps(part).encode(), padded=padded) for part in (head, claims))
    algorithm = jwt.get_algorithm_by_name("ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256")
    return f"{signing_input}.{_base64(algorithm.sign(signing_input.encode(), key), padded=padded)}"


def public_pem(key: Key) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


class Publisher:
    """Serves the keys of balancers by their ids, and a user pool's as a key set; it counts what it is asked."""

    def __init__(self) -> None:
        self.balancer_key, self.balancer_kid = ec.generate_private_key(ec.SECP256R1()), str(uuid4())
        self.pool_key, self.pool_kid = rsa.generate_private_key(65537, 2048), uuid4().hex
        self.published = {self.balancer_kid: public_pem(self.balancer_key)}
        self.asked: list[str] = []
        self.down = False
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Publisher"]:
        app = web.Application()
        app.router.add_get("/keys/{kid:.*}", self._key)
        app.router.add_get("/pool/.well-known/jwks.json", self._key_set)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    @property
    def issuer(self) -> str:
        return f"{self.url}/pool"

    async def _key(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if self.down:
            return web.Response(status=500)
        pem = self.published.get(request.match_info["kid"])
        return web.Response(text=pem) if pem is not None else web.Response(status=403)

    async def _key_set(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.pool_key.public_key(), as_dict=True)
        return web.json_response({"keys": [{**key, "kid": self.pool_kid, "alg": "RS256", "use": "sig"}]})


def _base64(content: bytes, *, padded: bool) -> str:
    text = base64.urlsafe_b64encode(content).decode()
    return text if padded else text.rstrip("=")
