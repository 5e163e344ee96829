// Limits of people, which leads alone set.

import { call, part } from "../api.js"
import { el, replace } from "../element.js"
import { shown } from "../times.js"
import { WORDS } from "../words.js"
import { field, heading, section, whoWords } from "./parts.js"
import { table } from "./table.js"

export async function showPeople(content) {
  const words = WORDS.lead.people
  const told = await call("GET", "/api/lead/people")
  const form = el("div", { "aria-live": "polite" })
  const choose = async (by) => {
    try {
      const { limits } = await call("GET", `/api/lead/limits/${part(by)}`)
      const known = told.people.find((one) => one.by === by)
      replace(form, limitsForm(by, known?.name, limits, told))
      form.querySelector("input")?.focus()
    } catch (error) {
      replace(form, el("p", { class: "trouble", role: "alert", text: error.message }))
    }
  }
  replace(
    content,
    heading(words.title),
    el("p", { class: "hint", text: words.about }),
    form,
    section(
      words.who,
      table({
        caption: words.who,
        none: words.none,
        rows: told.people,
        columns: [
          { title: words.columns.name, cell: ({ name }) => el("bdi", { text: shown(name, { longest: 100 }) }) },
          { title: words.columns.by, cell: ({ by }) => whoWords(by) },
          { title: words.columns.act, cell: ({ by, name }) => el("button", { type: "button", "aria-label": words.setOf(shown(name)), text: words.set, on: { click: () => choose(by) } }) },
        ],
      }),
      told.more ? el("p", { class: "hint", text: words.more }) : null,
      byPseudonym(choose),
    ),
  )
}

function byPseudonym(choose) {
  const words = WORDS.lead.people
  const by = el("input", { type: "text", name: "by", pattern: "p-[a-z2-7]{16}", autocomplete: "off", spellcheck: "false" })
  const submit = (event) => {
    event.preventDefault()
    choose(by.value.trim())
  }
  return el("form", { class: "asking", on: { submit } }, field(words.columns.by, by), el("button", { type: "submit", text: words.set }))
}

function limitsForm(by, name, limits, { categories, queues }) {
  const words = WORDS.lead.people
  const minutes = el("input", { type: "number", min: 1, max: 1440, step: 1, value: limits.minutes_a_day ?? "" })
  const grave = el("input", { type: "number", min: 1, max: 1000, step: 1, value: limits.most_grave_in_a_row ?? "" })
  const boxes = (names, chosen) => names.map((one) => ({ one, input: el("input", { type: "checkbox", checked: chosen.includes(one) }) }))
  const seen = boxes([...new Set([...queues, ...limits.queues])], limits.queues)
  const light = boxes([...new Set([...queues, ...limits.light_queues])], limits.light_queues)
  const counted = boxes([...new Set([...categories, ...limits.grave])], limits.grave)
  const checks = (legend, list) => el("fieldset", {}, el("legend", { text: legend }), ...list.map(({ one, input }) => el("label", { class: "check" }, input, el("bdi", { text: shown(one, { longest: 100 }) }))))
  const told = el("p", { role: "status" })
  const save = el("button", { type: "submit", class: "primary", text: words.save })
  const number = (input) => (input.value ? Number(input.value) : null)
  const submit = async (event) => {
    event.preventDefault()
    save.disabled = true
    const chosen = (list) => list.filter(({ input }) => input.checked).map(({ one }) => one)
    try {
      await call("PUT", `/api/lead/limits/${part(by)}`, {
        queues: chosen(seen),
        minutes_a_day: number(minutes),
        most_grave_in_a_row: number(grave),
        light_queues: chosen(light),
        grave: chosen(counted),
      })
      told.className = "hint"
      told.textContent = words.saved
    } catch (error) {
      told.className = "trouble"
      told.textContent = error.message
    } finally {
      save.disabled = false
    }
  }
  return el(
    "form",
    { class: "limits-form", "aria-label": words.of(shown(name ?? by)), on: { submit } },
    el("h2", {}, words.of(shown(name ?? by, { longest: 100 }))),
    el("div", { class: "asking" }, field(words.minutes, minutes), field(words.grave, grave)),
    seen.length ? checks(words.seen, seen) : null,
    light.length ? checks(words.light, light) : null,
    checks(words.counted, counted),
    el("div", { class: "buttons" }, save, told),
  )
}
