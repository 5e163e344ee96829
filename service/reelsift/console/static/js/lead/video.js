// One video: what it is now, what was seen in it, and all that has become of it.

import { call, part } from "../api.js"
import { el, replace } from "../element.js"
import { icon } from "../icons.js"
import { Keys, keysOf } from "../keys.js"
import { Lanes } from "../lanes.js"
import { MediaLink } from "../media_link.js"
import { Peaks } from "../peaks.js"
import { Player } from "../player.js"
import { clock, confidence, shown, size, span } from "../times.js"
import { Veil } from "../veil.js"
import { WORDS } from "../words.js"
import { count, facts, heading, section, statusWord, verdictWord, when, whoWords } from "./parts.js"
import { table } from "./table.js"

const SWITCHES = ["blur", "grey", "mute"]

export async function showVideo(content, { me, video }) {
  const told = await call("GET", `/api/lead/videos/${part(video)}`)
  const words = WORDS.lead.video
  replace(
    content,
    heading(shown(told.video?.key ?? told.video_id, { longest: 300 })),
    told.sealed ? notice(words.sealed(sealedWords(told.sealed))) : null,
    told.forgotten ? notice(words.forgotten) : null,
    told.broken_at === null ? null : notice(words.broken(told.broken_at)),
    now(told),
    told.video ? pictures(told, me) : null,
    reasons(told),
    section(words.history, history(told)),
    told.items.length || told.claim ? section(words.asked, asked(told)) : null,
    told.jobs.length ? section(words.analyses, analyses(told.jobs)) : null,
    told.sealed ? section(words.looks, looks(told.sealed)) : null,
    object(told),
  )
}

function now(told) {
  const words = WORDS.lead.video
  const since = told.status ? when(told.status.at_ms) : null
  return facts([
    [words.facts.status, el("span", {}, statusWord(told.status?.status ?? told.forgotten?.status), since ? " " : null, since)],
    [words.facts.restriction, told.restriction ? restrictionWords(told.restriction) : null],
    [words.facts.verdict, told.verdict ? el("span", {}, verdictWord(told.verdict.verdict), " ", when(told.verdict.judged_ms)) : null],
    [words.facts.missing, told.verdict?.missing.length ? told.verdict.missing.map((name) => shown(name)).join(", ") : null],
    [words.facts.failure, told.failure ? `${shown(told.failure.reason)}: ${shown(told.failure.message)}` : null],
    [words.facts.long, told.duration_ms === null ? null : span(told.duration_ms)],
    ...Object.entries(told.context ?? {}).map(([name, text]) => [shown(name, { longest: 60 }), el("bdi", { text: shown(text) })]),
  ])
}

/** The pictures come only when they are asked for, under the same veil as for those who review. */
function pictures(told, me) {
  const words = WORDS.lead.video
  const { blur, grey, mute, speed } = me.preferences ?? {}
  const veil = new Veil({ blur, grey, mute })
  const link = new MediaLink(told.video_id)
  const item = { video: { ...told.video, duration_ms: told.duration_ms, frame_rate: told.frame_rate } }
  const keys = new Keys(keysOf(me.preferences?.keys))
  const player = new Player(item, link, veil, { speed, keys })
  const peaks = new Peaks(told.peaks, link, veil)
  const lanes = told.lanes ? new Lanes(told.lanes) : null
  const open = (ms) => {
    lanes?.mark(ms)
    player.open(ms)
  }
  lanes?.addEventListener("chosen", ({ detail }) => open(detail))
  player.addEventListener("time", ({ detail }) => lanes?.mark(detail))
  peaks.addEventListener("chosen", ({ detail }) => {
    peaks.select(detail)
    open(peaks.peaks[detail].ms)
  })
  const frames = el("button", {
    type: "button",
    text: WORDS.peaks.show(peaks.peaks.length),
    hidden: !told.peaks.length,
    on: {
      click: () => {
        if (peaks.isOpen) peaks.close()
        else peaks.open()
        frames.textContent = peaks.isOpen ? WORDS.peaks.hide : WORDS.peaks.show(peaks.peaks.length)
      },
    },
  })
  const watch = el("button", { type: "button", text: words.watch, on: { click: () => open(told.peaks[0]?.ms ?? 0) } })
  return section(
    words.seen,
    el("div", { class: "buttons" }, frames, watch, ...SWITCHES.map((name) => turn(veil, name))),
    el("p", { class: "hint", text: WORDS.peaks.hidden }),
    peaks.element,
    player.element,
    lanes?.element ?? el("p", { class: "hint", text: words.nothingSeen }),
  )
}

