"""Pages: shells without data, the same for everybody. What they show they ask for by themselves."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from reelsift import __version__

if TYPE_CHECKING:
    from reelsift.console.resources import Resources

STATIC = resources.files(__package__).joinpath("static")
"""Style sheets, modules and pictures."""


def page(path: str, template: str) -> Route:
    """A route that answers with a page."""

    async def answer(request: Request) -> Response:
        served: Resources = request.app.state.resources
        return HTMLResponse(_environment().get_template(template).render(access=served.gate.kind, version=__version__))

    return Route(path, answer, name=template)


def static_files() -> Mount:
    """What pages load."""
    return Mount("/static", StaticFiles(directory=str(STATIC)), name="static")


@cache
def _environment() -> Environment:
    # The patterns of categories are those of the report's pages.
    loader = ChoiceLoader([PackageLoader(__package__), PackageLoader("reelsift.reports")])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
