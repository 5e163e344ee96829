// What waits, since when, by when, and how long it would take.

import { call } from "../api.js"
import { el, replace } from "../element.js"
import { icon } from "../icons.js"
import { shown, span } from "../times.js"
import { WORDS } from "../words.js"
import { atLeast, count, figure, heading } from "./parts.js"
import { poll } from "./polling.js"
import { table } from "./table.js"

const EVERY_MS = 10_000

export async function showQueues(content) {
  const body = el("div", {})
  const draw = async () => replace(body, ...drawn(await call("GET", "/api/lead/queues")))
  await draw()
  replace(content, heading(WORDS.lead.queues.title), body)
  poll(draw, EVERY_MS)
}

function drawn(told) {
  const words = WORDS.lead.queues
  const ago = (ms) => (ms === null ? WORDS.lead.none : span(Math.max(0, told.now_ms - ms)))
  const due = (ms) => {
    if (ms === null) return WORDS.lead.none
    return ms >= told.now_ms ? words.dueIn(span(ms - told.now_ms)) : late(words.overdue(span(told.now_ms - ms)))
  }
  const needed = (queue) => (queue.waiting ? (queue.more ? words.atLeast(span(queue.work_s * 1000)) : span(queue.work_s * 1000)) : WORDS.lead.none)
  return [
    el(
      "div",
      { class: "figures" },
      figure(atLeast(told.waiting, told.more), words.waiting),
      figure(atLeast(told.past_due, told.past_due_more), words.pastDue, { late: told.past_due > 0 }),
      figure(count(told.people), words.people(told.people)),
      figure(...empties(told)),
    ),
    table({
      caption: words.title,
      none: words.none,
      rows: told.queues,
      columns: [
        { title: words.columns.queue, cell: ({ queue }) => el("bdi", { text: shown(queue, { longest: 80 }) }) },
        { title: words.columns.waiting, number: true, cell: ({ waiting, more }) => atLeast(waiting, more) },
        { title: words.columns.pastDue, number: true, cell: (queue) => (queue.past_due ? late(atLeast(queue.past_due, queue.past_due_more)) : "0") },
        { title: words.columns.oldest, number: true, cell: ({ oldest_ms: ms }) => ago(ms) },
        { title: words.columns.due, number: true, cell: ({ next_due_ms: ms }) => due(ms) },
        { title: words.columns.work, number: true, cell: needed },
      ],
    }),
    el("p", { class: "hint", text: words.basis(span(told.decision_s * 1000), told.measured_decisions) }),
  ]
}

/** Until all queues are empty, and what is said of that. */
function empties({ waiting, more, empty_in_s: seconds, people }) {
  const words = WORDS.lead.queues
  if (!waiting) return [WORDS.lead.none, words.isEmpty]
  if (!people) return [WORDS.lead.none, words.nobody]
  return [more ? words.atLeast(span(seconds * 1000)) : span(seconds * 1000), words.empty]
}

const late = (text) => el("span", { class: "late" }, icon("warning"), text)
