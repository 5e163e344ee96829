// One video at work: words first, then pictures on request, and beside them what a decision is given for.

import { call, part } from "./api.js"
import { el, replace } from "./element.js"
import { icon } from "./icons.js"
import { wordsOf } from "./item.js"
import { Lanes } from "./lanes.js"
import { MediaLink } from "./media_link.js"
import { Peaks } from "./peaks.js"
import { Player } from "./player.js"
import { Reasons } from "./reasons.js"
import { RestrictionForm } from "./restriction.js"
import { drawStill } from "./training_still.js"
import { WORDS } from "./words.js"

const SAVE_MS = 1_500
const LONGEST_NOTE = 2000

/** Tells `restricted` (the form was sent), `reasons`, `peaks` (one was opened) and `unplayable` listeners. */
export class Workplace extends EventTarget {
  #saving = null

  constructor(item, { me, keys, veil }) {
    super()
    this.item = item
    this.contentChanged = false
    this.keys = keys
    this.veil = veil
    const hasVideo = Boolean(item.video) && !item.training
    this.link = hasVideo ? new MediaLink(item.video_id) : null
    this.peaks = new Peaks(item.peaks ?? [], this.link, veil, { draw: item.training ? drawStill : null })
    this.player = hasVideo ? new Player(item, this.link, veil, { speed: me.preferences?.speed, keys }) : null
    this.lanes = item.lanes ? new Lanes(item.lanes) : null
    this.reasons = new Reasons(me.reasons ?? [], { keys })
    this.restriction = new RestrictionForm()
    this.element = this.#build()
    this.#connect()
    this.#restore(item.draft)
  }

  /** What was written so far, as it is kept. */
  get draft() {
    return { note: this.noteField.value.trim() || null, reasons: this.reasons.codes, restriction: this.restriction.value }
  }

  get hasDraft() {
    const { note, reasons, restriction } = this.draft
    return Boolean(note || reasons.length || restriction)
  }

  async showFrames() {
    if (this.peaks.isOpen) this.peaks.close()
    else {
      const opening = this.peaks.open()
      this.#mark()
      this.#bringInto(this.peaks.element)
      await opening
    }
    this.#mark()
  }

  /** Goes to the next peak (+1) or the one before (-1), in the player. */
  async movePeak(by) {
    if (this.peaks.move(by)) await this.#goToPeak()
  }

