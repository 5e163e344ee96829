// Every decision, the newest first, and all of them as a file.

import { el, replace } from "../element.js"
import { icon } from "../icons.js"
import { token } from "../session.js"
import { shown } from "../times.js"
import { WORDS } from "../words.js"
import { LongList } from "./long_list.js"
import { choice, field, heading, videoLink, when, whoWords } from "./parts.js"
import { restrictionWords } from "./video.js"

const ACTIONS = ["approve", "restrict", "reject", "escalate", "withdraw", "uphold", "overturn"]

export async function showAudit(content) {
  const words = WORDS.lead.audit
  const asked = new URLSearchParams(location.search)
  const results = el("div", {})
  const told = el("p", { class: "trouble", role: "alert" })
  const form = auditForm(asked, async (query) => {
    history.pushState(null, "", `${location.pathname}?${query}`)
    await show(query, results, told)
  })
  const save = el("button", { type: "button", on: { click: () => download(form.query(), save, told) } }, icon("policy"), words.download)
  replace(content, heading(words.title, save), form.element, told, results)
  await show(form.query(), results, told)
}

/** The columns of a decision, here and where appeals are listed. */
export function decisionColumns() {
  const words = WORDS.lead.audit
  return [
    { title: words.columns.when, cell: ({ at_ms: ms }) => when(ms) },
    { title: words.columns.decision, cell: decisionWords },
    { title: words.columns.video, wide: true, cell: ({ video_id: id, video }) => videoLink(id, video) },
    { title: words.columns.why, wide: true, cell: whyWords },
    { title: words.columns.who, cell: ({ by }) => whoWords(by) },
  ]
}

function decisionWords({ action, appeal, withdraws, withdrawn, broken_at: broken }) {
  const words = WORDS.lead.video
  return [
    el("span", { class: `outcome ${action}` }, icon(action), WORDS.decided[action] ?? shown(action)),
    appeal === null ? null : el("bdi", { class: "soft below", text: words.ofAppeal(shown(appeal, { longest: 100 })) }),
    withdraws === null ? null : el("span", { class: "soft below", text: words.number(withdraws) }),
    withdrawn ? el("span", { class: "tag", text: words.withdrawn }) : null,
    broken === null ? null : el("span", { class: "late below" }, icon("warning"), WORDS.lead.audit.broken(broken)),
  ]
}

function whyWords({ reasons, restriction, note }) {
  return [
    reasons.map((reason) => shown(reason.words || reason.code)).join(", "),
    restriction ? el("span", { class: "soft below", text: restrictionWords(restriction) }) : null,
    note ? el("bdi", { class: "soft below", text: shown(note, { longest: 500 }) }) : null,
  ]
}

function auditForm(asked, search) {
  const words = WORDS.lead.audit
  const since = el("input", { type: "date", name: "since", value: asked.get("since") ?? "" })
  const until = el("input", { type: "date", name: "until", value: asked.get("until") ?? "" })
  const by = el("input", { type: "text", name: "by", value: asked.get("by") ?? "", autocomplete: "off", spellcheck: "false" })
  const action = choice("action", [["", WORDS.lead.search.any], ...ACTIONS.map((name) => [name, WORDS.decided[name]])], asked.get("action") ?? "")
  const element = el(
    "form",
    { class: "asking", "aria-label": words.title },
    field(words.since, since),
    field(words.until, until),
    field(words.columns.decision, action),
    field(words.by, by),
    el("button", { type: "submit", class: "primary", text: words.show }),
  )
  const query = () => {
    const given = { since: since.value, until: until.value, by: by.value.trim(), action: action.value }
    return new URLSearchParams(Object.entries(given).filter(([, value]) => value))
  }
  element.addEventListener("submit", (event) => {
    event.preventDefault()
    search(query())
  })
  return { element, query }
}

async function show(query, results, told) {
  const words = WORDS.lead.audit
  const list = new LongList({
    path: `/api/lead/audit?${query}`,
    caption: words.title,
    none: words.none,
    rowsOf: ({ decisions }) => decisions,
    columns: decisionColumns(),
  })
  told.textContent = ""
  replace(results, list.element)
  try {
    await list.begin()
  } catch (error) {
    if (error.status === 401) throw error
    replace(results)
    told.textContent = error.message
  }
}

/** Fetches the file with the token, as everything is, and hands it to the browser to be kept. */
async function download(query, button, told) {
  const words = WORDS.lead.audit
  button.disabled = true
  told.textContent = ""
  try {
    const headers = { "X-Reelsift-Console": "1" }
    if (token) headers.Authorization = `Bearer ${token}`
    const answer = await fetch(`/api/lead/audit.csv?${query}`, { headers, cache: "no-store", redirect: "manual" })
    if (!answer.ok) {
      const members = await answer.json().catch(() => ({}))
      told.textContent = members.message ?? WORDS.errors.unexpected(answer.status)
      return
    }
    const url = URL.createObjectURL(await answer.blob())
    el("a", { href: url, download: words.file }).click()
    URL.revokeObjectURL(url)
  } catch {
    told.textContent = WORDS.errors.unreachable
  } finally {
    button.disabled = false
  }
}
