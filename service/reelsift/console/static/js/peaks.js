// The strip of frames at the peaks: what moderators look at in place of the video. Drawn here, from the video itself.

import { el, replace } from "./element.js"
import { icon } from "./icons.js"
import { Source } from "./source.js"
import { clock, confidence, shown } from "./times.js"
import { WORDS } from "./words.js"

const WIDEST = 320

/** Peaks of one time are one moment: `of` has each of them. */
function moments(peaks) {
  const byTime = new Map()
  for (const peak of peaks) byTime.set(peak.ms, [...(byTime.get(peak.ms) ?? []), peak])
  return [...byTime].map(([ms, of]) => ({ ms, of, above_threshold: of.some((peak) => peak.above_threshold) }))
}

/** Closed at first. A peak counts as opened once its frame has been drawn where it can be seen, or in the player. */
export class Peaks extends EventTarget {
  #source
  #cards = []
  #drawing = false
  #seen

  /** `draw(canvas, peak)` stands in where there is no video, as in training. */
  constructor(peaks, link, veil, { draw = null } = {}) {
    super()
    this.peaks = moments(peaks)
    this.opened = new Set()
    this.at = -1
    this.isOpen = false
    this.#source = link ? new Source(link) : null
    this.draw = draw
    this.grid = el("ol", { class: "strip", "aria-label": WORDS.peaks.strip })
    this.note = el("p", { class: "hint" })
    // Browsers paint no frames of a video that is nowhere in the page.
    const unseen = this.#source ? el("div", { class: "unseen", "aria-hidden": "true" }, this.#source.video) : null
    this.element = el("div", { class: "peaks", hidden: true }, unseen, this.grid, this.note)
    veil.mark(this.element)
    veil.addEventListener("change", () => veil.mark(this.element))
    this.#seen = new IntersectionObserver((entries) => this.#inView(entries), { threshold: 0.5 })
  }

  /** Moments above the policy's threshold of which nobody has seen the frame. */
  get unopened() {
    return this.peaks.filter((peak, place) => peak.above_threshold && !this.opened.has(place)).length
  }

  async open() {
    if (this.isOpen) return
    this.isOpen = true
    this.element.hidden = false
    if (!this.#cards.length) {
      this.#cards = this.peaks.map((peak, place) => this.#card(peak, place))
      replace(this.grid, ...this.#cards.map(({ item }) => item))
    }
    await this.#drawAll()
  }

  close() {
    this.isOpen = false
    this.element.hidden = true
  }

  /** Goes to a neighbour: +1 the next, -1 the one before. The peak, null where there is none. */
  move(by) {
    if (!this.peaks.length) return null
    this.select(Math.min(this.peaks.length - 1, Math.max(0, this.at + by)))
    return this.peaks[this.at]
  }

  select(place) {
    this.at = place
    for (const [other, { button }] of this.#cards.entries()) {
      if (other === place) button.setAttribute("aria-current", "true")
      else button.removeAttribute("aria-current")
    }
  }

  markOpened(place) {
    if (this.opened.has(place)) return
    this.opened.add(place)
    this.#cards[place]?.item.classList.add("opened")
    this.dispatchEvent(new Event("opened"))
  }

  dispose() {
    this.#seen.disconnect()
    this.#source?.dispose()
    this.#source = null
    for (const { canvas } of this.#cards) canvas.width = 0
    this.element.remove()
  }

  #card(peak, place) {
    const canvas = el("canvas", { width: WIDEST, height: Math.round((WIDEST * 9) / 16), "aria-hidden": "true" })
    const named = peak.of.map(({ label, confidence: sure }) => ({ label: shown(label, { longest: 64 }), sure: confidence(sure) }))
    const button = el(
      "button",
      {
        type: "button",
        class: "frame",
        "aria-label": WORDS.peaks.frame(clock(peak.ms), named.map(({ label, sure }) => `${label}, ${sure}`).join("; ")),
        on: { click: () => this.dispatchEvent(new CustomEvent("chosen", { detail: place })) },
      },
      el("span", { class: "veiled" }, canvas),
      el("span", { class: "time", text: clock(peak.ms) }),
    )
    const words = named.map(({ label, sure }) =>
      el("span", { class: "of" }, el("bdi", { class: "name", title: label, text: label }), el("span", { class: "soft", text: sure })),
    )
    const item = el("li", { data: { place } }, button, ...words, el("span", { class: "mark" }, icon("seen")))
    if (peak.above_threshold) item.classList.add("above")
    return { item, button, canvas, drawn: false }
  }

  async #drawAll() {
    if (this.#drawing) return
    this.#drawing = true
    this.note.textContent = this.peaks.length ? "" : WORDS.peaks.none
    try {
      for (const [place, card] of this.#cards.entries()) {
        if (card.drawn) continue
        await this.#drawOne(card, this.peaks[place])
        if (!this.#source && !this.draw) return
        card.drawn = true
        card.item.classList.add("drawn")
        this.#seen.observe(card.item)
      }
    } catch (error) {
      this.note.textContent = WORDS.media[error.reason] ?? error.cause?.message ?? WORDS.media.unreachable
      this.dispatchEvent(new CustomEvent("failed", { detail: error }))
    } finally {
      this.#drawing = false
    }
  }

  async #drawOne(card, peak) {
    if (this.draw) {
      this.draw(card.canvas, peak)
      return
    }
    if (!this.#source) return
    await this.#source.seek(peak.ms)
    if (!this.#source) return
    const { video } = this.#source
    card.canvas.width = Math.min(WIDEST, video.videoWidth * 4)
    card.canvas.height = Math.round((card.canvas.width * video.videoHeight) / video.videoWidth) || 1
    card.canvas.getContext("2d").drawImage(video, 0, 0, card.canvas.width, card.canvas.height)
  }

  #inView(entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) this.markOpened(Number(entry.target.dataset.place))
    }
  }
}