function turn(veil, name) {
  const button = el("button", { type: "button", class: "quiet", role: "switch", on: { click: () => veil.turn(name) } }, icon(name), WORDS.actions[name])
  const show = () => button.setAttribute("aria-checked", String(veil[name]))
  veil.addEventListener("change", show)
  show()
  return button
}

function reasons(told) {
  const words = WORDS.lead.video
  if (!told.verdict) return null
  return section(
    words.reasons,
    table({
      caption: words.reasons,
      none: words.noReasons,
      rows: told.verdict.reasons,
      columns: [
        { title: words.columns.label, cell: ({ label, parents }) => el("bdi", { text: shown([...parents.slice(-1), label].join(" › "), { longest: 160 }) }) },
        { title: words.columns.analysis, cell: ({ analysis }) => shown(analysis) },
        { title: words.columns.sure, number: true, cell: ({ max_confidence: sure }) => confidence(sure) },
        { title: words.columns.threshold, number: true, cell: ({ threshold }) => (threshold === null ? "" : confidence(threshold)) },
        { title: words.columns.at, number: true, cell: ({ peak_ms: ms }) => (ms === null ? "" : clock(ms)) },
      ],
    }),
  )
}

/** Revisions, decisions and signed links in one line of time, the newest first. */
function history(told) {
  const words = WORDS.lead.video
  const made = new Set(told.decisions.map(({ number }) => number))
  const entries = [
    // What a decision has made of the status stands with the decision.
    ...told.revisions.filter(({ decision }) => !made.has(decision)).map((revision) => ({ at: revision.at_ms, order: 0, ...revisionEntry(revision) })),
    ...told.decisions.map((decision) => ({ at: decision.at_ms, order: 1, ...decisionEntry(decision) })),
    ...told.opinions.map((opinion) => ({ at: opinion.at_ms, order: 2, ...opinionEntry(opinion) })),
    ...told.links.map((link) => ({ at: link.at_ms, order: 3, ...linkEntry(link) })),
  ].sort((one, other) => other.at - one.at || one.order - other.order)
  if (!entries.length) return el("p", { class: "hint", text: words.noHistory })
  return el(
    "ol",
    { class: "history" },
    ...entries.map(({ at, sign, what, details }) =>
      el("li", {}, el("span", { class: "sign" }, icon(sign)), el("div", {}, el("p", {}, what), ...details), el("span", { class: "at" }, when(at))),
    ),
  )
}

function revisionEntry({ status, cause, by, restriction, revision }) {
  const words = WORDS.lead.video
  const who = by.kind === "person" ? whoWords(by.pseudonym) : el("span", { text: words.byPolicy(by.epoch) })
  return {
    sign: "policy",
    what: [el("strong", { text: words.becomes(WORDS.lead.statuses[status] ?? shown(status)) }), " ", el("span", { class: "soft" }, words.causes[cause] ?? shown(cause), " · ", who, " · ", words.revision(revision))],
    details: restriction ? [el("p", { class: "hint", text: restrictionWords(restriction) })] : [],
  }
}

export function decisionEntry(decision) {
  const words = WORDS.lead.video
  const details = []
  if (decision.reasons.length) details.push(el("p", { text: decision.reasons.map((reason) => shown(reason.words || reason.code)).join(", ") }))
  if (decision.restriction) details.push(el("p", { class: "hint", text: restrictionWords(decision.restriction) }))
  if (decision.note) details.push(el("blockquote", {}, el("bdi", { text: shown(decision.note, { longest: 2000, lines: true }) })))
  else if (decision.forgotten) details.push(el("p", { class: "hint", text: words.noteForgotten }))
  const named = [WORDS.decided[decision.action] ?? shown(decision.action)]
  if (decision.withdraws !== null) named.push(words.number(decision.withdraws))
  if (decision.appeal !== null) named.push(words.ofAppeal(shown(decision.appeal, { longest: 100 })))
  if (decision.kind !== null) named.push(words.kinds[decision.kind] ?? shown(decision.kind))
  return {
    sign: decision.action,
    what: [
      el("strong", { text: named.join(" ") }),
      " ",
      el("span", { class: "soft" }, whoWords(decision.by), " · ", words.decision(decision.number), decision.revision ? ` · ${words.revision(decision.revision)}` : ""),
      decision.withdrawn ? el("span", { class: "tag", text: words.withdrawn }) : null,
    ],
    details,
  }
}

