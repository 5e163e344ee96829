// What is to be decided, in words: what was seen, for how long, how surely, and what the uploader says.

import { serverNow } from "./api.js"
import { el } from "./element.js"
import { icon } from "./icons.js"
import { iconOf, lookOf } from "./looks.js"
import { clock, confidence, moment, shown, size, span } from "./times.js"
import { WORDS } from "./words.js"

/** Due this near is said with a sign. */
const SOON_MS = 3600_000

/** The words of an item. `goTo` is called with the time (ms) of a reason that somebody wants to see. */
export function wordsOf(item, { goTo, now = serverNow() }) {
  return el(
    "article",
    { class: "words", "aria-label": WORDS.item.name },
    head(item, now),
    el("h1", { tabindex: -1 }, ...chips(item)),
    el("p", { class: "summary", text: summaryOf(item) }),
    item.failure ? notice(WORDS.item.failed, [shown(item.failure.reason), shown(item.failure.message)].join(": ")) : null,
    item.verdict?.missing?.length ? notice(WORDS.item.missing, item.verdict.missing.map((name) => shown(name)).join(", ")) : null,
    item.text ? said(item.appeal ? WORDS.item.appeal : WORDS.item.asked, item.text) : null,
    ...(item.also ?? []).filter(({ text }) => text).map(({ cause, text }) => said(cause === "appeal" ? WORDS.item.appeal : WORDS.item.asked, text)),
    ...before(item),
    reasons(item, goTo),
    context(item),
    file(item),
  )
}

/** One sentence that says what this is, for screen readers. */
export function announcementOf(item) {
  const seen = categoriesOf(item).map(({ category, reasons }) => `${shown(category)}, ${confidence(highest(reasons))}`)
  return WORDS.item.announced(seen.join("; ") || WORDS.item.nothingSeen, new Set((item.peaks ?? []).map(({ ms }) => ms)).size)
}

/** The reasons of the verdict by their top-level category, the surest first. */
export function categoriesOf(item) {
  const groups = new Map()
  for (const reason of item.verdict?.reasons ?? []) {
    const category = reason.category || reason.label
    groups.set(category, [...(groups.get(category) ?? []), reason])
  }
  return [...groups]
    .map(([category, reasons]) => ({ category, reasons }))
    .sort((one, other) => highest(other.reasons) - highest(one.reasons))
}

const highest = (reasons) => Math.max(0, ...reasons.map((reason) => reason.max_confidence ?? 0))
const seconds = (reasons) => reasons.reduce((sum, reason) => sum + (reason.seconds ?? 0), 0)

function head(item, now) {
  const left = item.due_ms - now
  const due = left < 0 ? WORDS.item.pastDue(span(-left)) : WORDS.item.due(span(left))
  return el(
    "p",
    { class: "head" },
    el("span", { class: "tag", text: WORDS.causes[item.cause] ?? shown(item.cause) }),
    el("span", { text: WORDS.item.queue(shown(item.queue)) }),
    el("span", { class: left < SOON_MS ? "due near" : "due" }, icon(left < SOON_MS ? "warning" : "clock"), due),
    ...(item.also ?? []).map(({ cause }) => el("span", { class: "tag", text: WORDS.item.also(WORDS.causes[cause] ?? shown(cause)) })),
    item.training ? el("span", { class: "tag", text: WORDS.training.tag }) : null,
  )
}

function chips(item) {
  const found = categoriesOf(item)
  if (!found.length) return [el("span", { class: "chip", text: item.verdict ? WORDS.item.nothingSeen : WORDS.item.noVerdict })]
  return found.map(({ category, reasons }) =>
    el(
      "span",
      { class: `chip ${lookOf(category)}` },
      icon(iconOf(category, reasons[0].analysis)),
      el("bdi", { text: shown(category, { longest: 80 }) }),
      el("span", { class: "sure", text: confidence(highest(reasons)) }),
    ),
  )
}

function summaryOf(item) {
  const reasons = item.verdict?.reasons ?? []
  const told = []
  if (reasons.length) told.push(WORDS.item.inAll(span(seconds(reasons) * 1000), reasons.reduce((sum, reason) => sum + (reason.segments ?? 1), 0)))
  if (item.video?.duration_ms) told.push(WORDS.item.long(span(item.video.duration_ms)))
  if (item.verdict) told.push(WORDS.item.verdict(WORDS.verdicts[item.verdict.verdict] ?? shown(item.verdict.verdict)))
  return told.join(" · ")
}

