// What is between a reviewer and the pictures: blur, grey and silence, each a switch of its own. All are on at first.

/** Tells `change` listeners of each switch. */
export class Veil extends EventTarget {
  constructor({ blur = true, grey = true, mute = true } = {}) {
    super()
    this.blur = blur !== false
    this.grey = grey !== false
    this.mute = mute !== false
    // Whoever looks away does not expect what they see on coming back.
    window.addEventListener("blur", () => this.draw())
    document.addEventListener("visibilitychange", () => document.hidden && this.draw())
  }

  /** Turns one switch, because the reviewer wants it so from now on. */
  turn(which) {
    this[which] = !this[which]
    this.dispatchEvent(new CustomEvent("change", { detail: { which, wanted: true } }))
  }

  /** Blurs again until the reviewer says otherwise. It changes no preference. */
  draw() {
    this.dispatchEvent(new Event("left"))
    if (this.blur) return
    this.blur = true
    this.dispatchEvent(new CustomEvent("change", { detail: { which: "blur", wanted: false } }))
  }

  /** Puts the switches onto an element, for the style sheet. */
  mark(element) {
    element.dataset.blur = String(this.blur)
    element.dataset.grey = String(this.grey)
  }
}
