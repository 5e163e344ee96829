// Videos by what they show, by verdict, by status, or by where they lie.

import { el, replace } from "../element.js"
import { WORDS } from "../words.js"
import { LongList } from "./long_list.js"
import { choice, field, foundWords, heading, statusWord, verdictWord, videoLink, when } from "./parts.js"

const KINDS = ["label", "text", "celebrity", "cue", "video"]
const VERDICTS = ["review", "reject", "incomplete", "approve"]
const STATUSES = ["in_review", "rejected", "restricted", "failed", "approved"]

export async function showSearch(content) {
  const words = WORDS.lead.search
  const results = el("div", { class: "results", "aria-live": "polite" })
  const asked = new URLSearchParams(location.search)
  const form = searchForm(asked, async (query) => {
    history.pushState(null, "", `${location.pathname}?${query}`)
    await find(query, results)
  })
  replace(content, heading(words.title), form, results)
  if ([...asked].length) await find(asked, results)
  else replace(results, el("p", { class: "hint", text: words.begin }))
}

function searchForm(asked, search) {
  const words = WORDS.lead.search
  const kind = KINDS.find((name) => asked.has(name)) ?? "label"
  const sought = el("input", { type: "search", name: "sought", value: asked.get(kind) ?? "", autocomplete: "off", spellcheck: "false" })
  const kinds = choice("kind", KINDS.map((name) => [name, words.kinds[name]]), kind)
  const sure = el("input", { type: "number", name: "min_confidence", min: 0, max: 100, step: "any", value: asked.get("min_confidence") ?? "" })
  const any = ["", words.any]
  const verdict = choice("verdict", [any, ...VERDICTS.map((name) => [name, WORDS.lead.verdicts[name]])], asked.get("verdict") ?? "")
  const status = choice("status", [any, ...STATUSES.map((name) => [name, WORDS.lead.statuses[name]])], asked.get("status") ?? "")
  const since = el("input", { type: "date", name: "since", value: asked.get("since") ?? "" })
  const batch = el("input", { type: "text", name: "batch", value: asked.get("batch") ?? "", autocomplete: "off", spellcheck: "false" })
  const form = el(
    "form",
    { class: "asking", role: "search", "aria-label": words.title },
    el("div", { class: "together" }, field(words.by, kinds), field(words.sought, sought)),
    field(words.sure, sure),
    field(words.columns.verdict, verdict),
    field(words.columns.status, status),
    field(words.since, since),
    field(words.batch, batch),
    el("button", { type: "submit", class: "primary", text: words.search }),
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const given = { [kinds.value]: sought.value.trim(), verdict: verdict.value, status: status.value, since: since.value, batch: batch.value.trim() }
    if (sought.value.trim() && kinds.value !== "video") given.min_confidence = sure.value
    search(new URLSearchParams(Object.entries(given).filter(([, value]) => value)))
  })
  return form
}

async function find(query, results) {
  const words = WORDS.lead.search
  const list = new LongList({
    path: `/api/lead/search?${query}`,
    caption: words.results,
    none: words.none,
    rowsOf: ({ videos }) => videos,
    columns: [
      { title: words.columns.video, wide: true, cell: ({ video_id: id, video }) => videoLink(id, video) },
      { title: words.columns.verdict, cell: ({ verdict }) => verdictWord(verdict) },
      { title: words.columns.status, cell: ({ status }) => statusWord(status) },
      { title: words.columns.found, cell: foundWords },
      { title: words.columns.when, number: true, cell: ({ at_ms: ms }) => when(ms) },
    ],
  })
  replace(results, list.element)
  try {
    const told = await list.begin()
    const hints = []
    if (told.nearest.length) hints.push(el("p", { class: "hint" }, words.nearest, " ", ...nearest(told.nearest)))
    if (told.not_indexed) hints.push(el("p", { class: "hint", text: words.notIndexed }))
    results.append(...hints)
  } catch (error) {
    if (error.status === 401) throw error
    replace(results, el("p", { class: "trouble", role: "alert", text: error.message }))
  }
}

function nearest(labels) {
  return labels.flatMap((label, place) => [place ? ", " : "", el("a", { href: `/lead/search?${new URLSearchParams({ label })}`, text: label })])
}
