// The line above every page: where one is, what the day was like, and the theme.

import { el, replace, svg } from "./element.js"
import { icon } from "./icons.js"
import { training } from "./session.js"
import { signOut } from "./sign_out.js"
import { THEMES, theme, useTheme } from "./theme.js"
import { WORDS } from "./words.js"

const PAGES = [
  ["review", "/"],
  ["decisions", "/decisions"],
  ["preferences", "/preferences"],
]

/** For whoever has one of these roles: the first that fits. */
const OF_ROLES = [
  ["lead", "/lead", "lead"],
  ["sealed", "/lead/sealed", "specialist"],
]

/**
 * Fills the header of the page. `preferences` keep the theme; `tools` are buttons of the page's own; `leaving` gives back
 * what the page holds.
 */
export class Masthead {
  constructor({ page, me, preferences, tools = [], leaving = async () => {} }) {
    this.preferences = preferences
    this.day = el("span", { class: "day" })
    this.themeButton = el("button", { type: "button", class: "tool", on: { click: () => this.#turn() } })
    const pages = [...PAGES, ...OF_ROLES.filter(([, , role]) => me.roles?.includes(role)).slice(0, 1)]
    const suffix = training ? "?training=1" : ""
    replace(
      document.getElementById("masthead"),
      el("a", { class: "brand", href: `/${suffix}` }, mark(), el("span", { text: "reelsift" })),
      el(
        "nav",
        { "aria-label": WORDS.masthead.nav },
        ...pages.map(([name, path]) =>
          el("a", { href: path + suffix, "aria-current": name === page || (name === "sealed" && page === "lead") ? "page" : null, text: WORDS.masthead[name] }),
        ),
      ),
      el("div", { class: "side" }, this.day, ...tools, this.themeButton, me.may_sign_out ? this.#signOut(leaving) : null),
    )
    const told = [training || me.training ? WORDS.masthead.training : "", me.read_only ? WORDS.masthead.readOnly : ""]
    replace(document.getElementById("notices"), ...told.filter(Boolean).map((text) => el("p", { text })))
    document.body.prepend(el("a", { class: "skip-link", href: "#main", text: WORDS.masthead.skip }))
    document.title = WORDS.title(WORDS.masthead[page] ?? page)
    this.count(me.day)
    this.#show()
  }

  /** What the day was like. */
  count(day) {
    if (day) this.day.textContent = WORDS.masthead.today(day.decided ?? 0, Math.round(day.minutes ?? 0))
  }

  #signOut(leaving) {
    const button = el(
      "button",
      { type: "button", class: "quiet" },
      icon("sign_out"),
      el("span", { text: WORDS.masthead.signOut }),
    )
    button.addEventListener("click", async () => {
      button.disabled = true
      try {
        await signOut(leaving)
      } catch (error) {
        button.disabled = false
        replace(document.getElementById("notices"), el("p", { role: "alert", text: WORDS.masthead.stillSignedIn(error.message) }))
      }
    })
    return button
  }

  #turn() {
    useTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length])
    this.preferences.keep({ theme: theme() })
    this.#show()
  }

  #show() {
    replace(this.themeButton, icon(theme()), el("span", { class: "spoken", text: WORDS.masthead.theme[theme()] }))
    this.themeButton.title = WORDS.masthead.theme[theme()]
  }
}

function mark() {
  return svg(
    "svg",
    { class: "logo", viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true", focusable: "false" },
    svg("rect", { x: 1.5, y: 3.5, width: 17, height: 13, rx: 3 }),
    svg("path", { d: "M5 13.5v-4M8.3 13.5V7M11.6 13.5v-2.5M15 13.5V6" }),
  )
}
