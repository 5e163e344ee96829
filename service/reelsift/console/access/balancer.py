"""Behind a load balancer of AWS that logs people in: whoever it says is logged in, and nobody else."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from starlette.requests import HTTPConnection

from reelsift.aws.people import LONGEST_NAME, People
from reelsift.console.access.gate import Forbidden, Unauthorised
from reelsift.console.access.login import BalancerLogins, CognitoTokens, Login, NotLoggedIn
from reelsift.console.access.origin import Origin
from reelsift.console.access.signing_keys import BalancerKeys, IssuerKeys, KeysUnavailable
from reelsift.console.refusals import Refused
from reelsift.console.viewer import Role, Viewer
from reelsift.reviews.reviewer import Reviewer
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.settings import Settings, SettingsError

LOGIN_HEADER = "x-amzn-oidc-data"
ACCESS_TOKEN_HEADER = "x-amzn-oidc-accesstoken"  # noqa: S105 -- the name of a header

_MOST_PEOPLE = 1000
_PSEUDONYM_S = 60
"""So long a pseudonym may be used on after its owner was erased."""

_LOGIN_AGAIN = "your login is not known, or has ended: load the page anew to sign in"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a console behind a load balancer believes, and which group has which role.

    `signer` is the ARN of the balancer; `client` and `issuer` are those it logs people in with. `roles_claim` is the
    claim that names their groups; None where they are in the access token of Cognito.
    """

    signer: str
    client: str
    issuer: str
    groups: Mapping[Role, str]
    roles_claim: str | None

    @property
    def balancer_keys(self) -> str:
        """Where the region publishes the keys of its load balancers."""
        region = self.signer.split(":")[3]
        if region.startswith("us-gov-"):
            return f"https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}"
        return f"https://public-keys.auth.elb.{region}.amazonaws.com"

    @property
    def issuer_keys(self) -> str:
        return f"{self.issuer}/.well-known/jwks.json"


class BalancerGate:
    """Admits requests to exactly its own host, from who is logged in at the balancer and is in one of the groups."""

    kind = "balancer"
    has_sessions = True

    def __init__(
        self,
        people: People,
        origin: Origin,
        trust: Trust,
        *,
        balancer_keys: str | None = None,
        clock: Clock = SystemClock(),
    ) -> None:
        """`balancer_keys` is where keys of balancers are, where that is not AWS."""
        self._people = people
        self._origin = origin
        self._trust = trust
        self._clock = clock
        self._logins = BalancerLogins(
            signer=trust.signer,
            client=trust.client,
            issuer=trust.issuer,
            keys=BalancerKeys(balancer_keys or trust.balancer_keys, clock),
            clock=clock,
        )
        self._tokens = CognitoTokens(
            client=trust.client, issuer=trust.issuer, keys=IssuerKeys(trust.issuer_keys, clock), clock=clock
        )
        self._pseudonyms: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def admit(self, connection: HTTPConnection) -> None:
        self._origin.require(connection)

    async def viewer(self, connection: HTTPConnection) -> Viewer:
        try:
            login = await self._logins.login(_only(connection, LOGIN_HEADER))
            groups = await self._groups(connection, login)
        except NotLoggedIn as refusal:
            _log.warning("console_login_refused", reason=refusal.reason)
            raise Unauthorised(_LOGIN_AGAIN) from None
        except KeysUnavailable:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "your login cannot be checked now: try again in a moment"
            ) from None
        roles = frozenset(role for role, group in self._trust.groups.items() if group in groups)
        if not roles:
            raise Forbidden("you are logged in, but in no group that may use this console: ask whoever runs it")
        principal = await self._pseudonym(login.principal)
        # A lead who reviews sees in their lists what others have decided.
        who = Reviewer(principal, principal, sees_outcomes=Role.LEAD in roles)
        return Viewer(who, roles, _name(login))

    async def _groups(self, connection: HTTPConnection, login: Login) -> frozenset[str]:
        if self._trust.roles_claim is not None:
            return _listed(login.told.get(self._trust.roles_claim))
        return _listed(await self._tokens.groups(_only(connection, ACCESS_TOKEN_HEADER), login))

    async def _pseudonym(self, principal: str) -> str:
        now = self._clock.monotonic()
        known, until = self._pseudonyms.get(principal, ("", now))
        if now >= until:
            known = await self._people.pseudonym(principal)
            self._pseudonyms[principal] = known, now + _PSEUDONYM_S
            self._pseudonyms.move_to_end(principal)
            while len(self._pseudonyms) > _MOST_PEOPLE:
                self._pseudonyms.popitem(last=False)
        return known


def balancer_gate(people: People, settings: Settings) -> BalancerGate:
    """The gate of these settings. Raises SettingsError where they leave open whom to believe."""
    needed = ("console_url", *(f"console_oidc_{part}" for part in ("provider", "signer", "issuer", "client")))
    missing = [f"REELSIFT_{name.upper()}" for name in needed if getattr(settings, name) is None]
    if missing:
        raise SettingsError(f"a console behind a load balancer needs {', '.join(missing)}")
    scheme, _, host = str(settings.console_url).partition("://")
    trust = Trust(
        signer=str(settings.console_oidc_signer),
        client=str(settings.console_oidc_client),
        issuer=str(settings.console_oidc_issuer),
        groups={
            Role.REVIEWER: settings.console_reviewers,
            Role.LEAD: settings.console_leads,
            Role.SPECIALIST: settings.console_specialists,
        },
        roles_claim=None if settings.console_oidc_provider == "cognito" else settings.console_oidc_roles_claim,
    )
    return BalancerGate(people, Origin(scheme, host), trust)


def _only(connection: HTTPConnection, name: str) -> str:
    """A header that is there once. Raises NotLoggedIn."""
    sent = connection.headers.getlist(name)
    if len(sent) != 1:
        raise NotLoggedIn("missing" if not sent else "doubled")
    return sent[0]


def _listed(groups: object) -> frozenset[str]:
    """Names of groups: a list, or a text with commas, as providers write it who know no lists."""
    if isinstance(groups, str):
        return frozenset(group.strip() for group in groups.split(","))
    if isinstance(groups, list):
        return frozenset(group for group in groups if isinstance(group, str))
    return frozenset()


def _name(login: Login) -> str | None:
    """What colleagues call them. People may write it themselves, so nothing is decided by it."""
    name = login.told.get("name")
    return name if isinstance(name, str) and name.isprintable() and 0 < len(name.strip()) <= LONGEST_NAME else None
