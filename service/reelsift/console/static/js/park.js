// For whom an item is parked: oneself, or a colleague by name.

import { el, replace } from "./element.js"
import { shown } from "./times.js"
import { WORDS } from "./words.js"

export class ParkSheet {
  constructor() {
    this.element = el("dialog", { class: "sheet park-sheet", "aria-labelledby": "park-title" })
  }

  /** Whom it is for: a pseudonym, null for oneself, undefined where it is not parked after all. */
  ask(colleagues) {
    return new Promise((resolve) => {
      let answer
      const choose = (by) => {
        answer = by
        this.element.close()
      }
      const choices = [
        el("button", { type: "button", text: WORDS.park.me, on: { click: () => choose(null) } }),
        ...colleagues.map(({ by, name }) =>
          el("button", { type: "button", text: WORDS.park.colleague(shown(name ?? by, { longest: 80 })), on: { click: () => choose(by) } }),
        ),
      ]
      replace(
        this.element,
        el("h2", { id: "park-title", text: WORDS.park.title }),
        el("div", { class: "choices" }, ...choices),
        el("button", { type: "button", class: "quiet", text: WORDS.park.cancel, on: { click: () => this.element.close() } }),
      )
      this.element.addEventListener("close", () => resolve(answer), { once: true })
      this.element.onkeydown = (event) => arrows(event, choices)
      this.element.showModal()
      choices[0].focus()
    })
  }
}

function arrows(event, choices) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!by) return
  event.preventDefault()
  const place = choices.indexOf(document.activeElement)
  choices[(place + by + choices.length) % choices.length].focus()
}
