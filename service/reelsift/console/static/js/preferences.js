// What a reviewer sets for themselves, and what a lead has set for them.

import { Announcer } from "./announcer.js"
import { call } from "./api.js"
import { el, replace } from "./element.js"
import { DEFAULT_KEYS, isUsable, keyOf, keysOf, nameOf } from "./keys.js"
import { Masthead } from "./masthead.js"
import { limitsOf, panel } from "./panel.js"
import { Preferences } from "./preferences_kept.js"
import { signedOut } from "./signed_out.js"
import { THEMES, useTheme } from "./theme.js"
import { shown } from "./times.js"
import { WORDS } from "./words.js"

const main = document.getElementById("main")
const announcer = new Announcer()
const words = WORDS.preferences

class PreferencesPage {
  constructor(me) {
    this.me = me
    this.kept = new Preferences(me.preferences)
    this.keys = keysOf(this.kept.value.keys)
    this.saved = el("p", { class: "saved", role: "status" })
    this.keyList = el("dl", { class: "keys" })
    this.trouble = el("p", { class: "trouble", role: "alert" })
    new Masthead({ page: "preferences", me, preferences: this.kept })
    const limits = limitsOf(me)
    replace(
      main,
      el(
        "div",
        { class: "sheet page preferences" },
        el("h1", { text: words.title }),
        this.#pictures(),
        this.#theme(),
        this.#declined(),
        limits.length
          ? el("section", {}, el("h2", { text: words.limits }), el("ul", {}, ...limits.map((text) => el("li", { text }))), el("p", { class: "hint", text: WORDS.start.limits.only }))
          : null,
        el(
          "section",
          {},
          el("h2", { text: words.keys }),
          el("p", { class: "hint", text: words.keysNote }),
          this.trouble,
          this.keyList,
          el("button", { type: "button", text: words.reset, on: { click: () => this.#useKeys({ ...DEFAULT_KEYS }) } }),
        ),
        this.saved,
      ),
    )
    this.#showKeys()
  }

  #pictures() {
    return el(
      "fieldset",
      {},
      el("legend", { text: words.pictures }),
      ...["blur", "grey", "mute"].map((which) =>
        this.#box(`picture-${which}`, words[which], this.kept.value[which] !== false, (checked) => this.#keep({ [which]: checked })),
      ),
      el("p", { class: "hint", text: words.picturesNote }),
    )
  }

  #theme() {
    const chosen = THEMES.includes(this.kept.value.theme) ? this.kept.value.theme : "system"
    return el(
      "fieldset",
      { class: "inline" },
      el("legend", { text: words.theme }),
      ...THEMES.map((theme) => {
        const input = el("input", { type: "radio", name: "theme", id: `theme-${theme}`, checked: theme === chosen, on: { change: () => this.#useTheme(theme) } })
        return el("div", { class: "check" }, input, el("label", { for: input.id, text: words.themes[theme] }))
      }),
    )
  }

  #declined() {
    const declined = new Set(this.kept.value.declined ?? [])
    const categories = this.me.categories ?? []
    if (!categories.length) return null
    return el(
      "fieldset",
      { class: "columns" },
      el("legend", { text: words.declined }),
      ...categories.map((category, place) =>
        this.#box(`declined-${place}`, shown(category, { longest: 80 }), declined.has(category), (checked) => {
          if (checked) declined.add(category)
          else declined.delete(category)
          this.#keep({ declined: [...declined] })
        }),
      ),
      el("p", { class: "hint", text: words.declinedNote }),
    )
  }

  #box(id, text, checked, changed) {
    const input = el("input", { type: "checkbox", id, checked, on: { change: () => changed(input.checked) } })
    return el("div", { class: "check" }, input, el("label", { for: id, text }))
  }

  #useTheme(theme) {
    useTheme(theme)
    this.#keep({ theme })
  }

  #useKeys(keys) {
    this.keys = keys
    this.#showKeys()
    this.#keep({ keys })
  }

  #showKeys(focused = null) {
    this.trouble.textContent = ""
    replace(
      this.keyList,
      ...Object.entries(this.keys).flatMap(([action, key]) => {
        const button = el(
          "button",
          { type: "button", class: "key", "aria-label": words.change(WORDS.actions[action], nameOf(key)), data: { action }, on: { click: () => this.#listen(action, button) } },
          el("kbd", { text: nameOf(key) }),
        )
        return [el("dt", { text: WORDS.actions[action] }), el("dd", {}, button)]
      }),
    )
    if (focused) this.keyList.querySelector(`[data-action="${focused}"]`)?.focus()
  }

  #listen(action, button) {
    button.textContent = words.press
    button.classList.add("listening")
    const over = new AbortController()
    button.addEventListener("blur", () => (over.abort(), this.#showKeys()), { signal: over.signal })
    button.addEventListener(
      "keydown",
      (event) => {
        const key = keyOf(event)
        if (["Tab", "Shift"].includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return
        event.preventDefault()
        event.stopPropagation()
        if (event.repeat) return
        over.abort()
        this.#change(action, key)
      },
      { signal: over.signal },
    )
  }

  #change(action, key) {
    const other = Object.keys(this.keys).find((one) => this.keys[one] === key && one !== action)
    let trouble = ""
    if (key !== "Escape" && !isUsable(key)) trouble = words.unusable(nameOf(key))
    else if (other) trouble = words.taken(nameOf(key), WORDS.actions[other])
    else if (key !== "Escape") this.#useKeys({ ...this.keys, [action]: key })
    this.#showKeys(action)
    this.trouble.textContent = trouble
  }

  async #keep(changes) {
    this.kept.value = { ...this.kept.value, ...changes }
    try {
      await this.kept.save()
      this.saved.textContent = words.saved
      clearTimeout(this.fading)
      this.fading = setTimeout(() => (this.saved.textContent = ""), 2000)
    } catch (error) {
      announcer.alert(error.message)
      this.trouble.textContent = error.message
    }
  }
}

try {
  new PreferencesPage(await call("GET", "/api/me"))
} catch (error) {
  if (error.status === 401) signedOut(main)
  else replace(main, panel({ title: error.message, primary: { words: WORDS.errors.retry, act: () => location.reload() } }))
}
