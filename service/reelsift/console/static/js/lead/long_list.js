// A list that is fetched a page at a time. A page may be empty although more come: what is rare lies far apart.

import { call } from "../api.js"
import { el, replace } from "../element.js"
import { WORDS } from "../words.js"
import { table, tableRow } from "./table.js"

/** Pages that are fetched one after the other while they bring next to nothing. */
const MOST_AT_ONCE = 8
const ENOUGH = 10

/** Fetches `path`, with `after` added, and shows the rows that `rowsOf` takes out of an answer. */
export class LongList {
  #after = null
  #rows = 0
  #pages = 0

  constructor({ path, caption, columns, none, rowsOf }) {
    this.path = path
    this.caption = caption
    this.columns = columns
    this.none = none
    this.rowsOf = rowsOf
    this.body = el("div", {})
    this.told = el("p", { class: "hint", role: "status" })
    this.more = el("button", { type: "button", hidden: true, text: WORDS.lead.more, on: { click: () => this.#go() } })
    this.element = el("div", { class: "long-list" }, this.body, this.told, this.more)
  }

  /** Fetches the first page. Its answer, for what else it says. Raises ApiError. */
  async begin() {
    return this.#fetch()
  }

  /** Fetches the first page anew, unless somebody has gone on from there, or stands in it. */
  async refresh() {
    if (this.#pages > 1 || this.body.contains(document.activeElement)) return
    const answer = await call("GET", this.path)
    const rows = this.rowsOf(answer)
    if (!rows.length) return
    this.#after = answer.after
    this.#rows = 0
    this.#add(rows)
    this.more.hidden = !this.#after
  }

  async #go() {
    this.more.disabled = true
    try {
      await this.#fetch()
    } catch (error) {
      this.told.textContent = error.message
    } finally {
      this.more.disabled = false
    }
  }

  async #fetch() {
    let answer = null
    this.told.textContent = WORDS.lead.looking
    const before = this.#rows
    for (let pages = 0; pages < MOST_AT_ONCE; pages += 1) {
      answer = await call("GET", this.#address())
      this.#pages += 1
      this.#after = answer.after
      this.#add(this.rowsOf(answer))
      if (this.#rows - before >= ENOUGH || !this.#after) break
    }
    this.more.hidden = !this.#after
    this.more.textContent = this.#rows ? WORDS.lead.more : WORDS.lead.lookOn
    this.told.textContent = this.#after && !this.#rows ? WORDS.lead.nothingYet : ""
    if (!this.#rows && !this.#after) replace(this.body, el("p", { class: "hint", text: this.none }))
    return answer
  }

  #address() {
    if (!this.#after) return this.path
    return `${this.path}${this.path.includes("?") ? "&" : "?"}after=${encodeURIComponent(this.#after)}`
  }

  #add(rows) {
    if (!rows.length) return
    if (!this.#rows) replace(this.body, table({ caption: this.caption, columns: this.columns, rows, none: this.none }))
    else this.body.querySelector("tbody").append(...rows.map((row) => tableRow(this.columns, row)))
    this.#rows += rows.length
  }
}
