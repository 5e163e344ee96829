"""What pages of leads ask for."""

from starlette.routing import BaseRoute

from reelsift.console.endpoint import Handler, endpoint
from reelsift.console.leading import appeals, audit, batches, found, people, policy, quality, queues, sealed, video
from reelsift.console.viewer import Role

_LEAD = frozenset({Role.LEAD})
_SPECIALIST = frozenset({Role.SPECIALIST})


def _lead(path: str, handler: Handler, method: str = "GET") -> BaseRoute:
    return endpoint(f"/lead{path}", handler, methods=(method,), roles=_LEAD)


ROUTES: list[BaseRoute] = [
    _lead("/queues", queues.queues),
    _lead("/batches", batches.batches),
    _lead("/batches/{batch_id}/findings", batches.findings),
    _lead("/batches/{batch_id}", batches.batch),
    _lead("/search", found.search),
    _lead("/appeals", appeals.appeals),
    _lead("/audit", audit.audit),
    _lead("/audit.csv", audit.audit_csv),
    _lead("/policy", policy.policy),
    _lead("/policy/versions/{epoch}", policy.version),
    _lead("/policy/tests", policy.tests),
    _lead("/policy/tests", policy.start_test, "POST"),
    _lead("/policy/tests/{run_id}", policy.test),
    _lead("/quality", quality.quality),
    _lead("/people", people.people),
    _lead("/limits/{by}", people.limits),
    _lead("/limits/{by}", people.put_limits, "PUT"),
    endpoint("/lead/videos/{video_id}", video.video, roles=_LEAD | _SPECIALIST),
    endpoint("/lead/sealed", sealed.sealed, roles=_SPECIALIST),
]
