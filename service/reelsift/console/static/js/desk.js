// The videos that this reviewer holds: the one at work, and the next, which is taken ahead so that nobody waits.

import { call, part } from "./api.js"
import { training } from "./session.js"

/** How often a claim is renewed, in ms. One that stands still for ten minutes goes back to the queue. */
const RENEW_MS = 60_000

/** Tells `lost` listeners, with an ApiError as detail, that the video at work is no longer ours. */
export class Desk extends EventTarget {
  #ahead = null
  #timer = null
  #done = []

  constructor({ seconds }) {
    super()
    this.seconds = seconds
    this.queues = []
    this.current = null
  }

  /** The next video, or `{nothing, code}`. Raises ApiError. */
  async next() {
    const ahead = await this.#ahead?.catch(() => null)
    this.#ahead = null
    const answer = ahead?.video_id ? ahead : await call("POST", "/api/next", this.#asked())
    // Those who have been through all of the training begin anew.
    if (training && !answer.video_id) this.#done = []
    return this.#take(answer)
  }

  /** Takes a video that was given in another way: by undo, or by reopening. The one at work waits its turn. */
  take(item) {
    if (this.current) this.#ahead = Promise.resolve(this.current)
    return this.#take(item, { ahead: this.#ahead !== null })
  }

  /** Makes room for one that comes back: no more than two are held. */
  async makeRoom() {
    if (!this.current) return
    const ahead = await this.#ahead?.catch(() => null)
    this.#ahead = null
    if (ahead?.video_id) await call("POST", claim(ahead.video_id, "release"), {}).catch(() => {})
  }

  /** It is out of our hands: decided, skipped, parked, sealed. */
  done() {
    if (training && this.current) this.#done.push(this.current.video_id)
    this.current = null
  }

  /** Ends the claim on the one at work by one of its ways. */
  async leave(way, body = {}, item = this.current) {
    await call("POST", claim(item.video_id, way), body)
    if (this.current === item) this.done()
  }

  /**
   * Gives everything back. `leaving` where the page is about to be gone; `moved` where another window is at work for the
   * same person: what that one has is not given back.
   */
  async release(draft, { leaving = false, moved = false } = {}) {
    clearInterval(this.#timer)
    const { current } = this
    const taking = this.#ahead
    this.#ahead = null
    this.current = null
    this.#tellSeconds(leaving)
    // One that is still being taken would be held by nobody's window.
    const ahead = leaving ? null : await taking?.catch(() => null)
    if (moved) {
      if (ahead?.video_id) await call("POST", claim(ahead.video_id, "release"), {}).catch(() => {})
      if (current) await call("POST", claim(current.video_id, "release"), draft ? { draft: unnamed(draft) } : {})
      return
    }
    await call("POST", "/api/break", draft ? { draft } : {}, { keepalive: leaving })
  }

  #asked(ahead = false) {
    if (training) return { done: this.#done }
    return { ...(this.queues.length ? { queues: this.queues } : {}), ...(ahead ? { ahead } : {}) }
  }

  #take(answer, { ahead = false } = {}) {
    this.current = answer?.video_id ? answer : null
    clearInterval(this.#timer)
    if (!this.current) return answer
    this.#timer = setInterval(() => this.#renew(), RENEW_MS)
    if (!ahead && !training) {
      this.#ahead = call("POST", "/api/next", this.#asked(true))
      this.#ahead.catch(() => {})
    }
    return answer
  }

  async #renew() {
    this.#tellSeconds()
    const { current } = this
    const ahead = await this.#ahead?.catch(() => null)
    if (ahead?.video_id) {
      call("POST", claim(ahead.video_id, "renew"), {}).catch((error) => {
        // Whoever has it now: it is not taken from them.
        if (!error.unanswered) this.#ahead = null
      })
    }
    if (!current) return
    try {
      await call("POST", claim(current.video_id, "renew"), {})
    } catch (error) {
      const gone = !error.unanswered && error.status !== 429
      if (gone && this.current === current) this.dispatchEvent(new CustomEvent("lost", { detail: error }))
    }
  }

  #tellSeconds(leaving = false) {
    const seconds = this.seconds()
    if (seconds > 0) call("POST", "/api/input", { seconds }, { keepalive: leaving }).catch(() => {})
  }
}

const unnamed = ({ video_id: _, ...draft }) => draft
const claim = (videoId, way) => `/api/claims/${part(videoId)}/${way}`
