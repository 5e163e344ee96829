"""Behind a load balancer nobody is believed but the balancer itself: forged logins are refused, each wrong way."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.requests import HTTPConnection

from integration.console.access.balancer import Publisher, balancer_token, public_pem
from reelsift.aws.people import People
from reelsift.console.access.balancer import BalancerGate, Trust
from reelsift.console.access.gate import Forbidden, Unauthorised
from reelsift.console.access.origin import Origin
from reelsift.console.refusals import Refused
from reelsift.console.viewer import Role
from support.clocks import SetClock
from support.memory_table import MemoryTable

_SIGNER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/reelsift-console/50dc6c495c0c9188"
_OTHER = _SIGNER.replace("reelsift-console", "somebody-elses")
_CLIENT = "5abc"
_SUBJECT = "0a1b2c3d"
_GROUPS = {Role.REVIEWER: "moderators", Role.LEAD: "moderation-leads", Role.SPECIALIST: "specialists"}

_NOW = 1_800_000_000
"""What the clock of these tests says, in epoch seconds."""

Headers = list[tuple[str, str]]


class _Console:
    """A gate, and what its balancer would send."""

    def __init__(self, publisher: Publisher, *, cognito: bool) -> None:
        self.publisher = publisher
        self.people = People(MemoryTable("people"))
        trust = Trust(_SIGNER, _CLIENT, publisher.issuer, _GROUPS, None if cognito else "groups")
        self.clock = SetClock(_NOW * 1000)
        origin, keys = Origin("https", "review.example.com"), f"{publisher.url}/keys"
        self.gate = BalancerGate(self.people, origin, trust, balancer_keys=keys, clock=self.clock)

    def head(self, **changes: Any) -> dict[str, Any]:
        return {
            "typ": "JWT",
            "kid": self.publisher.balancer_kid,
            "alg": "ES256",
            "iss": self.publisher.issuer,
            "client": _CLIENT,
            "signer": _SIGNER,
            "exp": _NOW + 120,
        } | changes

    def claims(self, **changes: Any) -> dict[str, Any]:
        return {"sub": _SUBJECT, "name": "Anna", "groups": ["moderators", "everybody"]} | changes

    def token(self, *, key: Any = None, padded: bool = True, claims: Mapping[str, Any] = {}, **head: Any) -> str:
        return balancer_token(
            key or self.publisher.balancer_key, self.head(**head), self.claims(**claims), padded=padded
        )

    def access_token(self, *, key: Any = None, head: Mapping[str, Any] = {}, **claims: Any) -> str:
        said = {
            "sub": _SUBJECT,
            "iss": self.publisher.issuer,
            "client_id": _CLIENT,
            "token_use": "access",
            "exp": _NOW + 3600,
            "cognito:groups": ["moderators"],
        }
        heads = {"alg": "RS256", "kid": self.publisher.pool_kid, **head}
        return balancer_token(key or self.publisher.pool_key, heads, said | claims, padded=False)

    async def roles(self, *headers: tuple[str, str]) -> frozenset[Role]:
        return (await self.gate.viewer(_connection(*headers))).roles


def _connection(*headers: tuple[str, str]) -> HTTPConnection:
    sent = [("host", "review.example.com"), *headers]
    raw = [(name.encode(), value.encode()) for name, value in sent]
    return HTTPConnection({"type": "http", "path": "/api/me", "query_string": b"", "scheme": "http", "headers": raw})


def _data(token: str) -> tuple[str, str]:
    return "x-amzn-oidc-data", token


def _access(token: str) -> tuple[str, str]:
    return "x-amzn-oidc-accesstoken", token


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher().serving() as publisher:
        yield publisher


@pytest.fixture
def console(publisher: Publisher) -> _Console:
    return _Console(publisher, cognito=False)


@pytest.fixture
def with_cognito(publisher: Publisher) -> _Console:
    return _Console(publisher, cognito=True)


@pytest.mark.parametrize("padded", [True, False])
async def test_whom_the_balancer_has_logged_in_is_known_by_issuer_and_subject(console: _Console, padded: bool) -> None:  # noqa: FBT001
    viewer = await console.gate.viewer(_connection(_data(console.token(padded=padded))))
    pseudonym = await console.people.pseudonym(f"{console.publisher.issuer}#{_SUBJECT}")
    assert (viewer.principal, viewer.who.by, viewer.name) == (pseudonym, pseudonym, "Anna")
    assert viewer.roles == {Role.REVIEWER}
    renamed = console.token(claims={"name": "Berta", "email": "berta@example.com"})
    assert (await console.gate.viewer(_connection(_data(renamed)))).principal == pseudonym
    other = await console.gate.viewer(_connection(_data(console.token(claims={"sub": "another"}))))
    assert other.principal != pseudonym


async def test_a_key_is_fetched_once(console: _Console) -> None:
    for _ in range(3):
        await console.roles(_data(console.token()))
    assert console.publisher.asked == [f"/keys/{console.publisher.balancer_kid}"]


def _none(console: _Console) -> str:
    head, claims, _ = console.token(alg="none").split(".")
    return f"{head}.{claims}."


def _unsigned(console: _Console) -> str:
    head, claims, _ = console.token().split(".")
    return f"{head}.{claims}.{base64.urlsafe_b64encode(bytes(64)).decode()}"


def _hmac(console: _Console) -> str:
    """Signed with what everybody can fetch, as if it were a shared secret."""
    head, claims, _ = console.token(alg="HS256").split(".")
    signature = hmac.digest(public_pem(console.publisher.balancer_key).encode(), f"{head}.{claims}".encode(), "sha256")
    return f"{head}.{claims}.{base64.urlsafe_b64encode(signature).decode()}"


def _claims_replaced(console: _Console) -> str:
    head, _, signature = console.token().split(".")
    claims = base64.urlsafe_b64encode(json.dumps(console.claims(groups=["specialists"])).encode()).decode()
    return f"{head}.{claims}.{signature}"


def _somebody_elses_balancer(console: _Console) -> str:
    """Its key is published where this console's is; only the signer tells them apart."""
    theirs, kid = ec.generate_private_key(ec.SECP256R1()), str(uuid4())
    console.publisher.published[kid] = public_pem(theirs)
    return console.token(key=theirs, kid=kid, signer=_OTHER)


