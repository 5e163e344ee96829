// The live policy, the versions there were, and the test of another one.

import { call, part } from "../api.js"
import { el, replace } from "../element.js"
import { shown, span } from "../times.js"
import { WORDS } from "../words.js"
import { facts, field, heading, section, when, whoWords } from "./parts.js"
import { table } from "./table.js"

const LONGEST_POLICY = 256 * 1024

export async function showPolicy(content) {
  const words = WORDS.lead.policy
  const [{ live, versions }, { tests }] = await Promise.all([call("GET", "/api/lead/policy"), call("GET", "/api/lead/policy/tests")])
  replace(
    content,
    heading(words.title),
    section(words.live, ...document_(live)),
    section(words.test, testForm(live)),
    section(words.tests, listOfTests(tests)),
    section(words.log, log(versions)),
  )
}

export async function showVersion(content, { epoch }) {
  const version = await call("GET", `/api/lead/policy/versions/${part(epoch)}`)
  replace(content, heading(WORDS.lead.policy.version(version.epoch)), ...document_(version))
}

function document_(version) {
  const words = WORDS.lead.policy
  return [
    facts([
      [words.facts.epoch, version.epoch ? String(version.epoch) : words.notYet],
      [words.facts.since, version.at_ms ? when(version.at_ms) : null],
      [words.facts.by, version.by ? el("span", { class: "mono", text: shown(version.by, { longest: 200 }) }) : null],
      [words.facts.note, version.note ? el("bdi", { text: shown(version.note, { longest: 500 }) }) : null],
      [words.facts.rejects, version.auto_reject ? words.machines : words.people],
      [words.facts.needs, version.needs.map((name) => shown(name)).join(", ") || words.needsNothing],
      [words.facts.judging, el("span", { class: "mono", text: shown(version.judging) })],
    ]),
    el("details", {}, el("summary", { text: words.document }), el("pre", { class: "yaml", tabindex: 0, "aria-label": words.document, text: version.yaml })),
  ]
}

function testForm(live) {
  const words = WORDS.lead.policy
  const yaml = el("textarea", { name: "yaml", rows: 10, class: "mono", spellcheck: "false", autocomplete: "off" })
  let name = ""
  const file = el("input", { type: "file", accept: ".yaml,.yml,.json,text/yaml", on: { change: () => read() } })
  const sample = el("input", { type: "number", min: 1, step: 1, name: "sample" })
  const since = el("input", { type: "date", name: "since" })
  const batch = el("input", { type: "text", name: "batch", autocomplete: "off", spellcheck: "false" })
  const told = el("div", { role: "alert" })
  const begin = el("button", { type: "submit", class: "primary", text: words.begin })
  const complain = (message, problems = []) =>
    replace(told, el("p", { class: "trouble", text: message }), problems.length ? el("ul", { class: "problems" }, ...problems.map((one) => el("li", { text: shown(one, { longest: 500 }) }))) : null)

  async function read() {
    const [chosen] = file.files
    if (!chosen) return
    if (chosen.size > LONGEST_POLICY) complain(words.tooLong)
    else {
      replace(told)
      name = chosen.name
      yaml.value = await chosen.text()
    }
  }

  async function send(event) {
    event.preventDefault()
    begin.disabled = true
    replace(told)
    const body = { yaml: yaml.value, name: name.slice(0, 100) }
    if (sample.value) body.sample = Number(sample.value)
    if (since.value) body.since = since.value
    if (batch.value.trim()) body.batch = batch.value.trim()
    try {
      const { test } = await call("POST", "/api/lead/policy/tests", body)
      location.assign(`/lead/policy/tests/${part(test)}`)
    } catch (error) {
      complain(error.message, error.members?.problems)
      begin.disabled = false
    }
  }

  return el(
    "form",
    { class: "testing", "aria-label": words.test, on: { submit: send } },
    el("p", { class: "hint", text: words.testHint }),
    el("div", { class: "asking" }, field(words.file, file), el("button", { type: "button", class: "quiet", text: words.fromLive, on: { click: () => (yaml.value = live.yaml) } })),
    field(words.yaml, yaml),
    el("div", { class: "asking" }, field(words.sample, sample), field(words.since, since), field(words.batch, batch), begin),
    told,
  )
}

function listOfTests(tests) {
  const words = WORDS.lead.policy
  return table({
    caption: words.tests,
    none: words.noTests,
    rows: tests,
    columns: [
      { title: words.columns.name, cell: ({ test, name }) => el("a", { href: `/lead/policy/tests/${part(test)}` }, el("bdi", { text: shown(name, { longest: 100 }) })) },
      { title: words.columns.state, cell: ({ state }) => words.states[state] },
      { title: words.columns.took, number: true, cell: ({ started_ms: from, ended_ms: to }) => (to ? span(to - from) : "") },
      { title: words.columns.who, cell: ({ by }) => whoWords(by) },
      { title: words.columns.when, number: true, cell: ({ started_ms: ms }) => when(ms) },
    ],
  })
}

function log(versions) {
  const words = WORDS.lead.policy
  return table({
    caption: words.log,
    none: words.notYet,
    rows: versions,
    columns: [
      { title: words.columns.epoch, cell: ({ epoch }) => el("a", { href: `/lead/policy/versions/${epoch}`, text: words.version(epoch) }) },
      { title: words.columns.rejects, cell: ({ auto_reject: alone }) => (alone ? words.machines : words.people) },
      { title: words.columns.who, wide: true, cell: ({ by }) => el("span", { class: "mono", text: shown(by, { longest: 120 }) }) },
      { title: words.columns.note, wide: true, cell: ({ note }) => el("bdi", { text: shown(note, { longest: 300 }) }) },
      { title: words.columns.when, number: true, cell: ({ at_ms: ms }) => when(ms) },
    ],
  })
}
