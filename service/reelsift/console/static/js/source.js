// A video element that is kept supplied: its link is signed anew when it has expired, and it goes on where it was.

import { el } from "./element.js"

/** Links that may fail one after the other before it is the video that is at fault. */
const MOST_FAILURES = 3

/**
 * For how long (ms) nothing may come of what is waited for. A link that is over is refused by the bucket in a form that
 * browsers hide from pages (opaque response blocking): they ask again and again, and tell of no error for minutes.
 */
const PATIENCE_MS = { fresh: 8_000, over: 1_500 }
const LOOK_MS = 250

/** After a video has sought, its picture is decoded within this time (ms), on a busy machine too. */
const PICTURE_MS = 2_000

const NOT_PLAYABLE = 4 // MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED

/** Why no picture comes: `unplayable` (this browser cannot) or what the answer to the link says. */
export class NoPicture extends Error {
  constructor(reason, cause) {
    super(reason, { cause })
    this.reason = reason
  }
}

/** Tells `gone` listeners, with a NoPicture as detail, that it has given up. Nothing is loaded before it is asked for. */
export class Source extends EventTarget {
  #link
  #wanted = 0
  #seeks = 0
  #loading = null
  #failures = 0
  #disposed = false
  #recovering = false
  #heard = 0
  #watching = null
  playing = false

  constructor(link) {
    super()
    this.#link = link
    this.video = el("video", {
      playsinline: true,
      preload: "auto",
      tabindex: -1,
      disablepictureinpicture: true,
      disableremoteplayback: true,
      controlslist: "nodownload noremoteplayback nofullscreen",
    })
    this.video.muted = true
    this.video.addEventListener("error", () => this.#recover())
    for (const event of ["loadstart", "progress", "loadedmetadata", "seeking", "seeked", "playing", "timeupdate"]) {
      this.video.addEventListener(event, () => {
        this.#heard = performance.now()
      })
    }
    this.video.addEventListener("timeupdate", () => {
      // While it is on its way elsewhere, what still plays says nothing of where it is wanted.
      if (!this.#seeks && !this.video.seeking && this.video.readyState > 1) this.#wanted = this.video.currentTime
    })
    this.video.addEventListener("playing", () => {
      this.#failures = 0
    })
  }

  get loaded() {
    return this.#loading !== null
  }

  /** Goes to a time in ms; resolves once its picture is there. Raises NoPicture. */
  async seek(ms) {
    this.#wanted = Math.max(0, ms / 1000)
    this.#seeks += 1
    try {
      await this.#go()
    } finally {
      this.#seeks -= 1
    }
    this.#failures = 0
  }

  async #go() {
    await this.#load()
    if (!this.#link.fresh && !this.#has(this.#wanted)) await this.#supply()
    const there = this.video.readyState > 1 && !this.video.seeking && this.video.currentTime === this.#wanted
    const painted = there ? null : this.#painted()
    await this.#settled(() => {
      this.video.currentTime = this.#wanted
    })
    // A video has sought before its picture is there.
    await painted
  }

  /** Plays or rests. Raises NoPicture. */
  async play(playing) {
    this.playing = playing
    if (!playing) {
      this.video.pause()
      return
    }
    await this.#load()
    // Refused only where the element was told to rest meanwhile, or where `error` says more.
    await this.video.play().catch(() => {})
  }

  /** Forgets the video: nothing of it is left in the page. */
  dispose() {
    this.#disposed = true
    clearInterval(this.#watching)
    this.playing = false
    this.video.pause()
    this.video.removeAttribute("src")
    this.video.load()
    this.video.remove()
  }

  /** Resolves with the next picture; also where it takes so long that something else must be wrong. */
  #painted() {
    return new Promise((resolve) => {
      this.video.requestVideoFrameCallback?.(resolve)
      setTimeout(resolve, PICTURE_MS)
    })
  }

  #has(seconds) {
    const { buffered } = this.video
    for (let range = 0; range < buffered.length; range += 1) {
      if (buffered.start(range) <= seconds && seconds <= buffered.end(range)) return true
    }
    return false
  }

  #load() {
    this.#loading ??= this.#supply().catch((error) => {
      this.#loading = null
      throw error
    })
    return this.#loading
  }

  /** Takes a link and waits until the video is known by it, at the time that is wanted. */
  async #supply({ failed = false } = {}) {
    let link
    try {
      link = await this.#link.get({ failed })
    } catch (error) {
      throw this.#gone(new NoPicture(error.code ?? "unreachable", error))
    }
    if (this.#disposed) return
    this.#watching ??= setInterval(() => this.#watch(), LOOK_MS)
    await this.#settled(() => {
      this.video.addEventListener(
        "loadedmetadata",
        () => {
          this.video.currentTime = Math.min(this.#wanted, this.video.duration || this.#wanted)
          if (this.playing) this.video.play().catch(() => {})
        },
        { once: true },
      )
      this.video.src = link.url
    })
  }

  #settled(begin) {
    return new Promise((resolve, reject) => {
      const over = new AbortController()
      const { signal } = over
      this.video.addEventListener("seeked", () => (over.abort(), resolve()), { signal })
      this.addEventListener("gone", (event) => (over.abort(), reject(event.detail)), { signal })
      begin()
    })
  }

  /** Takes another link where what is waited for does not come. */
  #watch() {
    const { readyState, seeking, error } = this.video
    const waits = readyState === 0 || seeking || (this.playing && readyState < 3)
    if (!waits || error || !this.loaded || this.#recovering) return
    if (performance.now() - this.#heard > PATIENCE_MS[this.#link.fresh ? "fresh" : "over"]) this.#recover()
  }

  async #recover() {
    if (this.#disposed || !this.video.hasAttribute("src") || this.#recovering) return
    this.#recovering = true
    this.#heard = performance.now()
    this.#failures += 1
    if (this.#failures > MOST_FAILURES) {
      const reason = this.video.error?.code === NOT_PLAYABLE ? "unplayable" : "unreachable"
      this.#recovering = false
      this.#gone(new NoPicture(reason, this.video.error))
      return
    }
    // It has what it takes once the link was set: an error from then on is another failure.
    const supplied = this.#supply({ failed: true }).catch(() => {})
    this.video.addEventListener("loadstart", () => (this.#recovering = false), { once: true })
    await supplied
    this.#recovering = false
  }

  #gone(error) {
    // Whoever asks once more begins anew.
    this.playing = false
    this.#loading = null
    this.#failures = 0
    this.dispatchEvent(new CustomEvent("gone", { detail: error }))
    return error
  }
}
