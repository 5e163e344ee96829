// A policy held against what is stored: how far that is, and what would move.

import { call, part } from "../api.js"
import { el, replace } from "../element.js"
import { icon } from "../icons.js"
import { clock, confidence, shown, span } from "../times.js"
import { WORDS } from "../words.js"
import { count, facts, figure, heading, section, videoLink, when, whoWords } from "./parts.js"
import { poll } from "./polling.js"
import { shareWords } from "./share.js"
import { table } from "./table.js"

const EVERY_MS = 1_500

/** Of fewer hits a share says nothing: its interval is as wide as what it is about. */
const FEWEST = 10

export async function showPolicyTest(content, { test }) {
  const path = `/api/lead/policy/tests/${part(test)}`
  let stop = null
  const draw = async () => {
    const told = await call("GET", path)
    replace(content, ...drawn(told))
    if (told.state === "running") stop ??= poll(draw, EVERY_MS)
    else stop?.()
  }
  await draw()
}

function drawn(told) {
  const words = WORDS.lead.policyTest
  return [
    heading(words.title(shown(told.name, { longest: 100 }))),
    facts([
      [words.facts.state, el("span", { role: "status" }, stateWords(told))],
      [words.facts.scope, scopeWords(told.scope)],
      [words.facts.by, whoWords(told.by)],
      [words.facts.when, when(told.started_ms)],
      [words.facts.digest, el("span", { class: "mono", text: shown(told.digest) })],
    ]),
    told.fault ? el("p", { class: "notice" }, icon("warning"), el("span", { text: shown(told.fault, { longest: 1000 }) })) : null,
    told.same ? el("p", { class: "hint", text: words.same }) : null,
    told.result ? resultOf(told.result) : null,
    told.doubts.length ? section(words.doubts, el("ul", { class: "plain" }, ...told.doubts.map(({ sentence, mend }) => el("li", {}, el("p", { text: shown(sentence, { longest: 600 }) }), el("p", { class: "hint", text: shown(mend, { longest: 600 }) }))))) : null,
    told.changes.length ? section(words.changes, changes(told.changes)) : null,
  ]
}

function stateWords({ state, progress, started_ms: from, ended_ms: to }) {
  const words = WORDS.lead.policyTest
  if (state !== "running") return [WORDS.lead.policy.states[state], to ? ` ${words.took(span(to - from))}` : ""]
  return [el("progress", { "aria-label": WORDS.lead.policy.states.running }), " ", words.progress[progress.what]?.(count(progress.count)) ?? words.begins]
}

function scopeWords({ batch, since_ms: since, sample }) {
  const words = WORDS.lead.policyTest
  const parts = [batch ? words.ofBatch(shown(batch)) : null, sample ? words.ofSample(count(sample)) : null].filter(Boolean)
  return el("span", {}, parts.join(", ") || (since ? "" : words.everything), since ? [" ", words.since, " ", when(since)] : null)
}

function resultOf(result) {
  const words = WORDS.lead.policyTest
  const coverage = el("p", { class: "hint", text: shown(`${result.sentences.heading}: ${result.sentences.coverage}`, { longest: 600 }) })
  const unknown = result.sentences.unknown
  const notKnown = unknown.length ? section(words.unknown, el("ul", { class: "plain" }, ...unknown.map((one) => el("li", { text: shown(one, { longest: 600 }) })))) : null
  if (!result.concludes) return el("div", {}, coverage, notKnown)
  const { review } = result
  const moved = result.moves.reduce((sum, { videos }) => sum + videos, 0)
  return el(
    "div",
    {},
    el(
      "div",
      { class: "figures" },
      figure(count(moved), words.moved(moved)),
      figure(words.fromTo(count(review.before.items), count(review.after.items)), words.toReview),
      figure(words.fromTo(span(review.before.hours * 3_600_000), span(review.after.hours * 3_600_000)), words.peoplesTime),
    ),
    coverage,
    section(words.moves, moves(result), result.decided ? el("p", { class: "hint", text: words.decided(count(result.decided)) }) : null),
    section(words.precision, precision(result.precision)),
    section(words.examples, examples(result.examples)),
    result.labels.length ? section(words.labels, where(result.labels.map(({ label, analysis, moves: of }) => ({ name: `${label} (${analysis})`, moves: of })), result.further?.labels)) : null,
    result.batches.length ? section(words.batches, where(result.batches.map(({ batch, moves: of }) => ({ name: batch, moves: of })), result.further?.batches)) : null,
    notKnown,
  )
}

