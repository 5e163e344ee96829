// Sealed videos, for specialists: since when, for what, and the way to what is kept of each.

import { call, part } from "../api.js"
import { el, replace } from "../element.js"
import { shown } from "../times.js"
import { WORDS } from "../words.js"
import { heading, when, whoWords } from "./parts.js"
import { table } from "./table.js"

export async function showSealed(content) {
  const words = WORDS.lead.sealed
  const { seals, more } = await call("GET", "/api/lead/sealed")
  replace(
    content,
    heading(words.title),
    el("p", { class: "hint", text: words.about }),
    table({
      caption: words.title,
      none: words.none,
      rows: seals,
      columns: [
        { title: words.columns.video, wide: true, cell: ({ video_id: id }) => el("a", { class: "mono", href: `/lead/videos/${part(id)}`, text: shown(id) }) },
        { title: words.columns.kind, cell: ({ kind }) => WORDS.lead.video.kinds[kind] ?? shown(kind ?? WORDS.lead.none) },
        { title: words.columns.by, cell: ({ by }) => whoWords(by) },
        { title: words.columns.since, number: true, cell: ({ sealed_ms: ms }) => when(ms) },
      ],
    }),
    more ? el("p", { class: "hint", text: words.more }) : null,
  )
}
