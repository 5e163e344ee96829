"""Pages: shells without data, the same for everybody. What they show they ask for by themselves."""

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from reelsift import __version__

if TYPE_CHECKING:
    from reelsift.console.resources import Resources

STATIC_PATH = "/static/"

STATIC = Path(str(resources.files(__package__).joinpath("static")))
"""Style sheets, modules and pictures."""


@cache
def static_url() -> str:
    """Where pages find the files of STATIC: below a digest of them all. So browsers may keep them for good, and find
    those of another version elsewhere.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(STATIC)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return f"{STATIC_PATH}{digest.hexdigest()[:16]}"


def page(path: str, template: str) -> Route:
    """A route that answers with a page."""

    async def answer(request: Request) -> Response:
        served: Resources = request.app.state.resources
        shown = {"access": served.gate.kind, "static": static_url(), "version": __version__}
        return HTMLResponse(_environment().get_template(template).render(shown))

    return Route(path, answer, name=template)


def static_files() -> Mount:
    """What pages load. Also below the digest of another version, of which a page is still open, or a console runs
    beside this one: that browsers do not keep.
    """
    # Reckoned now, and not while somebody waits for a page.
    static_url()
    return Mount(STATIC_PATH + "{digest}", StaticFiles(directory=str(STATIC)), name="static")


@cache
def _environment() -> Environment:
    # The patterns of categories are those of the report's pages.
    loader = ChoiceLoader([PackageLoader(__package__), PackageLoader("reelsift.reports")])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
