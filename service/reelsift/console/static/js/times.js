// Numbers, times and foreign texts as people read them.

import { WORDS } from "./words.js"

const UNSEEN = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/gu
const UNSEEN_BUT_LINES = new RegExp(`(?!\\n)${UNSEEN.source}`, "gu")

/** A text with everything escaped that is not seen, as a change of direction. `lines` keeps line breaks. */
export function shown(text, { longest = 400, lines = false } = {}) {
  const whole = String(text ?? "")
  const points = Array.from(whole.slice(0, longest * 2))
  const cut = points.length > longest ? `${points.slice(0, longest - 1).join("")}…` : points.join("")
  return cut.replace(
    lines ? UNSEEN_BUT_LINES : UNSEEN,
    (found) => `\\u${found.codePointAt(0).toString(16).padStart(4, "0")}`,
  )
}

/** A time in a video: `m:ss.t`; minutes run on past the hour. */
export function clock(ms) {
  const tenths = Math.max(0, Math.floor((ms ?? 0) / 100))
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`
}

/** How long something takes, to the precision that anybody needs. */
export function span(ms) {
  const seconds = Math.round(ms / 1000)
  if (seconds < 1) return WORDS.times.underSecond
  if (seconds < 60) return WORDS.times.seconds(seconds)
  if (seconds < 3600) return WORDS.times.minutes(Math.round(seconds / 60))
  const minutes = Math.round(seconds / 60)
  if (minutes < 48 * 60) return WORDS.times.hours(Math.floor(minutes / 60), minutes % 60)
  const hours = Math.round(minutes / 60)
  return WORDS.times.days(Math.floor(hours / 24), hours % 24)
}

/** A confidence of 0-100. */
export function confidence(value) {
  return WORDS.times.percent((Math.round(value * 10) / 10).toFixed(1))
}

/** A time of day from epoch milliseconds, as this machine writes it. */
export function moment(ms) {
  return new Date(ms).toLocaleString(document.documentElement.lang, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  })
}

/** Only the time of the day. */
export function timeOfDay(ms) {
  return new Date(ms).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
}

/** Bytes in units of 1,000. */
export function size(bytes) {
  if (!Number.isFinite(bytes)) return ""
  let amount = bytes
  let unit = 0
  while (amount >= 1000 && unit < 4) {
    amount /= 1000
    unit += 1
  }
  return `${unit ? amount.toFixed(1) : amount} ${["B", "kB", "MB", "GB", "TB"][unit]}`
}
