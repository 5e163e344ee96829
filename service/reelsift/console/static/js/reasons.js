// The reasons of the catalogue. The first ten have a digit, all are found by a part of their words; their policy text and
// examples are one key away.

import { el } from "./element.js"
import { icon } from "./icons.js"
import { shown } from "./times.js"
import { WORDS } from "./words.js"

/** Reasons that have a digit of their own: 1 to 9, and 0. */
const NUMBERED = 10

/** Characters: as long as the words of a reason may be. */
const LONGEST_SEARCH = 200

const BY_ARROW = { ArrowDown: 1, ArrowUp: -1 }

/** Tells `change` listeners that others are chosen now, and `left` ones that whoever looked for a reason has ended that. */
export class Reasons extends EventTarget {
  #buttons = new Map()

  constructor(catalogue, { keys }) {
    super()
    this.catalogue = catalogue
    this.chosen = new Set()
    this.list = el("ol", { class: "reasons", id: "reasons" }, ...catalogue.map((reason, place) => this.#entry(reason, place)))
    this.list.addEventListener("keydown", (event) => this.#moved(event))
    this.findButton = el(
      "button",
      { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "find", title: keys.hint("find_reason"), on: { click: () => (this.finder.hidden ? this.find() : this.#leave()) } },
      icon("find_reason"),
      WORDS.reasons.find,
      el("kbd", { text: keys.name("find_reason"), "aria-hidden": "true" }),
    )
    this.field = el("input", {
      type: "text",
      maxlength: LONGEST_SEARCH,
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": WORDS.reasons.findName,
      "aria-controls": "reasons",
      "aria-describedby": "find-how",
      on: { input: () => this.#search(), keydown: (event) => this.#typed(event) },
    })
    this.found = el("p", { class: "hint", role: "status" })
    this.finder = el(
      "div",
      { class: "finder", id: "find", hidden: true },
      this.field,
      el("p", { class: "hint", id: "find-how", text: WORDS.reasons.findHow }),
    )
    this.policyButton = el(
      "button",
      { type: "button", class: "quiet", "aria-pressed": "false", title: keys.hint("policy"), on: { click: () => this.togglePolicy() } },
      icon("policy"),
      WORDS.reasons.policy,
    )
    this.element = el(
      "section",
      { class: "catalogue", "aria-labelledby": "reasons-title" },
      el("header", {}, el("h2", { id: "reasons-title", text: WORDS.reasons.title }), el("span", { class: "tools" }, this.findButton, this.policyButton)),
      this.finder,
      this.found,
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

  /** Opens the field by which reasons are found: those that have all that is written there in their words. */
  find() {
    this.finder.hidden = false
    this.findButton.setAttribute("aria-expanded", "true")
    this.field.value = ""
    this.#search()
    this.field.focus()
  }

  #leave() {
    this.finder.hidden = true
    this.findButton.setAttribute("aria-expanded", "false")
    for (const button of this.#buttons.values()) button.parentElement.hidden = false
    this.found.textContent = ""
    this.#mark(null)
    this.dispatchEvent(new Event("left"))
  }

  get #shown() {
    return this.catalogue.filter(({ code }) => !this.#buttons.get(code).parentElement.hidden)
  }

  #search() {
    const parts = folded(this.field.value).split(/\s+/)
    for (const { code, words } of this.catalogue) {
      const text = folded(`${words} ${code}`)
      this.#buttons.get(code).parentElement.hidden = !parts.every((one) => text.includes(one))
    }
    const [first] = this.#shown
    this.#mark(first)
    // Before anything is written nothing has to be said: the field has told what it is for.
    if (parts.join("") === "") this.found.textContent = ""
    else if (!first) this.found.textContent = WORDS.reasons.foundNone
    else this.found.textContent = WORDS.reasons.found(this.#shown.length, nameOf(first), this.chosen.has(first.code))
  }

  #mark(first) {
    for (const [code, button] of this.#buttons) button.classList.toggle("first", code === first?.code)
  }

  #typed(event) {
    if (event.isComposing) return
    if (event.key === "Enter" && !event.repeat) {
      event.preventDefault()
      const [first] = this.#shown
      if (first && this.field.value.trim()) this.#take(first)
    } else this.#moved(event)
  }

  /** From the field into the list, through it, and back. */
  #moved(event) {
    if (event.key === "Escape" && !this.finder.hidden) this.#leave()
    const by = BY_ARROW[event.key]
    if (!by || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return
    const stops = [...(this.finder.hidden ? [] : [this.field]), ...this.#shown.map(({ code }) => this.#buttons.get(code))]
    event.preventDefault()
    stops[Math.min(Math.max(stops.indexOf(document.activeElement) + by, 0), stops.length - 1)]?.focus()
  }

  /** One that was looked for: then that is over. */
  #take(reason) {
    this.turn(reason.code)
    this.#leave()
    this.found.textContent = WORDS.reasons.taken(nameOf(reason), this.chosen.has(reason.code))
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
      { type: "button", class: "reason", "aria-pressed": "false", on: { click: () => (this.finder.hidden ? this.turn(reason.code) : this.#take(reason)) } },
      el("kbd", { text: place < NUMBERED ? String((place + 1) % 10) : "", "aria-hidden": "true" }),
      el("span", { text: nameOf(reason) }),
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

const nameOf = ({ words }) => shown(words, { longest: LONGEST_SEARCH })

/** As it is compared: without capitals and accents. */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim()
