// What can be done, and by which key. The bar stays where it is, so that hands and eyes learn it.

import { el, replace } from "./element.js"
import { icon } from "./icons.js"
import { LEAST_MS } from "./decision_gate.js"
import { WORDS } from "./words.js"

const DECISIONS = ["approve", "restrict", "reject", "escalate"]
const OF_APPEALS = ["uphold", "approve", "restrict", "reject", "escalate"]
const ASIDE = ["skip", "park"]

export class DecisionBar {
  #buttons = new Map()

  /** `act` is called with the action whose button was pressed; `keys` knows how keys are written. */
  constructor({ act, keys }) {
    this.act = act
    this.keys = keys
    this.line = el("span", { class: "wait", "aria-hidden": "true" })
    this.line.style.setProperty("--wait", `${LEAST_MS}ms`)
    this.words = el("p", { class: "ask", role: "status" })
    this.row = el("div", { class: "row" })
    this.element = el("footer", { class: "decisions", "aria-label": WORDS.bar.name, hidden: true }, this.line, this.words, this.row)
  }

  /** The decisions for an item. None can be taken until `ready`. */
  show(item, { readOnly = false } = {}) {
    this.#buttons = new Map()
    const decisions = readOnly ? [] : item.appeal ? OF_APPEALS : DECISIONS
    replace(
      this.row,
      el("div", { class: "main" }, ...decisions.map((action) => this.#button(action, item.appeal))),
      el("div", { class: "aside" }, ...(readOnly ? [] : ASIDE).map((action) => this.#button(action))),
      el("div", { class: "last" }, this.#button("seal")),
    )
    this.tell("")
    this.element.hidden = false
    this.element.classList.remove("ready", "painted")
  }

  hide() {
    this.element.hidden = true
    replace(this.row)
  }

  painted() {
    this.element.classList.add("painted")
    this.#decide("true")
  }

  ready() {
    this.element.classList.add("ready")
    this.#decide(null)
  }

  busy(busy) {
    this.element.classList.toggle("busy", busy)
    this.element.setAttribute("aria-busy", String(busy))
  }

  /** A sentence above the buttons; an empty one takes it away. */
  tell(text, { grave = false } = {}) {
    this.words.textContent = text
    this.words.classList.toggle("grave", grave)
  }

  #decide(disabled) {
    for (const action of OF_APPEALS) {
      const button = this.#buttons.get(action)
      if (disabled) button?.setAttribute("aria-disabled", disabled)
      else button?.removeAttribute("aria-disabled")
    }
  }

  #button(action, appeal = false) {
    const words = appeal ? (WORDS.bar.ofAppeals[action] ?? WORDS.actions[action]) : WORDS.actions[action]
    const button = el(
      "button",
      {
        type: "button",
        class: `decide ${action}`,
        "aria-keyshortcuts": this.keys.shortcut(action),
        "aria-disabled": OF_APPEALS.includes(action) ? "true" : null,
        on: { click: () => this.act(action) },
      },
      icon(action),
      el("span", { text: words }),
      el("kbd", { text: this.keys.name(action), "aria-hidden": "true" }),
    )
    this.#buttons.set(action, button)
    return button
  }
}