  /** Whoever only passes by a peak has not seen it: it has to be there. */
  async #goToPeak() {
    const place = this.peaks.at
    const shown = await this.goTo(this.peaks.peaks[place].ms)
    if ((shown && this.peaks.at === place) || this.item.training) this.peaks.markOpened(place)
  }

  /** Whether its picture came. */
  async goTo(ms) {
    if (!this.player) return false
    const first = !this.player.isOpen
    const opening = this.player.open(ms)
    this.calm.hidden = true
    if (first) this.#bringInto(this.player.element)
    return opening
  }

  #bringInto(view) {
    view.scrollIntoView({ block: "nearest" })
  }

  /** Nothing of the video stays: no picture, no sound, no words. */
  dispose() {
    clearTimeout(this.#saving)
    this.#saving = null
    this.peaks.dispose()
    this.player?.dispose()
    this.element.remove()
  }

  focus() {
    this.#focusTitle()
    scrollTo(0, 0)
  }

  /** Where keys mean what they mean everywhere. */
  #focusTitle() {
    this.element.querySelector("h1").focus({ preventScroll: true })
  }

  #build() {
    const { item, keys } = this
    this.framesButton = el("button", { type: "button", "aria-expanded": "false", on: { click: () => this.showFrames() } })
    this.openedWords = el("span", { class: "soft" })
    this.switches = ["blur", "grey", "mute"].map((which) =>
      el(
        "button",
        { type: "button", class: "switch", role: "switch", title: keys.hint(which), data: { which }, on: { click: () => this.veil.turn(which) } },
        icon(which),
        el("span", { text: WORDS.actions[which] }),
        el("kbd", { text: keys.name(which), "aria-hidden": "true" }),
      ),
    )
    this.calm = el("p", { class: "hint calm", text: WORDS.peaks.hidden })
    this.trouble = el("div", { class: "notice media", hidden: true })
    this.pictures = el(
      "section",
      { class: "pictures" },
      el("div", { class: "bar" }, this.framesButton, this.openedWords, el("span", { class: "gap" }), ...this.switches),
      this.calm,
      this.trouble,
      this.peaks.element,
      this.player?.element,
      this.lanes?.element,
    )
    this.noteField = el("textarea", { id: "note", rows: 3, maxlength: LONGEST_NOTE, placeholder: WORDS.note.placeholder })
    const note = el(
      "section",
      { class: "note" },
      el("label", { for: "note" }, WORDS.note.title, el("kbd", { text: keys.name("note"), "aria-hidden": "true" })),
      this.noteField,
    )
    const words = wordsOf(item, { goTo: (ms) => this.goTo(ms) })
    return el(
      "div",
      { class: "workplace" },
      el("div", { class: "column" }, words, this.pictures),
      el("aside", { class: "rail", "aria-label": WORDS.reasons.title }, this.reasons.element, this.restriction.element, note),
    )
  }

  #connect() {
    this.veil.addEventListener("change", this.#switched)
    this.peaks.addEventListener("opened", () => {
      this.#mark()
      this.dispatchEvent(new Event("peaks"))
    })
    this.peaks.addEventListener("chosen", ({ detail }) => {
      this.peaks.select(detail)
      this.#goToPeak()
    })
    this.lanes?.addEventListener("chosen", ({ detail }) => this.goTo(detail))
    this.player?.addEventListener("time", ({ detail }) => this.lanes?.mark(detail))
    for (const pictures of [this.peaks, this.player]) {
      pictures?.addEventListener("failed", ({ detail }) => this.#failed(detail))
    }
    this.restriction.addEventListener("given", () => this.dispatchEvent(new Event("restricted")))
    this.restriction.element.addEventListener("input", () => this.#save())
    this.reasons.addEventListener("left", () => this.#focusTitle())
    this.reasons.addEventListener("change", () => {
      this.#save()
      this.dispatchEvent(new Event("reasons"))
    })
    this.noteField.addEventListener("input", () => this.#save())
    this.noteField.addEventListener("keydown", (event) => event.key === "Escape" && this.noteField.blur())
    this.#switched()
    this.#mark()
  }

  #switched = () => {
    for (const button of this.switches) button.setAttribute("aria-checked", String(this.veil[button.dataset.which]))
  }

  #mark() {
    const { peaks, keys } = this
    const count = peaks.peaks.length
    this.framesButton.setAttribute("aria-expanded", String(peaks.isOpen))
    replace(
      this.framesButton,
      icon("frames"),
      el("span", { text: peaks.isOpen ? WORDS.peaks.hide : WORDS.peaks.show(count) }),
      el("kbd", { text: keys.name("peaks"), "aria-hidden": "true" }),
    )
    this.openedWords.textContent = count ? WORDS.peaks.opened(peaks.opened.size, count) : ""
    this.calm.hidden = peaks.isOpen || Boolean(this.player?.isOpen)
  }

  #failed({ reason, cause }) {
    const text = WORDS.media[reason] ?? cause?.message ?? WORDS.media.unreachable
    replace(
      this.trouble,
      icon("warning"),
      el("span", { text }),
      reason === "unplayable"
        ? el("button", { type: "button", text: WORDS.media.toDownloads, on: { click: () => this.dispatchEvent(new Event("unplayable")) } })
        : null,
    )
    this.trouble.hidden = false
    if (reason === "content_changed") this.dispatchEvent(new CustomEvent("changed", { detail: cause }))
  }

  #restore(draft) {
    if (!draft) return
    this.noteField.value = draft.note ?? ""
    this.reasons.codes = draft.reasons ?? []
    if (draft.restriction) this.restriction.value = draft.restriction
  }

  /** Keeps now what was written last. Where that fails, what was kept before is there. */
  async save() {
    if (this.#saving === null) return
    clearTimeout(this.#saving)
    this.#saving = null
    await call("PUT", `/api/drafts/${part(this.item.video_id)}`, this.draft).catch(() => {})
  }

  #save() {
    clearTimeout(this.#saving)
    if (!this.item.training) this.#saving = setTimeout(() => this.save(), SAVE_MS)
  }
}
