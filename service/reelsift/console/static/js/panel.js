// What stands in the middle where no video is at work: the start, a break, nothing to do, something that went wrong.

import { call, serverNow } from "./api.js"
import { el } from "./element.js"
import { icon } from "./icons.js"
import { shown, span } from "./times.js"
import { WORDS } from "./words.js"

/** A quiet panel with one thing to do, which Enter does. */
export function panel({ title, text = [], primary = null, secondary = [], body = [] }) {
  const button = ({ words, act }, classes) => el("button", { type: "button", class: classes, on: { click: act } }, words, classes === "primary" ? el("kbd", { text: "Enter", "aria-hidden": "true" }) : null)
  return el(
    "section",
    { class: "panel" },
    el("h1", { tabindex: -1, text: title }),
    ...text.filter(Boolean).map((words) => el("p", { text: words })),
    ...body,
    primary || secondary.length ? el("div", { class: "buttons" }, primary ? button(primary, "primary") : null, ...secondary.map((one) => button(one, "quiet"))) : null,
  )
}

/** The queues to choose from, each with what waits in it. Resolves once they are known; `chosen` is kept up to date. */
export async function queueChoice(chosen, now = serverNow()) {
  const { queues } = await call("GET", "/api/queues")
  const boxes = queues.map((queue) => {
    const input = el("input", {
      type: "checkbox",
      id: `queue-${queue.name}`,
      checked: chosen.has(queue.name),
      on: { change: () => (input.checked ? chosen.add(queue.name) : chosen.delete(queue.name)) },
    })
    const told = [WORDS.start.waiting(queue.waiting, queue.waiting_is_more)]
    if (queue.waiting && queue.oldest_ms) told.push(WORDS.start.oldest(span(now - queue.oldest_ms)))
    if (!queue.past_due && queue.waiting && queue.next_due_ms) told.push(WORDS.start.dueIn(span(Math.max(0, queue.next_due_ms - now))))
    return el(
      "li",
      { class: queue.waiting ? "" : "empty" },
      input,
      el("label", { for: input.id }, el("bdi", { text: shown(queue.name, { longest: 80 }) })),
      el(
        "span",
        { class: "told" },
        told.join(" · "),
        queue.past_due ? " · " : null,
        queue.past_due ? el("span", { class: "late" }, icon("warning"), WORDS.start.pastDue(queue.past_due)) : null,
      ),
    )
  })
  return el(
    "fieldset",
    { class: "queues" },
    el("legend", { text: WORDS.start.queues }),
    el("ul", {}, ...boxes),
    boxes.length > 1 ? el("p", { class: "hint", text: WORDS.start.allQueues }) : null,
  )
}

/** The limits that a lead has set for this reviewer, as sentences. */
export function limitsOf(me) {
  const { limits = {}, day = {}, preferences = {} } = me
  const lines = []
  if (limits.minutes_a_day) lines.push(WORDS.start.limits.minutes(day.minutes ?? 0, limits.minutes_a_day))
  if (limits.most_grave_in_a_row) lines.push(WORDS.start.limits.grave(limits.most_grave_in_a_row))
  const { declined = [] } = preferences
  if (declined.length) lines.push(WORDS.start.limits.declined(declined.map((name) => shown(name)).join(", ")))
  return lines
}
