// After the one key: nothing but black, and the words of whoever looks after their people.

import { el, replace } from "./element.js"
import { shown } from "./times.js"
import { WORDS } from "./words.js"

export class BlackScreen {
  constructor() {
    this.words = el("div", { class: "said" })
    this.buttons = el("div", { class: "buttons" })
    this.element = el("dialog", { class: "black-screen", "aria-labelledby": "black-title" }, this.words, this.buttons)
    // Escape is no answer.
    this.element.addEventListener("cancel", (event) => event.preventDefault())
  }

  /** At once, before anything was sent. */
  show(support) {
    replace(
      this.words,
      el("h1", { id: "black-title", tabindex: -1, text: WORDS.seal.title }),
      el("p", { text: WORDS.seal.told }),
      support ? el("p", { class: "support", text: shown(support, { longest: 4000, lines: true }) }) : null,
    )
    replace(this.buttons)
    this.element.showModal()
    this.words.querySelector("h1").focus()
  }

  /** It is sealed: whoever is there goes on, or rests. */
  done({ go, rest }) {
    const then = (listener) => () => {
      this.element.close()
      replace(this.words)
      listener()
    }
    replace(
      this.buttons,
      el("button", { type: "button", text: WORDS.seal.go, on: { click: then(go) } }),
      el("button", { type: "button", text: WORDS.seal.rest, on: { click: then(rest) } }),
    )
  }

  /** It could not be sealed. The screen stays black. */
  failed(message, again) {
    replace(
      this.buttons,
      el("p", { class: "trouble", role: "alert", text: `${WORDS.seal.failed} ${message}` }),
      el("button", { type: "button", text: WORDS.seal.retry, on: { click: again } }),
    )
  }
}