def _key_of_its_own(console: _Console) -> str:
    return console.token(key=ec.generate_private_key(ec.SECP256R1()))


def _another_curve(console: _Console) -> str:
    key, kid = ec.generate_private_key(ec.SECP384R1()), str(uuid4())
    console.publisher.published[kid] = public_pem(key)
    return console.token(key=key, kid=kid)


def _another_kind_of_key(console: _Console) -> str:
    key, kid = rsa.generate_private_key(65537, 2048), str(uuid4())
    console.publisher.published[kid] = public_pem(key)
    return console.token(key=key, kid=kid, alg="RS256")


_FORGED: dict[str, Callable[[_Console], str]] = {
    "no algorithm": _none,
    "no signature": _unsigned,
    "public key as a secret": _hmac,
    "claims replaced": _claims_replaced,
    "another balancer": _somebody_elses_balancer,
    "another balancer, said to be this one": _key_of_its_own,
    "another curve": _another_curve,
    "another kind of key": _another_kind_of_key,
    "another client": lambda console: console.token(client="another"),
    "another issuer": lambda console: console.token(iss="https://idp.example.com"),
    "another issuer in the claims": lambda console: console.token(claims={"iss": "https://idp.example.com"}),
    "no signer": lambda console: console.token(signer=None),
    "ended": lambda console: console.token(exp=_NOW - 120),
    "ended, as a text": lambda console: console.token(exp=str(_NOW - 120)),
    "claims that have ended": lambda console: console.token(claims={"exp": _NOW - 120}),
    "without end": lambda console: console.token(exp=None),
    "end that is none": lambda console: console.token(exp=True),
    "not valid yet": lambda console: console.token(claims={"nbf": _NOW + 600}),
    "key of another path": lambda console: console.token(kid=f"../keys/{console.publisher.balancer_kid}"),
    "key with a query": lambda console: console.token(kid=f"{console.publisher.balancer_kid}?"),
    "key that nobody has": lambda console: console.token(kid=str(uuid4())),
    "key in capitals": lambda console: console.token(kid=console.publisher.balancer_kid.upper()),
    "no key": lambda console: console.token(kid=None),
    "nobody": lambda console: console.token(claims={"sub": ""}),
    "somebody who is a number": lambda console: console.token(claims={"sub": 7}),
    "two tokens in one": lambda console: f"{console.token()}, {console.token()}",
    "no token": lambda _: "anna",
    "a long one": lambda console: console.token(claims={"x": "x" * 40_000}),
    "a header that is no object": lambda console: ".".join(["W10=", *console.token().split(".")[1:]]),
    "critical extensions": lambda console: console.token(crit=["x"], x=1),
}