function opinionEntry({ action, agrees, by, decision, reasons, note, forgotten }) {
  const words = WORDS.lead.video
  const details = []
  if (reasons.length) details.push(el("p", { text: reasons.map((reason) => shown(reason.words || reason.code)).join(", ") }))
  if (note) details.push(el("blockquote", {}, el("bdi", { text: shown(note, { longest: 2000, lines: true }) })))
  else if (forgotten) details.push(el("p", { class: "hint", text: words.noteForgotten }))
  return {
    sign: "help",
    what: [el("strong", { text: words.opinion(WORDS.decided[action] ?? shown(action), agrees) }), " ", el("span", { class: "soft" }, whoWords(by), " · ", words.onDecision(decision))],
    details,
  }
}

function linkEntry({ by, why }) {
  const words = WORDS.lead.video
  return { sign: "play", what: [words.link(words.whys[why] ?? shown(why)), " ", el("span", { class: "soft" }, whoWords(by))], details: [] }
}

function asked({ items, claim }) {
  const words = WORDS.lead.video
  return [
    claim ? el("p", {}, words.atIt, " ", whoWords(claim.by), " ", when(claim.claimed_ms)) : null,
    items.length
      ? table({
          caption: words.asked,
          none: "",
          rows: items,
          columns: [
            { title: words.columns.cause, cell: ({ cause, appeal }) => [words.itemCauses[cause] ?? shown(cause), appeal === null ? null : el("bdi", { class: "soft below", text: shown(appeal) })] },
            { title: words.columns.queue, cell: ({ queue }) => shown(queue) },
            { title: words.columns.due, number: true, cell: ({ due_ms: ms }) => when(ms) },
            { title: words.columns.text, wide: true, cell: ({ text }) => el("bdi", { text: shown(text ?? "", { longest: 2000 }) }) },
          ],
        })
      : null,
  ]
}

function analyses(jobs) {
  const words = WORDS.lead.video
  return table({
    caption: words.analyses,
    none: "",
    rows: jobs,
    columns: [
      { title: words.columns.analysis, cell: ({ analysis }) => shown(analysis) },
      { title: words.columns.state, wide: true, cell: ({ words: state }) => shown(state) },
      { title: words.columns.attempt, number: true, cell: ({ attempt }) => count(attempt) },
      { title: words.columns.model, cell: ({ model_version: model }) => shown(model ?? "") },
      { title: words.columns.batch, cell: ({ by }) => el("a", { href: `/lead/batches/${part(by)}` }, el("bdi", { text: shown(by) })) },
      { title: words.columns.settled, number: true, cell: ({ settled_ms: ms }) => when(ms) },
    ],
  })
}

function looks({ looks: taken, reports }) {
  const words = WORDS.lead.video
  return [
    reports.length ? facts(reports.map(({ number, authority, at_ms: ms }) => [words.reported(shown(authority)), el("span", {}, shown(number), " ", when(ms))])) : null,
    table({
      caption: words.looks,
      none: words.noLooks,
      rows: taken,
      columns: [
        { title: words.columns.who, cell: ({ by }) => whoWords(by) },
        { title: words.columns.how, cell: ({ how }) => shown(how) },
        { title: words.columns.when, number: true, cell: ({ at_ms: ms }) => when(ms) },
      ],
    }),
  ]
}

function object(told) {
  const words = WORDS.lead.video
  const mono = (text) => (text ? el("bdi", { class: "mono", text: shown(text, { longest: 1100 }) }) : null)
  return el(
    "details",
    { class: "part" },
    el("summary", { text: words.object }),
    facts([
      [words.facts.id, mono(told.video_id)],
      [words.facts.uri, mono(told.video?.uri)],
      [words.facts.version, mono(told.video?.version_id)],
      [words.facts.etag, mono(told.video?.etag)],
      [words.facts.size, told.video?.size ? size(told.video.size) : null],
      [words.facts.policy, told.verdict ? words.policy(told.verdict.basis.policy, told.verdict.basis.epoch ?? 0) : null],
    ]),
  )
}

export function restrictionWords(restriction) {
  const words = WORDS.restriction
  return [
    restriction.age ? words.aged(restriction.age) : null,
    restriction.territories?.length ? words.notIn(restriction.territories.map((code) => shown(code)).join(", ")) : null,
    restriction.warning_label ? words.warned(shown(restriction.warning_label)) : null,
    restriction.demote ? words.demoted : null,
    restriction.demonetise ? words.demonetised : null,
  ]
    .filter(Boolean)
    .join(", ")
}

const sealedWords = ({ kind }) => WORDS.lead.video.kinds[kind] ?? shown(kind ?? "")

const notice = (text) => el("p", { class: "notice" }, icon("warning"), el("span", { text }))
