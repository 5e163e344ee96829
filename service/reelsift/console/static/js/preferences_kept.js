// What a reviewer prefers, kept by the server, so that it is the same on every machine.

import { call } from "./api.js"
import { useTheme } from "./theme.js"

const SAVE_MS = 600

export class Preferences {
  #timer = null

  constructor(value) {
    this.value = value ?? {}
    if (this.value.theme) useTheme(this.value.theme)
    addEventListener("pagehide", () => this.#timer && this.save({ keepalive: true }).catch(() => {}))
  }

  /** Changes some of them, and keeps them in a moment: switches are often turned twice. */
  keep(changes) {
    this.value = { ...this.value, ...changes }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.save().catch(() => {}), SAVE_MS)
  }

  /** Keeps them now. Raises ApiError. */
  async save(options) {
    clearTimeout(this.#timer)
    this.#timer = null
    this.value = (await call("PUT", "/api/me/preferences", this.value, options)) ?? this.value
  }
}
