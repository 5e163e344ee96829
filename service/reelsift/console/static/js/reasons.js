// The reasons of the catalogue, numbered. Their policy text and examples are one key away.

import { el } from "./element.js"
import { icon } from "./icons.js"
import { shown } from "./times.js"
import { WORDS } from "./words.js"

/** Reasons that have a digit of their own: 1 to 9, and 0. */
const NUMBERED = 10

/** Tells `change` listeners that others are chosen now. */
export class Reasons extends EventTarget {
  #buttons = new Map()

  constructor(catalogue, { hint }) {
    super()
    this.catalogue = catalogue
    this.chosen = new Set()
    this.list = el("ol", { class: "reasons" }, ...catalogue.map((reason, place) => this.#entry(reason, place)))
    this.policyButton = el(
      "button",
      { type: "button", class: "quiet", "aria-pressed": "false", title: hint("policy"), on: { click: () => this.togglePolicy() } },
      icon("policy"),
      WORDS.reasons.policy,
    )
    this.element = el(
      "section",
      { class: "catalogue", "aria-labelledby": "reasons-title" },
      el("header", {}, el("h2", { id: "reasons-title", text: WORDS.reasons.title }), this.policyButton),
      this.list,
    )
  }

  get codes() {
    return this.catalogue.filter(({ code }) => this.chosen.has(code)).map(({ code }) => code)
  }

  set codes(codes) {
    this.chosen = new Set(codes.filter((code) => this.#buttons.has(code)))
    this.#show()
  }

  /** Turns the reason with this number, from 1; nothing where there is none. */
  turnNumber(number) {
    const reason = this.catalogue[number - 1]
    if (reason) this.turn(reason.code)
    return reason ?? null
  }

  turn(code) {
    if (!this.chosen.delete(code)) this.chosen.add(code)
    this.#show()
    this.dispatchEvent(new Event("change"))
  }

  togglePolicy(open = this.policyButton.getAttribute("aria-pressed") !== "true") {
    this.policyButton.setAttribute("aria-pressed", String(open))
    this.list.classList.toggle("with-policy", open)
  }

  /** Draws the eye to it: a reason is missing. */
  ask() {
    this.element.classList.remove("asked")
    // A class that is set anew begins its animation anew only after the page was laid out without it.
    void this.element.offsetWidth
    this.element.classList.add("asked")
  }

  #show() {
    for (const [code, button] of this.#buttons) button.setAttribute("aria-pressed", String(this.chosen.has(code)))
  }

  #entry(reason, place) {
    const button = el(
      "button",
      { type: "button", class: "reason", "aria-pressed": "false", on: { click: () => this.turn(reason.code) } },
      el("kbd", { text: place < NUMBERED ? String((place + 1) % 10) : "", "aria-hidden": "true" }),
      el("span", { text: shown(reason.words, { longest: 200 }) }),
      el("span", { class: "tick" }, icon("approve")),
    )
    this.#buttons.set(reason.code, button)
    return el(
      "li",
      {},
      button,
      el(
        "div",
        { class: "policy" },
        el("p", { text: shown(reason.explanation, { longest: 2000, lines: true }) }),
        reason.examples?.length
          ? el("ul", {}, ...reason.examples.map((text) => el("li", { text: shown(text, { longest: 500 }) })))
          : null,
        el("p", { class: "soft", text: WORDS.reasons.ground(WORDS.reasons.grounds[reason.ground] ?? shown(reason.ground), shown(reason.reference, { longest: 500 })) }),
      ),
    )
  }
}