@pytest.mark.parametrize("how", _FORGED)
async def test_a_forged_login_is_refused(console: _Console, how: str) -> None:
    with pytest.raises(Unauthorised):
        await console.roles(_data(_FORGED[how](console)))
    assert await console.roles(_data(console.token())) == {Role.REVIEWER}, "the next one is looked at by itself"


async def test_keys_are_asked_for_only_of_tokens_that_could_be_right(console: _Console) -> None:
    for token in (
        console.token(signer=_OTHER),
        console.token(kid="../x"),
        console.token(exp=1),
        console.token(alg="none"),
    ):
        with pytest.raises(Unauthorised):
            await console.roles(_data(token))
    assert console.publisher.asked == []
    unknown = console.token(kid=str(uuid4()))
    for _ in range(3):
        with pytest.raises(Unauthorised):
            await console.roles(_data(unknown))
    assert len(console.publisher.asked) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-amzn-oidc-identity", _SUBJECT)],
        [("x-amzn-oidc-identity", _SUBJECT), ("x-amzn-oidc-accesstoken", "x"), ("authorization", "Bearer x")],
    ],
    ids=["nothing", "identity", "everything else"],
)
async def test_no_other_header_is_believed(console: _Console, headers: Headers) -> None:
    with pytest.raises(Unauthorised):
        await console.roles(*headers)


async def test_a_header_that_is_there_twice_is_refused(console: _Console) -> None:
    token = console.token()
    with pytest.raises(Unauthorised):
        await console.roles(_data(token), _data(token))
    with pytest.raises(Unauthorised):
        await console.roles(_data(token), _data(console.token(claims={"sub": "another"})))


async def test_keys_that_cannot_be_fetched_are_no_reason_to_sign_in_again(console: _Console) -> None:
    console.publisher.down = True
    with pytest.raises(Refused) as refused:
        await console.roles(_data(console.token()))
    assert (refused.value.refusal.status, refused.value.refusal.code) == (503, "unavailable")
    console.publisher.down = False
    assert await console.roles(_data(console.token())) == {Role.REVIEWER}


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["moderation-leads", "moderators"], {Role.LEAD, Role.REVIEWER}),
        ("specialists, everybody", {Role.SPECIALIST}),
        (["specialists", 7, None], {Role.SPECIALIST}),
        (["Moderators"], None),
        ({"moderators": True}, None),
        (None, None),
    ],
    ids=["two", "a text", "with others", "capitals", "an object", "none"],
)
async def test_roles_are_those_of_the_groups(console: _Console, groups: Any, roles: set[Role] | None) -> None:
    token = console.token(claims={"groups": groups})
    if roles is None:
        with pytest.raises(Forbidden):
            await console.roles(_data(token))
    else:
        assert await console.roles(_data(token)) == roles
        # A lead sees what others have decided, in lists and in searches.
        who = (await console.gate.viewer(_connection(_data(token)))).who
        assert who.sees_outcomes == (Role.LEAD in roles)