function notice(title, text) {
  return el("p", { class: "notice" }, icon("warning"), el("span", {}, el("strong", { text: title }), " ", el("bdi", { text })))
}

function said(title, text) {
  return el(
    "section",
    { class: "said" },
    el("h2", { text: title }),
    el("blockquote", { text: shown(text, { longest: 4000, lines: true }) }),
  )
}

function before(item) {
  const lines = []
  const last = item.last_decision
  if (last) {
    const by = last.by ? WORDS.item.by(shown(last.by)) : ""
    lines.push(WORDS.item.decided(WORDS.decided[last.action] ?? shown(last.action), by, last.at_ms ? moment(last.at_ms) : ""))
    if (last.note) lines.push(WORDS.item.noted(shown(last.note, { longest: 2000 })))
  }
  if (item.restriction) lines.push(WORDS.item.restricted(restrictionWords(item.restriction)))
  if (item.same_content > 0) lines.push(WORDS.item.sameContent(item.same_content))
  return lines.length ? [el("ul", { class: "before" }, ...lines.map((text) => el("li", { text })))] : []
}

/** A restriction in words. */
export function restrictionWords(restriction) {
  const { age, territories, warning_label: warning, demote, demonetise } = restriction
  return [
    age ? WORDS.restriction.aged(age) : "",
    territories?.length ? WORDS.restriction.notIn(territories.map((code) => shown(code)).join(", ")) : "",
    warning ? WORDS.restriction.warned(shown(warning)) : "",
    demote ? WORDS.restriction.demoted : "",
    demonetise ? WORDS.restriction.demonetised : "",
  ]
    .filter(Boolean)
    .join(", ")
}

function reasons(item, goTo) {
  const found = item.verdict?.reasons ?? []
  if (!found.length) return null
  return el(
    "table",
    { class: "reasons-of-verdict" },
    el("caption", { class: "spoken", text: WORDS.item.reasons }),
    el(
      "thead",
      {},
      el("tr", {}, ...WORDS.item.columns.map((text, place) => el("th", { scope: "col", class: place > 0 ? "number" : null, text }))),
    ),
    el("tbody", {}, ...found.map((reason) => row(reason, goTo))),
  )
}

function row(reason, goTo) {
  const label = shown(reason.label, { longest: 120 })
  const parents = (reason.parents ?? []).map((parent) => shown(parent)).join(" › ")
  const words = (reason.words ?? []).map((word) => shown(word, { longest: 120 }))
  const time = Number.isFinite(reason.peak_ms)
    ? el("button", { type: "button", class: "time", "aria-label": WORDS.item.goTo(clock(reason.peak_ms), label), text: clock(reason.peak_ms), on: { click: () => goTo(reason.peak_ms) } })
    : ""
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      icon(iconOf(reason.category, reason.analysis)),
      el("bdi", { class: "label", text: label }),
      parents && parents !== label ? el("bdi", { class: "soft parents", text: parents }) : null,
      words.length ? el("span", { class: "read" }, WORDS.item.read, " ", ...words.flatMap((word, place) => [place ? ", " : "", el("q", { text: word })])) : null,
    ),
    el("td", { class: "number sure", text: confidence(reason.max_confidence ?? 0) }),
    el("td", { class: "number" }, time),
    el("td", { class: "number", text: span((reason.seconds ?? 0) * 1000) }),
    el("td", { class: "number soft", text: WORDS.item.segments(reason.segments ?? 1) }),
  )
}

function context(item) {
  const entries = Object.entries(item.context ?? {})
  if (!entries.length) return null
  return el(
    "section",
    { class: "context" },
    el("h2", { text: WORDS.item.context }),
    el(
      "dl",
      {},
      ...entries.flatMap(([name, value]) => [
        el("dt", {}, el("bdi", { text: shown(name, { longest: 80 }) })),
        el("dd", {}, el("bdi", { text: shown(typeof value === "string" ? value : JSON.stringify(value), { longest: 1000, lines: true }) })),
      ]),
    ),
  )
}

function file(item) {
  const { video } = item
  if (!video) return item.training ? null : el("p", { class: "file soft", text: WORDS.item.noObject })
  return el(
    "p",
    { class: "file soft" },
    el("bdi", { class: "mono", text: shown(video.uri, { longest: 1200 }) }),
    ...[size(video.size), video.codec ? shown(video.codec) : ""].filter(Boolean).map((text) => el("span", { text })),
  )
}
