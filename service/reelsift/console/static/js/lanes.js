// When what was seen: a lane for each label over the length of the video, shots and black frames as a ruler above.
// A click goes there.

import { el, svg } from "./element.js"
import { clock, confidence, shown } from "./times.js"
import { WORDS } from "./words.js"

const STEPS_MS = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5]
const MOST_TICKS = 8
const LEAST_WIDTH = 0.3
const HEIGHT = 20
const STEP = HEIGHT / 4

/** Tells `chosen` listeners the time (ms) that somebody has pointed at. */
export class Lanes extends EventTarget {
  constructor(lanes) {
    super()
    this.length = Math.max(1, lanes.end_ms)
    this.playhead = el("div", { class: "playhead", hidden: true, "aria-hidden": "true" })
    this.element = el(
      "div",
      { class: "lanes", role: "group", "aria-label": WORDS.lanes.name },
      this.#axis(),
      this.#ruler(lanes.ruler),
      ...lanes.groups.filter((group) => group.lanes.length).map((group) => this.#group(group)),
      el("div", { class: "track" }, this.playhead),
    )
    this.element.addEventListener("click", (event) => this.#clicked(event))
  }

  /** Where the player is. */
  mark(ms) {
    this.playhead.hidden = false
    this.playhead.style.setProperty("--at", String(Math.min(1, Math.max(0, ms / this.length))))
  }

  #clicked(event) {
    const bars = event.target instanceof Element ? event.target.closest(".bars") : null
    if (!bars) return
    const { left, width } = bars.getBoundingClientRect()
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width))
    this.dispatchEvent(new CustomEvent("chosen", { detail: Math.round(share * this.length) }))
  }

  #place(ms) {
    return Math.min(100, Math.max(0, (100 * ms) / this.length))
  }

  #axis() {
    const step = STEPS_MS.find((ms) => this.length / ms <= MOST_TICKS) ?? 36e5 * Math.ceil(this.length / 36e5 / MOST_TICKS)
    const picture = svg("svg", { class: "axis", "aria-hidden": "true", focusable: "false" })
    for (let at = 0; at <= this.length; at += step) {
      const x = `${this.#place(at)}%`
      picture.append(svg("line", { x1: x, x2: x, y1: 20, y2: "100%" }))
      // The last one would run out of the picture.
      if (at === 0 || this.#place(at) < 96) {
        picture.append(svg("text", { x, y: 12, "text-anchor": at === 0 ? "start" : "middle" }, clock(at)))
      }
    }
    return picture
  }

  #ruler(ruler) {
    if (!ruler?.shots?.length && !ruler?.black?.length) return null
    const shots = ruler.shots ?? []
    const black = ruler.black ?? []
    const bars = svg("svg", { class: "bars low", role: "img", "aria-label": WORDS.lanes.ruler(shots.length, black.length) })
    for (const ms of shots) {
      const x = `${this.#place(ms)}%`
      bars.append(svg("line", { class: "shot", x1: x, x2: x, y1: 0, y2: 10 }))
    }
    for (const [start, end] of black) {
      bars.append(
        svg(
          "rect",
          { class: "black", x: `${this.#place(start)}%`, width: `${Math.max(LEAST_WIDTH, this.#place(end - start))}%`, y: 2, height: 8 },
          svg("title", {}, WORDS.lanes.black(clock(start), clock(end))),
        ),
      )
    }
    return el(
      "div",
      { class: "lane ruler" },
      el("div", { class: "label soft", text: WORDS.lanes.shots }),
      bars,
      el("div", { class: "peak soft", text: WORDS.lanes.shotCount(shots.length) }),
    )
  }

  #group({ title, lanes, more }) {
    return el(
      "div",
      { class: "group", role: "group", "aria-label": shown(title) },
      el("h3", { text: shown(title) }),
      ...lanes.map((lane) => this.#lane(lane)),
      more ? el("p", { class: "hint", text: WORDS.lanes.more(more) }) : null,
    )
  }

  #lane({ label, about, look, alerted, peak_ms: peakMs, max_confidence: highest, bars }) {
    const name = shown(about ? WORDS.lanes.about(label, about) : label, { longest: 80 })
    const drawn = svg(
      "svg",
      {
        class: "bars",
        role: "img",
        "aria-label": WORDS.lanes.lane(name, bars.length, confidence(highest), clock(peakMs)),
      },
      svg("line", { class: "ground", x1: 0, x2: "100%", y1: HEIGHT, y2: HEIGHT }),
      ...bars.map((bar) =>
        svg(
          "rect",
          {
            class: look,
            x: `${this.#place(bar.start_ms)}%`,
            width: `${Math.max(LEAST_WIDTH, this.#place(bar.end_ms - bar.start_ms))}%`,
            y: HEIGHT - STEP * bar.step,
            height: STEP * bar.step,
          },
          svg("title", {}, WORDS.lanes.bar(name, clock(bar.start_ms), clock(bar.end_ms), confidence(bar.max_confidence))),
        ),
      ),
    )
    return el(
      "div",
      { class: "lane" },
      el(
        "div",
        { class: "label" },
        svg("svg", { class: "swatch", "aria-hidden": "true", focusable: "false" }, svg("rect", { class: look, width: 14, height: 10 })),
        el("bdi", { text: name, title: name }),
        alerted ? el("span", { class: "alert", text: WORDS.lanes.alert }) : null,
      ),
      drawn,
      el("div", { class: "peak" }, confidence(highest), " ", el("span", { class: "soft", text: clock(peakMs) })),
    )
  }
}
