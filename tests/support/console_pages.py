"""The console's pages in a real browser, as reviewers have them before them."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from reelsift.console.pages import static_url
from support.console_site import ConsoleSite, Person
from support.patience import PATIENCE_S

PATIENCE_MS = PATIENCE_S * 1000

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Window:
    """A window of the browser in which somebody uses the console. `said` is what the browser complained of."""

    person: Person
    context: BrowserContext
    page: Page
    said: list[str] = field(default_factory=list)

    @property
    def words(self) -> Locator:
        """What is to be decided, in words."""
        return self.page.locator("article.words")

    @property
    def asks(self) -> Locator:
        """The sentence above the decisions."""
        return self.page.locator(".decisions .ask")

    @property
    def toast(self) -> Locator:
        return self.page.locator(".toast")

    def open(self, path: str = "/") -> None:
        address = self.person.page(path)
        if self.page.url.partition("#")[0] == address.partition("#")[0]:
            # The same page with another fragment would not be loaded anew.
            self.page.goto("about:blank")
        self.page.goto(address)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def begin(self) -> None:
        """From the start page to the first video, which may be decided."""
        self.page.locator(".panel .primary").wait_for(timeout=PATIENCE_MS)
        self.press("Enter")
        self.wait_for_item()

    def wait_for_item(self, but: str | None = None) -> None:
        """Until a video may be decided, and not the one of the key `but`."""
        if but is not None:
            expect(self.page.locator(".words .file").filter(has_text=but)).to_have_count(0)
        self.page.locator(".decisions.ready").wait_for(timeout=PATIENCE_MS)

    def key(self) -> str:
        """The key of the video that is shown."""
        uri = self.page.locator(".words .file bdi").inner_text()
        return uri.removeprefix("s3://").partition("/")[2]

    def look(self) -> None:
        """At the frames of all peaks."""
        self.press("v")
        peaks = self.page.locator(".strip li").count()
        expect(self.page.locator(".strip .opened")).to_have_count(peaks)

    def ask(self, function: str, argument: Any = None) -> Any:
        """What a function of the page says."""
        return self.page.evaluate(function, argument)


@dataclass
class ConsolePages:
    """The console, and a browser to open it in."""

    site: ConsoleSite
    browser: Browser
    open_windows: list[Window] = field(default_factory=list)
    _usual: "UsualProfile | None" = None

    def window(self, person: Person, *, alone: bool = False) -> Window:
        """A new window that finds nothing of what the others keep, of somebody who wants no motion. Whoever sets its
        clock has it `alone`.
        """
        context = self._context(alone=alone)
        window = Window(person, context, context.new_page())
        window.page.on("pageerror", lambda error: window.said.append(str(error)))
        window.page.on("console", lambda message: _note(window.said, message.type, message.text))
        window.page.on("dialog", lambda dialog: window.said.append(dialog.message))
        self.open_windows.append(window)
        return window

    def reviewer(self, person: Person, queue: str, *, alone: bool = False) -> Window:
        """Somebody who reviews one queue, before the start page."""
        chosen = person.get("/api/me").body["preferences"] | {"queues": [queue]}
        assert person.put("/api/me/preferences", chosen).status == 200
        window = self.window(person, alone=alone)
        window.open()
        return window

    def close(self) -> None:
        """All windows."""
        for context in {window.context for window in self.open_windows}:
            if self._usual is not None and context is self._usual.context:
                self._usual.clear()
            else:
                context.close()
        self.open_windows.clear()

    def _context(self, *, alone: bool) -> BrowserContext:
        if not alone:
            self._usual = self._usual or UsualProfile(self.site.url, self._new_context())
            if all(window.context is not self._usual.context for window in self.open_windows):
                return self._usual.context
        return self._new_context()

    def _new_context(self) -> BrowserContext:
        # What moves is painted sixty times a second, for all the time in which a decision can be undone.
        context = self.browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        return context


class UsualProfile:
    """What one window after the other is opened in, each after the last has gone with all that it kept.

    Most of what a new profile costs is a process for its pages, and to fetch and to compile the same scripts once more.
    """

    def __init__(self, origin: str, context: BrowserContext) -> None:
        self.context = context
        self._origin = origin
        # A page of the site without a script: as long as it is open, the site's process lives.
        self._anchor = context.new_page()
        self._anchor.goto(f"{origin}{static_url()}/css/base.css")
        self._storage = context.new_cdp_session(self._anchor)

    def clear(self) -> None:
        for page in self.context.pages:
            if page is not self._anchor:
                page.close()
        self.context.clear_cookies()
        self._storage.send("Storage.clearDataForOrigin", {"origin": self._origin, "storageTypes": "all"})


def _note(said: list[str], kind: str, text: str) -> None:
    # That a request was refused is for the page to say, and the browser says it too.
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        said.append(text)
