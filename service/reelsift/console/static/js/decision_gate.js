// When a decision counts: not before its reasons could be read, and an approval not before its peaks were opened.

/** How long the reasons must have stood on the screen, in ms. */
export const LEAST_MS = 700

/** Between the press that asks and the one that answers, in ms: two of a double press are nearer. */
const BETWEEN_MS = 500

/** For how long a second press answers the first, in ms. */
const ARMED_MS = 8_000

export class DecisionGate extends EventTarget {
  #painted = null
  #armed = null
  #timer = null
  #generation = 0

  /** Waits until what was just put into the page has been painted, which never happens while nobody can see it. */
  watch() {
    this.reset()
    const generation = this.#generation
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (generation !== this.#generation) return
        this.#painted = performance.now()
        this.dispatchEvent(new Event("painted"))
        this.#timer = setTimeout(() => this.dispatchEvent(new Event("ready")), LEAST_MS)
      }),
    )
  }

  reset() {
    this.#generation += 1
    this.#painted = null
    this.#armed = null
    clearTimeout(this.#timer)
  }

  /** How long the reasons have stood there, in ms; 0 while they have not been painted. */
  get paintedMs() {
    return this.#painted === null ? 0 : Math.floor(performance.now() - this.#painted)
  }

  get ready() {
    return this.#painted !== null && performance.now() - this.#painted >= LEAST_MS
  }

  /**
   * Whether an approval counts with so many peaks unopened. Where it does not, it is asked for once more; the answer has
   * to be a press of its own.
   */
  approves(unopened) {
    if (!unopened) return true
    const now = performance.now()
    const since = this.#armed === null ? Infinity : now - this.#armed
    if (since >= BETWEEN_MS && since <= ARMED_MS) return true
    if (since > ARMED_MS) this.#armed = now
    return false
  }

  /** Forgets that it was asked. */
  disarm() {
    this.#armed = null
  }
}
