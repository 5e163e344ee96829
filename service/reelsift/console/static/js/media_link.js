// The signed link to the video of an item. It lasts minutes, so it is signed anew when it is needed after that.

import { call, part, serverNow } from "./api.js"

/** Before a link ends, in ms: what is asked for in this time may come too late. */
const MARGIN_MS = 5_000

/** So long a link serves all the same: one that lasts hardly longer than that would be signed anew all the time. */
const LEAST_MS = 1_000

export class MediaLink {
  #videoId
  #link = null
  #asked = null

  constructor(videoId) {
    this.#videoId = videoId
  }

  /** Whether it still serves, as far as clocks tell. */
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
    const left = Math.max(LEAST_MS, expires - serverNow() - MARGIN_MS)
    this.#link = { url, playable: playable !== false, type, until: performance.now() + left }
    return this.#link
  }
}
