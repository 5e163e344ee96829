// Appeals: those that wait, and those that were decided.

import { call } from "../api.js"
import { el, replace } from "../element.js"
import { icon } from "../icons.js"
import { shown, span } from "../times.js"
import { WORDS } from "../words.js"
import { decisionColumns } from "./audit.js"
import { LongList } from "./long_list.js"
import { heading, section, statusWord, videoLink, when } from "./parts.js"
import { table } from "./table.js"

export async function showAppeals(content) {
  const words = WORDS.lead.appeals
  const [told] = await Promise.all([call("GET", "/api/lead/appeals")])
  const decided = new LongList({
    path: "/api/lead/audit?appeals=1",
    caption: words.decided,
    none: words.noneDecided,
    rowsOf: ({ decisions }) => decisions,
    columns: decisionColumns(),
  })
  await decided.begin()
  replace(
    content,
    heading(words.title),
    section(
      words.open,
      table({
        caption: words.open,
        none: words.none,
        rows: told.open,
        columns: [
          { title: words.columns.video, wide: true, cell: ({ video_id: id, video }) => videoLink(id, video) },
          { title: words.columns.appeal, cell: ({ appeal }) => el("bdi", { text: shown(appeal, { longest: 100 }) }) },
          { title: words.columns.text, wide: true, cell: ({ text }) => el("bdi", { text: shown(text ?? "", { longest: 2000 }) }) },
          { title: words.columns.status, cell: ({ status }) => statusWord(status) },
          { title: words.columns.due, number: true, cell: (appeal) => dueWords(appeal, told.now_ms) },
          { title: words.columns.since, number: true, cell: ({ created_ms: ms }) => when(ms) },
        ],
      }),
      told.more ? el("p", { class: "hint", text: words.more }) : null,
    ),
    section(words.decided, decided.element),
  )
}

function dueWords({ due_ms: due, looked_at: lookedAt }, now) {
  const words = WORDS.lead.queues
  const told = due >= now ? words.dueIn(span(due - now)) : el("span", { class: "late" }, icon("warning"), words.overdue(span(now - due)))
  return [told, lookedAt ? el("span", { class: "soft below", text: WORDS.lead.appeals.lookedAt }) : null]
}
