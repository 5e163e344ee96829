// The signed link to the video of an item. It lasts minutes, so it is signed anew when it is needed after that.

import { call, part } from "./api.js"

/** Before a link ends, in ms: what is asked for in this time may come too late. */
const MARGIN_MS = 5_000

/** Where this machine's clock is ahead, a link still serves so long. One that is over is found out by playing it. */
const LEAST_MS = 3_000

export class MediaLink {
  #videoId
  #link = null
  #asked = null

  constructor(videoId) {
    this.#videoId = videoId
  }

  /** The seconds of clocks that differ are not worth a fresh link each time: the time left counts from the answer. */
  get fresh() {
    return this.#link !== null && performance.now() < this.#link.until
  }

  /** `{url, playable}`; the one there is while it lasts, unless it is told to have failed. Raises ApiError. */
  async get({ failed = false } = {}) {
    if (this.fresh && !failed) return this.#link
    this.#asked ??= this.#sign().finally(() => {
      this.#asked = null
    })
    return this.#asked
  }

  async #sign() {
    const { url, expires_ms: expires, content_type: type, playable } = await call(
      "POST",
      `/api/videos/${part(this.#videoId)}/link`,
      {},
    )
    const left = Math.max(LEAST_MS, expires - Date.now() - MARGIN_MS)
    this.#link = { url, playable: playable !== false, type, until: performance.now() + left }
    return this.#link
  }
}
