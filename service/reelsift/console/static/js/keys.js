// Which key does what. Keys have no modifiers, count once however long they are held, and mean nothing in fields.

import { WORDS } from "./words.js"

/** The keys that hold until somebody changes them, by action, in the order in which the help lists them. */
export const DEFAULT_KEYS = Object.freeze({
  approve: "a",
  restrict: "r",
  reject: "x",
  escalate: "e",
  uphold: "h",
  skip: "s",
  park: "p",
  undo: "u",
  break: "t",
  peaks: "v",
  next_peak: "ArrowRight",
  previous_peak: "ArrowLeft",
  play: " ",
  next_frame: ".",
  previous_frame: ",",
  faster: "f",
  slower: "d",
  blur: "b",
  grey: "g",
  mute: "m",
  policy: "i",
  find_reason: "/",
  note: "n",
  help: "?",
  // Far from all others: nobody hits it by mistake.
  seal: "F9",
})

/** For a screen reader, as `aria-keyshortcuts` has them. */
const SPOKEN = { " ": "Space" }

const RESERVED = /^([0-9]|Enter|Tab|Escape|Shift|Control|Alt|AltGraph|Meta|CapsLock|Dead|Process|Unidentified|F5|F11|F12)$/
const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"
const PRESSED_BY_KEY = "button, a[href], summary, input[type=checkbox], input[type=radio], [role=slider]"

/** The key of an event: letters in lower case, whatever Caps Lock says. */
export const keyOf = (event) => (event.key.length === 1 ? event.key.toLowerCase() : event.key)

/** How a key is written for people. */
export const nameOf = (key) => WORDS.keys.names[key] ?? (key.length === 1 ? key.toUpperCase() : key)

/** Whether an action may have this key. Digits are those of reasons. */
export const isUsable = (key) => !RESERVED.test(key)

/** The keys of a reviewer: theirs where they are usable and differ from each other, else the default. */
export function keysOf(own = {}) {
  const keys = { ...DEFAULT_KEYS }
  for (const [action, key] of Object.entries(own ?? {})) {
    if (action in keys && typeof key === "string" && isUsable(key)) keys[action] = key
  }
  return new Set(Object.values(keys)).size === Object.keys(keys).length ? keys : { ...DEFAULT_KEYS }
}

/** Hands presses of keys to those who listen for their actions. */
export class Keys {
  #action = new Map()
  #listeners = new Map()
  #digits = null

  constructor(keys) {
    this.use(keys)
    document.addEventListener("keydown", (event) => this.#pressed(event))
  }

  use(keys) {
    this.keys = keys
    this.#action = new Map(Object.entries(keys).map(([action, key]) => [key, action]))
  }

  /** How the key of an action is written. */
  name(action) {
    return nameOf(this.keys[action])
  }

  shortcut(action) {
    return SPOKEN[this.keys[action]] ?? this.keys[action]
  }

  /** What a button of this action says when it is pointed at. */
  hint(action) {
    return WORDS.keys.hint(WORDS.actions[action], this.name(action))
  }

  on(action, listener) {
    this.#listeners.set(action, listener)
  }

  /** Who hears of digits: 1 to 9, and 10 for 0. */
  onDigit(listener) {
    this.#digits = listener
  }

  #pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return
    const key = keyOf(event)
    // What needs Shift to be written, as ? on most keyboards, is a key like any other; letters and arrows are not.
    if (event.shiftKey && (key.length > 1 || key === " " || /\p{L}/u.test(key))) return
    const target = event.target instanceof Element ? event.target : document.body
    if (target.closest(FIELDS) || document.querySelector("dialog[open]")) return
    if ((key === " " || key === "Enter") && target.closest(PRESSED_BY_KEY)) {
      // A button that has the focus would be pressed again and again for as long as its key is held.
      if (event.repeat) event.preventDefault()
      return
    }
    const action = this.#action.get(key)
    const listener = action === undefined ? null : this.#listeners.get(action)
    const digit = /^[0-9]$/.test(key) ? Number(key) || 10 : null
    if (!listener && (digit === null || !this.#digits)) return
    event.preventDefault()
    if (event.repeat) return
    if (listener) listener(event)
    else this.#digits(digit)
  }
}
