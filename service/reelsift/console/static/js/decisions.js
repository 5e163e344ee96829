// What I have decided today: what can still be undone is, and what is past that can be reopened.

import { Announcer } from "./announcer.js"
import { call, part, serverNow } from "./api.js"
import { el, replace } from "./element.js"
import { icon } from "./icons.js"
import { Masthead } from "./masthead.js"
import { panel } from "./panel.js"
import { Preferences } from "./preferences_kept.js"
import { signedOut } from "./signed_out.js"
import { shown, timeOfDay } from "./times.js"
import { WORDS } from "./words.js"

const main = document.getElementById("main")
const announcer = new Announcer()

async function show() {
  const list = await call("GET", "/api/my/decisions")
  replace(
    main,
    el(
      "section",
      { class: "sheet page" },
      el("h1", { text: WORDS.decisions.title }),
      list.length
        ? el(
            "table",
            { class: "mine" },
            el("thead", {}, el("tr", {}, ...WORDS.decisions.columns.map((text) => el("th", { scope: "col" }, text || el("span", { class: "spoken", text: WORDS.decisions.reopen }))))),
            el("tbody", {}, ...list.map(row)),
          )
        : el("p", { class: "hint", text: WORDS.decisions.none }),
    ),
  )
}

function row(decision) {
  const video = shown(decision.video, { longest: 300 })
  const left = decision.undo_until_ms ? decision.undo_until_ms - serverNow() : 0
  const act = (words, path) =>
    el("button", { type: "button", "aria-label": `${words}: ${video}`, on: { click: (event) => reopen(decision.video_id, path, event.currentTarget) } }, icon("undo"), words)
  const cell = el("td", { class: "act" })
  const reopening = decision.may_reopen ? act(WORDS.decisions.reopen, `/api/my/decisions/${part(decision.video_id)}/reopen`) : null
  if (left > 0) {
    replace(cell, act(WORDS.decisions.undo, `/api/decisions/${part(decision.video_id)}/${part(decision.n)}/undo`))
    setTimeout(() => replace(cell, reopening), left)
  } else replace(cell, reopening)
  return el(
    "tr",
    {},
    el("td", { class: "soft", text: timeOfDay(decision.at_ms) }),
    el("td", {}, el("span", { class: `outcome ${decision.action}` }, icon(decision.action), WORDS.decided[decision.action] ?? shown(decision.action))),
    el("th", { scope: "row" }, el("bdi", { class: "mono", text: video })),
    cell,
  )
}

async function reopen(videoId, path, button) {
  button.disabled = true
  try {
    await call("POST", path, {})
    announcer.say(WORDS.decisions.opened)
    location.assign(`/#reopened=${part(videoId)}`)
  } catch (error) {
    button.disabled = false
    announcer.alert(error.message)
    replace(document.getElementById("notices"), el("p", { class: "trouble", text: error.message }))
  }
}

try {
  const me = await call("GET", "/api/me")
  new Masthead({ page: "decisions", me, preferences: new Preferences(me.preferences) })
  await show()
} catch (error) {
  if (error.status === 401) signedOut(main)
  else replace(main, panel({ title: error.message, primary: { words: WORDS.errors.retry, act: () => location.reload() } }))
}