async def test_with_cognito_groups_are_those_of_the_access_token(with_cognito: _Console) -> None:
    claims = {"groups": ["specialists"], "cognito:groups": ["specialists"]}
    sent = _data(with_cognito.token(claims=claims)), _access(with_cognito.access_token())
    assert await with_cognito.roles(*sent) == {Role.REVIEWER}
    with pytest.raises(Unauthorised):
        await with_cognito.roles(_data(with_cognito.token(claims=claims)))


def _shared(console: _Console) -> str:
    head, claims, _ = console.access_token(head={"alg": "HS256"}).split(".")
    signature = hmac.new(public_pem(console.publisher.pool_key).encode(), f"{head}.{claims}".encode(), hashlib.sha256)
    return f"{head}.{claims}.{base64.urlsafe_b64encode(signature.digest()).decode().rstrip('=')}"


_FORGED_ACCESS: dict[str, Callable[[_Console], str]] = {
    "another key": lambda console: console.access_token(key=rsa.generate_private_key(65537, 2048)),
    "unknown key": lambda console: console.access_token(head={"kid": "another"}),
    "no algorithm": lambda console: console.access_token(head={"alg": "none"}),
    "another person's": lambda console: console.access_token(sub="another"),
    "another client": lambda console: console.access_token(client_id="another"),
    "another pool": lambda console: console.access_token(iss="https://cognito-idp.eu-west-1.amazonaws.com/other"),
    "an id token": lambda console: console.access_token(token_use="id"),
    "ended": lambda console: console.access_token(exp=_NOW - 120),
    "signed by the balancer": lambda console: console.token(),
    "public key as a secret": _shared,
}


@pytest.mark.parametrize("how", _FORGED_ACCESS)
async def test_a_forged_access_token_is_refused(with_cognito: _Console, how: str) -> None:
    with pytest.raises(Unauthorised):
        await with_cognito.roles(_data(with_cognito.token()), _access(_FORGED_ACCESS[how](with_cognito)))


async def test_a_pool_that_changes_its_keys_is_asked_again(with_cognito: _Console) -> None:
    sent = _data(with_cognito.token()), _access(with_cognito.access_token())
    assert await with_cognito.roles(*sent) == {Role.REVIEWER}
    publisher = with_cognito.publisher
    publisher.pool_key, publisher.pool_kid = rsa.generate_private_key(65537, 2048), uuid4().hex
    changed = _data(with_cognito.token()), _access(with_cognito.access_token())
    assert await with_cognito.roles(*changed) == {Role.REVIEWER}


async def test_who_was_erased_is_somebody_new_within_a_minute(console: _Console) -> None:
    before = (await console.gate.viewer(_connection(_data(console.token())))).principal
    (known,) = await console.people.find(before)
    await console.people.erase(known)
    console.clock.move(60)
    assert (await console.gate.viewer(_connection(_data(console.token())))).principal != before


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "review.example.com.evil.example")],
        [("host", "review.example.com"), ("origin", "https://evil.example")],
        [("host", "review.example.com"), ("sec-fetch-site", "cross-site")],
        [("host", "review.example.com"), ("sec-fetch-site", "same-site")],
    ],
    ids=["another name", "another origin", "another site", "a neighbour"],
)
def test_pages_from_elsewhere_are_refused(console: _Console, headers: Headers) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    with pytest.raises(Forbidden):
        console.gate.admit(HTTPConnection({"type": "http", "path": "/api/me", "query_string": b"", "headers": raw}))


def test_keys_are_where_the_region_of_the_balancer_publishes_them() -> None:
    def where(region: str) -> str:
        return Trust(_SIGNER.replace("eu-west-1", region), _CLIENT, "https://idp", _GROUPS, "groups").balancer_keys

    assert where("eu-west-1") == "https://public-keys.auth.elb.eu-west-1.amazonaws.com"
    assert where("us-gov-west-1") == "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1"
