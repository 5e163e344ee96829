// How a restricted video may be shown: a small form that opens with its key.

import { el } from "./element.js"
import { WORDS } from "./words.js"

const USUAL_AGE = 18

/** Tells `given` listeners that the form was sent. */
export class RestrictionForm extends EventTarget {
  constructor() {
    super()
    const field = (name, options) => {
      const input = el("input", { id: `restriction-${name}`, name, ...options })
      return { input, row: el("div", { class: "field" }, el("label", { for: input.id, text: WORDS.restriction[name] }), input) }
    }
    const box = (name) => {
      const input = el("input", { id: `restriction-${name}`, name, type: "checkbox" })
      return { input, row: el("div", { class: "check" }, input, el("label", { for: input.id, text: WORDS.restriction[name] })) }
    }
    this.fields = {
      age: field("age", { type: "number", min: 1, max: 99, inputmode: "numeric", placeholder: USUAL_AGE }),
      territories: field("territories", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: "DE, AT" }),
      warning_label: field("warning_label", { type: "text", maxlength: 200, autocomplete: "off" }),
      demote: box("demote"),
      demonetise: box("demonetise"),
    }
    this.trouble = el("p", { class: "trouble", role: "alert" })
    this.element = el(
      "form",
      { class: "restriction", hidden: true, novalidate: true, "aria-label": WORDS.restriction.title },
      el("h2", { text: WORDS.restriction.title }),
      ...Object.values(this.fields).map(({ row }) => row),
      this.trouble,
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "submit", class: "primary", text: WORDS.restriction.send }, el("kbd", { text: "Enter", "aria-hidden": "true" })),
        el("button", { type: "button", text: WORDS.restriction.close, on: { click: () => this.close() } }, el("kbd", { text: "Esc", "aria-hidden": "true" })),
      ),
    )
    this.element.addEventListener("submit", (event) => {
      event.preventDefault()
      this.dispatchEvent(new Event("given"))
    })
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close()
    })
  }

  get isOpen() {
    return !this.element.hidden
  }

  /** What is filled in, as the interface takes it; null where that is nothing. */
  get value() {
    const { age, territories, warning_label: warning, demote, demonetise } = this.fields
    const codes = territories.input.value.toUpperCase().split(/[\s,;]+/).filter(Boolean)
    const value = {
      age: age.input.value === "" ? null : Number(age.input.value),
      territories: codes,
      warning_label: warning.input.value.trim() || null,
      demote: demote.input.checked,
      demonetise: demonetise.input.checked,
    }
    return value.age !== null || codes.length || value.warning_label || value.demote || value.demonetise ? value : null
  }

  set value(value) {
    const { age, territories, warning_label: warning, demote, demonetise } = this.fields
    age.input.value = value?.age ?? ""
    territories.input.value = (value?.territories ?? []).join(", ")
    warning.input.value = value?.warning_label ?? ""
    demote.input.checked = Boolean(value?.demote)
    demonetise.input.checked = Boolean(value?.demonetise)
  }

  open() {
    this.element.hidden = false
    this.trouble.textContent = ""
    this.element.scrollIntoView({ block: "nearest" })
    this.fields.age.input.focus({ preventScroll: true })
    this.fields.age.input.select()
  }

  close() {
    const focused = this.element.contains(document.activeElement)
    this.element.hidden = true
    if (focused) document.activeElement.blur()
  }

  tell(text) {
    this.trouble.textContent = text
  }
}