const moveWords = ({ before, after }) => WORDS.lead.policyTest.move(verdict(before), verdict(after))
const verdict = (name) => WORDS.lead.verdicts[name] ?? WORDS.lead.none

function moves({ moves: made, tested }) {
  const words = WORDS.lead.policyTest
  return table({
    caption: words.moves,
    none: words.noMoves,
    rows: made,
    columns: [
      { title: words.columns.move, cell: moveWords },
      { title: words.columns.videos, number: true, cell: ({ videos }) => count(videos) },
      { title: words.columns.share, number: true, cell: ({ videos }) => WORDS.times.percent(((100 * videos) / Math.max(1, tested)).toFixed(2)) },
    ],
  })
}

function precision(of) {
  const words = WORDS.lead.policyTest
  return table({
    caption: words.precision,
    none: "",
    rows: ["reject", "review"],
    columns: [
      { title: words.columns.verdict, cell: verdict },
      { title: words.columns.before, cell: (name) => shareWords(of.before[name], { fewest: FEWEST }) },
      { title: words.columns.after, cell: (name) => shareWords(of.after[name], { fewest: FEWEST }) },
    ],
  })
}

function examples(list) {
  const words = WORDS.lead.policyTest
  return table({
    caption: words.examples,
    none: words.noExamples,
    rows: list,
    columns: [
      { title: words.columns.video, wide: true, cell: ({ video_id: id, video }) => videoLink(id, video) },
      { title: words.columns.move, cell: ({ verdict: [before, after], decided }) => [moveWords({ before, after }), decided ? el("span", { class: "soft below", text: words.wasDecided }) : null] },
      { title: words.columns.owed, cell: ({ reason }) => (reason ? [el("bdi", { text: shown(reason.label, { longest: 100 }) }), " ", el("span", { class: "soft", text: `${confidence(reason.confidence)} ${WORDS.lead.at(clock(reason.at_ms))}` })] : "") },
    ],
  })
}

function where(rows, further) {
  const words = WORDS.lead.policyTest
  return [
    table({
      caption: words.columns.name,
      none: "",
      rows,
      columns: [
        { title: words.columns.name, wide: true, cell: ({ name }) => el("bdi", { text: shown(name, { longest: 160 }) }) },
        { title: words.columns.move, wide: true, cell: ({ moves: of }) => of.map((move) => `${moveWords(move)}: ${count(move.videos)}`).join(", ") },
        { title: words.columns.videos, number: true, cell: ({ moves: of }) => count(of.reduce((sum, { videos }) => sum + videos, 0)) },
      ],
    }),
    further ? el("p", { class: "hint", text: words.further(count(further)) }) : null,
  ]
}

function changes(list) {
  const words = WORDS.lead.policyTest
  const said = (value) => (value === null || value === undefined ? words.notSaid : value === false ? words.off : shown(typeof value === "string" ? value : JSON.stringify(value), { longest: 100 }))
  const lines = ({ before, after, added, removed }) =>
    added || removed
      ? [...(removed ?? []).slice(0, 5).map((one) => `− ${shown(one)}`), ...(added ?? []).slice(0, 5).map((one) => `+ ${shown(one)}`)].join(", ")
      : words.fromTo(said(before), said(after))
  return table({
    caption: words.changes,
    none: "",
    rows: list,
    columns: [
      { title: words.columns.place, cell: ({ path }) => el("bdi", { text: path.map((key) => shown(key, { longest: 80 })).join(" › ") }) },
      { title: words.columns.change, wide: true, cell: (change) => lines(change) },
    ],
  })
}
