// What several pages of leads are made of.

import { part } from "../api.js"
import { el } from "../element.js"
import { icon } from "../icons.js"
import { clock, confidence, moment, shown, span } from "../times.js"
import { WORDS } from "../words.js"

const STATUS_ICONS = { approved: "approve", restricted: "restrict", in_review: "seen", rejected: "reject", failed: "warning" }
const VERDICT_ICONS = { approve: "approve", review: "seen", reject: "reject", incomplete: "help" }

/** A heading that a page begins with, and what stands beside it. */
export function heading(text, ...beside) {
  return el("div", { class: "heading" }, el("h1", { tabindex: -1, text }), ...beside)
}

/** The status of a video: a word, and a picture that says nothing more. */
export function statusWord(status) {
  if (!status) return el("span", { class: "soft", text: WORDS.lead.none })
  return el("span", { class: `state ${status}` }, icon(STATUS_ICONS[status] ?? "other"), WORDS.lead.statuses[status] ?? shown(status))
}

/** The verdict of a policy. */
export function verdictWord(verdict) {
  if (!verdict) return el("span", { class: "soft", text: WORDS.lead.none })
  return el("span", { class: `state ${verdict}` }, icon(VERDICT_ICONS[verdict] ?? "other"), WORDS.lead.verdicts[verdict] ?? shown(verdict))
}

/** A video by the way to its page. */
export function videoLink(videoId, uri) {
  return el("a", { class: "mono", href: `/lead/videos/${part(videoId)}` }, el("bdi", { text: shown(uri ?? videoId, { longest: 300 }) }))
}

/** What was found: a label, how sure, and when. */
export function foundWords({ label, confidence: sure, peak_ms: at }) {
  if (!label) return el("span", { class: "soft", text: WORDS.lead.none })
  const told = [sure === null || sure === undefined ? null : confidence(sure), at === null || at === undefined ? null : WORDS.lead.at(clock(at))]
  return el("span", {}, el("bdi", { text: shown(label, { longest: 100 }) }), " ", el("span", { class: "soft", text: told.filter(Boolean).join(" ") }))
}

/** A moment, with how long ago that was where somebody points. */
export function when(ms) {
  if (ms === null || ms === undefined) return el("span", { class: "soft", text: WORDS.lead.none })
  return el("time", { datetime: new Date(ms).toISOString(), title: WORDS.lead.ago(span(Math.max(0, Date.now() - ms))), text: moment(ms) })
}

/** Who it was, by pseudonym. */
export function whoWords(by) {
  return el("span", { class: "mono who", text: shown(by ?? WORDS.lead.none, { longest: 60 }) })
}

/** Facts: names and what they are, without those that are not known. */
export function facts(entries) {
  const known = entries.filter(([, value]) => value !== null && value !== undefined && value !== "")
  return el("dl", { class: "facts" }, ...known.map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", {}, value))))
}

/** A large number with what it counts. */
export function figure(number, words, { late = false } = {}) {
  return el(
    "div",
    { class: late ? "figure late" : "figure" },
    el("span", { class: "value" }, late ? icon("warning") : null, number),
    el("span", { class: "of", text: words }),
  )
}

/** A section with a heading. */
export function section(title, ...content) {
  return el("section", { class: "part" }, el("h2", { text: title }), ...content)
}

/** A field with its label above. */
export function field(words, input, hint = null) {
  return el("label", { class: "field" }, el("span", { text: words }), input, hint ? el("span", { class: "hint", text: hint }) : null)
}

/** A choice of one of several; "" stands for all of them. */
export function choice(name, options, value) {
  const select = el("select", { name })
  for (const [key, words] of options) select.append(el("option", { value: key, selected: key === value, text: words }))
  return select
}

/** US dollars. */
export function money(usd) {
  if (usd === null || usd === undefined) return WORDS.lead.none
  return usd.toLocaleString("en", { style: "currency", currency: "USD", minimumFractionDigits: 2 })
}

export const count = (number) => (number ?? 0).toLocaleString("en")

/** A number that may be more. */
export const atLeast = (number, more) => (more ? `${count(number)}+` : count(number))
