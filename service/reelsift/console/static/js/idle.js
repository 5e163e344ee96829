// Whether somebody is there, and for how long they were.

const EVENTS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart"]

/** Without input for so long, somebody may be reading; for longer they do not count as at work. */
const READING_MS = 60_000

const LOOK_MS = 1_000

/** Tells `idle` listeners, once, that nothing was put in for `afterMs`. */
export class Idle extends EventTarget {
  #last = Date.now()
  #looked = Date.now()
  #active = 0
  #told = true

  constructor(afterMs) {
    super()
    this.afterMs = afterMs
    for (const name of EVENTS) addEventListener(name, () => this.#input(), { capture: true, passive: true })
    // By the time of the day: a machine that slept was not at work.
    setInterval(() => this.#look(), LOOK_MS)
    document.addEventListener("visibilitychange", () => this.#look())
  }

  /** From now on it is told. */
  start() {
    this.#last = Date.now()
    this.#told = false
  }

  stop() {
    this.#told = true
  }

  /** The seconds at work since this was asked last. */
  takeSeconds() {
    const seconds = Math.floor(this.#active / 1000)
    this.#active -= seconds * 1000
    return seconds
  }

  #input() {
    this.#look()
    if (!this.#told) this.#last = Date.now()
  }

  #look() {
    const now = Date.now()
    if (!this.#told && now - this.#last < READING_MS) this.#active += Math.min(now - this.#looked, 2 * LOOK_MS)
    this.#looked = now
    if (this.#told || now - this.#last < this.afterMs) return
    this.#told = true
    this.dispatchEvent(new Event("idle"))
  }
}
