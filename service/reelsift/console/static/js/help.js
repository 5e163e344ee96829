// All keys at a glance, by `?`.

import { el, replace } from "./element.js"
import { WORDS } from "./words.js"

const GROUPS = Object.freeze({
  decide: ["approve", "restrict", "reject", "escalate", "uphold", "undo", "skip", "park", "seal"],
  look: ["find_reason", "policy", "note", "next_peak", "previous_peak", "break", "help"],
  pictures: ["peaks", "play", "previous_frame", "next_frame", "slower", "faster", "blur", "grey", "mute"],
})

export class Help {
  constructor(keys) {
    this.keys = keys
    this.element = el("dialog", { class: "sheet help-sheet", "aria-labelledby": "help-title" })
    // The key that opens it closes it too.
    this.element.addEventListener("keydown", (event) => {
      if (event.key === keys.keys.help && !event.repeat) {
        event.preventDefault()
        this.element.close()
      }
    })
  }

  open() {
    const close = el("button", { type: "button", on: { click: () => this.element.close() } }, WORDS.help.close, el("kbd", { text: "Esc", "aria-hidden": "true" }))
    replace(
      this.element,
      el("header", {}, el("h2", { id: "help-title", text: WORDS.help.title }), close),
      el("div", { class: "groups" }, ...Object.entries(GROUPS).map(([group, actions]) => this.#group(group, actions))),
      el("p", { class: "hint", text: WORDS.help.gate }),
      el("p", { class: "hint", text: WORDS.help.about }),
    )
    this.element.showModal()
    close.focus()
  }

  #group(group, actions) {
    const rows = actions.map((action) => row(WORDS.actions[action], this.keys.name(action)))
    if (group === "look") rows.unshift(row(WORDS.help.digits, "1 – 9, 0"))
    return el("section", {}, el("h3", { text: WORDS.help.groups[group] }), el("dl", {}, ...rows.flat()))
  }
}

function row(words, key) {
  return [el("dt", { text: words }), el("dd", {}, el("kbd", { text: key }))]
}
