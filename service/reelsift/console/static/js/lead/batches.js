// Batches with their progress and money, and what was found in one.

import { call, part } from "../api.js"
import { el, replace } from "../element.js"
import { icon } from "../icons.js"
import { shown, span } from "../times.js"
import { WORDS } from "../words.js"
import { LongList } from "./long_list.js"
import { count, facts, foundWords, heading, money, section, statusWord, verdictWord, videoLink, when } from "./parts.js"
import { poll } from "./polling.js"

const EVERY_MS = 10_000

export async function showBatches(content) {
  const words = WORDS.lead.batches
  const list = new LongList({
    path: "/api/lead/batches",
    caption: words.title,
    none: words.none,
    rowsOf: ({ batches }) => batches,
    columns: [
      {
        title: words.columns.batch,
        cell: ({ batch, name }) =>
          el("a", { href: `/lead/batches/${part(batch)}` }, el("bdi", { text: shown(name || batch, { longest: 80 }) }), name && name !== batch ? el("span", { class: "soft mono below", text: shown(batch) }) : null),
      },
      { title: words.columns.state, cell: ({ state, held_because: why }) => [shown(state), why ? el("span", { class: "soft below", text: shown(why) }) : null] },
      { title: words.columns.progress, cell: (batch) => progress(batch) },
      { title: words.columns.failed, number: true, cell: ({ failed }) => count(failed) },
      { title: words.columns.money, number: true, cell: ({ money_usd: usd }) => money(usd) },
      { title: words.columns.created, number: true, cell: ({ created_ms: ms }) => when(ms) },
    ],
  })
  const told = await list.begin()
  const notices = []
  if (told.unattended) notices.push(notice(words.unattended))
  for (const hold of told.held) notices.push(notice(words.held(shown(hold.kind), shown(hold.note ?? ""))))
  replace(content, heading(words.title), ...notices, list.element)
  poll(() => list.refresh(), EVERY_MS)
}

export async function showBatch(content, { batch }) {
  const words = WORDS.lead.batches
  const path = `/api/lead/batches/${part(batch)}`
  const state = el("div", {})
  const draw = async () => {
    const told = await call("GET", path)
    replace(state, ...drawn(told))
    return told
  }
  const told = await draw()
  const findings = new LongList({
    path: `${path}/findings`,
    caption: words.findings,
    none: words.noFindings,
    rowsOf: ({ videos }) => videos,
    columns: [
      { title: WORDS.lead.search.columns.video, wide: true, cell: ({ video_id: id, video }) => videoLink(id, video) },
      { title: WORDS.lead.search.columns.verdict, cell: ({ verdict }) => verdictWord(verdict) },
      { title: WORDS.lead.search.columns.status, cell: ({ status }) => statusWord(status) },
      { title: WORDS.lead.search.columns.found, cell: foundWords },
    ],
  })
  await findings.begin()
  replace(
    content,
    heading(shown(told.name || batch, { longest: 120 })),
    state,
    section(words.findings, findings.element),
  )
  if (!told.finished_ms) poll(draw, EVERY_MS)
}

function drawn(told) {
  const words = WORDS.lead.batches
  const spent = told.max_cost_usd === null ? money(told.money_usd) : words.ofMost(money(told.money_usd), money(told.max_cost_usd))
  const notices = []
  if (told.held_because) notices.push(notice(shown(told.held_because)))
  if (told.starts_held) notices.push(notice(words.held(shown(told.starts_held.kind), shown(told.starts_held.note ?? ""))))
  if (told.in_trouble.length) notices.push(notice(words.inTrouble(told.in_trouble.length)))
  return [
    ...notices,
    progress(told),
    facts([
      [words.facts.id, el("span", { class: "mono", text: shown(told.batch) })],
      [words.facts.state, shown(told.state)],
      [words.facts.source, el("bdi", { text: shown(told.source, { longest: 200 }) })],
      [words.facts.created, when(told.created_ms)],
      [words.facts.finished, told.finished_ms ? when(told.finished_ms) : null],
      [words.facts.lines, told.total === null ? null : count(told.total)],
      [words.facts.succeeded, count(told.succeeded)],
      [words.facts.failed, count(told.failed)],
      [words.facts.skipped, count(told.skipped)],
      [words.facts.running, told.finished_ms ? null : count(told.running)],
      [words.facts.rate, told.finished_ms ? null : words.aMinute(told.lines_per_minute.toLocaleString("en", { maximumFractionDigits: 1 }))],
      [words.facts.left, told.eta_s === null || told.finished_ms ? null : span(told.eta_s * 1000)],
      [words.facts.money, spent],
      [words.facts.toCome, told.money_to_come_usd === null ? null : money(told.money_to_come_usd)],
      [words.facts.minutes, told.billed_minutes.toLocaleString("en", { maximumFractionDigits: 1 })],
      [words.facts.report, told.report ? el("span", { class: "mono" }, el("bdi", { text: shown(told.report, { longest: 300 }) })) : null],
    ]),
  ]
}

function progress({ total, succeeded, failed, skipped }) {
  const words = WORDS.lead.batches
  const ended = succeeded + failed + skipped
  if (total === null || !total) return el("span", { class: "progress", text: words.ended(count(ended)) })
  const told = words.endedOf(count(ended), count(total))
  return el("span", { class: "progress" }, el("progress", { value: ended, max: total, "aria-label": told }), el("span", { text: told }))
}

const notice = (text) => el("p", { class: "notice" }, icon("warning"), el("span", { text }))
