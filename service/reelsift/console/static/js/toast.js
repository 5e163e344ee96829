// What was just decided, for as long as it can be undone.

import { el, replace } from "./element.js"
import { icon } from "./icons.js"
import { WORDS } from "./words.js"

export class Toast {
  #timer = null
  #undo = null

  constructor({ keys }) {
    this.keys = keys
    this.element = el("div", { class: "toast", hidden: true, role: "status" })
  }

  /** Whether there is something to undo. */
  get canUndo() {
    return this.#undo !== null
  }

  /** Says it. `undo` is called when it is to be undone within `forMs`. */
  show(text, { forMs = 4000, undo = null } = {}) {
    this.#over()
    this.#undo = undo
    const left = el("span", { class: "left", "aria-hidden": "true" })
    left.style.setProperty("--left", `${forMs}ms`)
    replace(
      this.element,
      el("span", { text }),
      undo
        ? el(
            "button",
            { type: "button", class: "quiet", on: { click: () => this.undo() } },
            icon("undo"),
            WORDS.actions.undo,
            el("kbd", { text: this.keys.name("undo"), "aria-hidden": "true" }),
          )
        : null,
      undo ? left : null,
    )
    this.element.hidden = false
    this.#timer = setTimeout(() => this.hide(), forMs)
  }

  undo() {
    const undo = this.#undo
    this.hide()
    undo?.()
  }

  hide() {
    this.#over()
    this.element.hidden = true
    replace(this.element)
  }

  #over() {
    clearTimeout(this.#timer)
    this.#undo = null
  }
}
