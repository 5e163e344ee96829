"""The console's pages in a real browser, as reviewers have them before them."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

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
        # The same page with another fragment would not be loaded anew.
        self.page.goto("about:blank")
        self.page.goto(self.person.page(path))

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

    def window(self, person: Person, **options: Any) -> Window:
        """A new window that shares nothing with the others."""
        context = self.browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
        context.set_default_timeout(PATIENCE_MS)
        window = Window(person, context, context.new_page())
        window.page.on("pageerror", lambda error: window.said.append(str(error)))
        window.page.on("console", lambda message: _note(window.said, message.type, message.text))
        window.page.on("dialog", lambda dialog: window.said.append(dialog.message))
        self.open_windows.append(window)
        return window

    def reviewer(self, person: Person, queue: str, **options: Any) -> Window:
        """Somebody who reviews one queue, before the start page."""
        chosen = person.get("/api/me").body["preferences"] | {"queues": [queue]}
        assert person.put("/api/me/preferences", chosen).status == 200
        window = self.window(person, **options)
        window.open()
        return window

    def close(self) -> None:
        """All windows."""
        while self.open_windows:
            self.open_windows.pop().context.close()


def _note(said: list[str], kind: str, text: str) -> None:
    # That a request was refused is for the page to say, and the browser says it too.
    if kind in {"error", "warning"} and "Failed to load resource" not in text:
        said.append(text)
