// How good verdicts are, by what people have decided: each share with its number and its interval, or that these are too few.

import { call } from "../api.js"
import { el, replace } from "../element.js"
import { shown, span } from "../times.js"
import { WORDS } from "../words.js"
import { count, facts, heading, section, when, whoWords } from "./parts.js"
import { poll } from "./polling.js"
import { shareWords } from "./share.js"
import { table } from "./table.js"

const EVERY_MS = 2_000

export async function showQuality(content) {
  let stop = null
  const draw = async () => {
    const told = await call("GET", "/api/lead/quality")
    replace(content, ...drawn(told))
    if (told.running) stop ??= poll(draw, EVERY_MS)
    else stop?.()
  }
  await draw()
}

function drawn({ running, figures, at_ms: at, fault }) {
  const words = WORDS.lead.quality
  const state = el("p", { class: "hint", role: "status" }, running ? [el("progress", { "aria-label": words.computing }), " ", words.computing] : "", figures && at ? [" ", words.asOf, " ", when(at)] : "")
  return [heading(words.title), state, fault ? el("p", { class: "trouble", text: shown(fault) }) : null, ...(figures ? shares(figures) : [])]
}

function shares(figures) {
  const words = WORDS.lead.quality
  const { precision, appeals, missed, labels, second_opinions: opinions } = figures
  return [
    el("p", { class: "hint" }, words.basis(count(figures.videos), count(figures.decisions)), " ", when(figures.since_ms), figures.left_out ? ` ${words.leftOut(count(figures.left_out))}` : ""),
    facts([
      [words.facts.reject, shareWords(precision.reject)],
      [words.facts.review, shareWords(precision.review)],
      [words.facts.appeals, shareWords(appeals)],
      [words.facts.agreement, opinions?.n ? shareWords(opinions) : null],
      [words.facts.missed, missedWords(missed)],
      [words.facts.time, el("div", { class: "share" }, el("strong", { text: span(figures.decision_s * 1000) }), el("span", { class: "soft", text: figures.measured_decisions ? words.measured(count(figures.measured_decisions)) : words.set }))],
    ]),
    section(words.labels, labelTable(labels), figures.further_labels ? el("p", { class: "hint", text: words.further(count(figures.further_labels)) }) : null),
    figures.people.length ? section(words.people, peopleTable(figures.people)) : null,
    el("p", { class: "hint", text: words.how }),
  ]
}

function missedWords({ drawn: looked, found, approved, missed, low, high, share }) {
  const words = WORDS.lead.quality
  const counted = el("span", { class: "counted", text: words.found(count(found), count(looked)) })
  if (missed === null) return el("div", { class: "share" }, counted, el("span", { class: "soft", text: looked ? words.tooFew : words.noneDrawn }))
  return el(
    "div",
    { class: "share" },
    el("strong", { text: words.missed(count(missed), count(approved)) }),
    el("span", { class: "soft", text: words.between(count(low), count(high)) }),
    el("span", { class: "soft", text: WORDS.times.percent((100 * share).toFixed(2)) }),
    counted,
  )
}

function peopleTable(people) {
  const words = WORDS.lead.quality
  return table({
    caption: words.people,
    none: "",
    rows: people,
    columns: [
      { title: words.columns.who, cell: ({ by }) => whoWords(by) },
      { title: words.columns.decisions, number: true, cell: ({ decisions }) => count(decisions) },
      { title: words.columns.time, number: true, cell: ({ decision_s: seconds }) => (seconds === null ? el("span", { class: "soft", text: words.tooFew }) : span(seconds * 1000)) },
      { title: words.columns.appeals, cell: ({ appeals }) => shareWords(appeals) },
    ],
  })
}

/** Confidences from which on it counts, without those that leave nothing out. */
function bands(from) {
  const all = Object.entries(from)
  return all.filter(([, { hits, n }], place) => !place || hits !== all[place - 1][1].hits || n !== all[place - 1][1].n)
}

function labelTable(labels) {
  const words = WORDS.lead.quality
  const rows = labels.flatMap(({ analysis, label, from }) => bands(from).map(([band, share], place) => ({ analysis, label, band, share, first: place === 0 })))
  return table({
    caption: words.labels,
    none: words.noLabels,
    rows,
    columns: [
      { title: words.columns.label, cell: ({ label, analysis, first }) => el("span", { class: first ? null : "again" }, el("bdi", { text: shown(label, { longest: 100 }) }), analysis === "content_moderation" ? null : el("span", { class: "soft", text: ` ${shown(analysis)}` })) },
      { title: words.columns.from, number: true, cell: ({ band }) => WORDS.times.percent(band) },
      { title: words.columns.found, cell: ({ share }) => shareWords(share) },
    ],
  })
}
