// The player: opens at a moment, rests there, and plays only when it is told to.

import { el, replace } from "./element.js"
import { icon } from "./icons.js"
import { Source } from "./source.js"
import { clock } from "./times.js"
import { WORDS } from "./words.js"

const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 4]
const USUAL_FRAME_MS = 40

/** Tells `time` listeners where it is (ms), and `failed` ones with a NoPicture why there is no picture. */
export class Player extends EventTarget {
  #source
  #veil
  #length
  #frame
  #playedSince = null
  #played = 0
  #moving = 0

  constructor(item, link, veil, { speed = 1, keys }) {
    super()
    this.#source = new Source(link)
    this.#veil = veil
    this.#length = item.video?.duration_ms ?? 0
    this.#frame = item.video?.frame_rate > 0 ? 1000 / item.video.frame_rate : USUAL_FRAME_MS
    this.speed = SPEEDS.includes(speed) ? speed : 1
    this.element = this.#build(keys)
    this.#listen()
    this.#show()
  }

  get isOpen() {
    return !this.element.hidden
  }

  get at() {
    return this.#source.video.currentTime * 1000
  }

  get playing() {
    return this.#source.playing
  }

  /** How long it has played, in ms. */
  get playedMs() {
    return Math.round(this.#played + (this.#playedSince === null ? 0 : performance.now() - this.#playedSince))
  }

  /** Opens at a moment; what was playing plays on from there. Whether its picture came. */
  async open(ms) {
    this.element.hidden = false
    this.#time(ms)
    return this.#guarded(this.#source.seek(ms))
  }

  async toggle() {
    if (!this.isOpen) await this.open(this.at)
    await this.rest(this.playing)
  }

  /** Rests, or plays. */
  async rest(resting = true) {
    if (!this.#source.loaded && resting) return
    await this.#guarded(this.#source.play(!resting))
    this.#show()
  }

  /** Goes on by a number of frames, and rests there. */
  async step(frames) {
    await this.rest()
    await this.open(Math.min(this.#length || Infinity, Math.max(0, this.at + frames * this.#frame)))
  }

  /** The next speed up or down; the speed that holds now. */
  change(by) {
    const place = SPEEDS.indexOf(this.speed) + by
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))]
    this.#show()
    return this.speed
  }

  dispose() {
    this.#source.dispose()
    this.element.remove()
  }

  #build(keys) {
    const button = (name, action, pressed) =>
      el(
        "button",
        { type: "button", class: "tool", title: keys.hint(action), on: { click: () => pressed() } },
        icon(name),
        el("span", { class: "spoken", text: WORDS.actions[action] }),
      )
    this.playButton = el("button", { type: "button", class: "tool", on: { click: () => this.toggle() } })
    this.speedWords = el("span", { class: "speed" })
    this.clockWords = el("span", { class: "clock" })
    this.slider = el("input", {
      type: "range",
      class: "scrub",
      min: 0,
      max: Math.max(1, Math.round(this.#length)),
      step: 100,
      value: 0,
      "aria-label": WORDS.player.position,
      on: { input: () => this.open(Number(this.slider.value)) },
    })
    this.screen = el("div", { class: "screen veiled" }, this.#source.video)
    this.trouble = el("p", { class: "trouble", hidden: true })
    return el(
      "div",
      { class: "player", hidden: true, role: "group", "aria-label": WORDS.player.name },
      this.screen,
      this.trouble,
      el(
        "div",
        { class: "tools" },
        button("previous", "previous_frame", () => this.step(-1)),
        this.playButton,
        button("next", "next_frame", () => this.step(1)),
        this.slider,
        this.clockWords,
        el(
          "span",
          { class: "speeds" },
          el("button", { type: "button", class: "tool", title: keys.hint("slower"), "aria-label": WORDS.actions.slower, text: "−", on: { click: () => this.change(-1) } }),
          this.speedWords,
          el("button", { type: "button", class: "tool", title: keys.hint("faster"), "aria-label": WORDS.actions.faster, text: "+", on: { click: () => this.change(1) } }),
        ),
      ),
    )
  }

  #listen() {
    const { video } = this.#source
    for (const event of ["timeupdate", "seeked", "seeking"]) {
      video.addEventListener(event, () => this.#time(this.at))
    }
    video.addEventListener("playing", () => {
      this.#playedSince ??= performance.now()
      this.#follow()
    })
    for (const event of ["pause", "waiting", "ended", "error", "emptied"]) {
      video.addEventListener(event, () => this.#count())
    }
    video.addEventListener("ended", () => this.rest())
    video.addEventListener("loadedmetadata", () => {
      if (!this.#length && Number.isFinite(video.duration)) {
        this.#length = video.duration * 1000
        this.slider.max = String(Math.round(this.#length))
      }
      this.#show()
    })
    this.#veil.addEventListener("change", () => this.#show())
    this.#veil.addEventListener("left", () => this.rest())
    this.#source.addEventListener("gone", ({ detail }) => {
      this.trouble.hidden = false
      this.trouble.textContent = WORDS.media[detail.reason] ?? detail.cause?.message ?? WORDS.media.unreachable
      this.dispatchEvent(new CustomEvent("failed", { detail }))
      this.#show()
    })
  }

  #count() {
    if (this.#playedSince === null) return
    this.#played += performance.now() - this.#playedSince
    this.#playedSince = null
  }

  /** Follows the pictures while they move, one by one: `timeupdate` alone comes four times a second. */
  #follow() {
    const { video } = this.#source
    video.cancelVideoFrameCallback?.(this.#moving)
    const step = () => {
      if (!this.playing) return
      this.#time(this.at)
      this.#moving = video.requestVideoFrameCallback?.(step)
    }
    step()
  }

  #time(ms) {
    this.slider.value = String(Math.round(ms))
    this.slider.setAttribute("aria-valuetext", clock(ms))
    this.clockWords.textContent = this.#length ? `${clock(ms)} / ${clock(this.#length)}` : clock(ms)
    this.dispatchEvent(new CustomEvent("time", { detail: ms }))
  }

  #show() {
    const { video } = this.#source
    this.#veil.mark(this.element)
    video.muted = this.#veil.mute
    video.playbackRate = this.speed
    this.speedWords.textContent = WORDS.player.speed(this.speed)
    replace(
      this.playButton,
      icon(this.playing ? "pause" : "play"),
      el("span", { class: "spoken", text: this.playing ? WORDS.player.pause : WORDS.player.play }),
    )
  }

  async #guarded(promise) {
    try {
      await promise
      this.trouble.hidden = true
      return true
    } catch (error) {
      // What became of it is told by `gone`.
      if (!error.reason) throw error
      return false
    }
  }
}
