// The page on which videos are decided. It is always at one of few things: the start, a video, a break, black.

import { Announcer } from "./announcer.js"
import { call, part } from "./api.js"
import { BlackScreen } from "./black_screen.js"
import { DecisionBar } from "./decision_bar.js"
import { DecisionGate } from "./decision_gate.js"
import { Desk } from "./desk.js"
import { el, replace } from "./element.js"
import { Help } from "./help.js"
import { icon } from "./icons.js"
import { Idle } from "./idle.js"
import { announcementOf } from "./item.js"
import { Keys, keysOf } from "./keys.js"
import { Masthead } from "./masthead.js"
import { onlyWindow } from "./only_window.js"
import { limitsOf, panel, queueChoice } from "./panel.js"
import { ParkSheet } from "./park.js"
import { Preferences } from "./preferences_kept.js"
import { training } from "./session.js"
import { signedOut } from "./signed_out.js"
import { shown, timeOfDay } from "./times.js"
import { Toast } from "./toast.js"
import { Veil } from "./veil.js"
import { WORDS } from "./words.js"
import { Workplace } from "./workplace.js"


/** Shorter than the server's time to undo, for the way there, in ms. */
const UNDO_MARGIN_MS = 300

const DECISIONS = ["approve", "restrict", "reject", "escalate", "uphold"]

/** The fragment of the address by which other pages say that a video is held for this one. */
const REOPENED = "#reopened="

class Review {
  #place = null
  #busy = false
  #refused = false
  #unanswered = null
  #primary = null

  constructor(me) {
    this.me = me
    this.main = document.getElementById("main")
    this.announcer = new Announcer()
    this.keys = new Keys(keysOf(me.preferences?.keys))
    this.preferences = new Preferences(me.preferences)
    this.veil = new Veil(this.preferences.value)
    this.gate = new DecisionGate()
    this.bar = new DecisionBar({ act: (action) => this.act(action), keys: this.keys })
    this.toast = new Toast({ keys: this.keys })
    this.help = new Help(this.keys)
    this.parking = new ParkSheet()
    this.black = new BlackScreen()
    this.idle = new Idle(1000 * me.idle_s)
    this.desk = new Desk({ seconds: () => this.idle.takeSeconds() })
    this.chosen = new Set(this.preferences.value.queues ?? [])
    this.masthead = new Masthead({ page: "review", me, preferences: this.preferences, tools: this.#tools(), leaving: () => this.#release() })
    document.body.append(this.bar.element, this.toast.element, this.help.element, this.parking.element, this.black.element)
    this.#listen()
  }

  // What is on the page.

  /** The start, and what it is after: `title` and `text` say so. */
  async start({ title = WORDS.start.title, text = [], go = WORDS.start.begin } = {}) {
    this.#clear()
    const body = []
    try {
      this.me = await call("GET", "/api/me")
      this.masthead.count(this.me.day)
      if (!training) body.push(await queueChoice(this.chosen))
    } catch (error) {
      this.#trouble(error, () => this.start({ title, text, go }))
      return
    }
    const limits = limitsOf(this.me)
    if (limits.length) {
      body.push(el("section", { class: "limits" }, el("h2", { text: WORDS.start.limits.title }), el("ul", {}, ...limits.map((line) => el("li", { text: line }))), el("p", { class: "hint", text: WORDS.start.limits.only })))
    }
    body.push(el("p", { class: "hint", text: WORDS.start.calm }))
    this.#panel({
      title,
      text,
      body,
      primary: this.me.read_only ? null : { words: go, act: () => this.begin() },
      secondary: training || this.me.read_only ? [] : [{ words: WORDS.start.training, act: () => location.assign("/?training=1") }],
    })
  }

  async begin() {
    const queues = [...this.chosen]
    if (queues.join() !== (this.preferences.value.queues ?? []).join()) this.preferences.keep({ queues })
    this.desk.queues = queues
    await this.next()
  }

  /** Goes on with a video that is held already; where it is no more, with the next. */
  async reopen(videoId) {
    this.desk.queues = [...this.chosen]
    try {
      this.show(this.desk.take(await call("GET", `/api/claims/${part(videoId)}`)))
    } catch {
      await this.next()
    }
  }

  async next() {
    this.#clear()
    replace(this.main, el("p", { class: "loading", role: "status", text: WORDS.start.loading }))
    let answer
    try {
      answer = await this.desk.next()
    } catch (error) {
      this.#trouble(error, () => this.next())
      return
    }
    if (!answer?.video_id) {
      this.#panel({
        title: WORDS.start.nothing,
        text: [shown(answer?.nothing ?? "")],
        primary: { words: WORDS.start.look, act: () => this.next() },
        secondary: [{ words: WORDS.start.queues, act: () => this.start() }],
      })
      return
    }
    this.show(answer)
  }

  show(item) {
    this.#clear()
    const place = new Workplace(item, { me: this.me, keys: this.keys, veil: this.veil })
    this.#place = place
    place.addEventListener("restricted", () => this.decide("restrict"))
    place.addEventListener("reasons", () => this.#asked())
    place.addEventListener("peaks", () => this.#asked())
    place.addEventListener("unplayable", () => this.#unplayable())
    place.addEventListener("changed", ({ detail }) => this.#meanwhile(detail))
    replace(this.main, place.element)
    this.bar.show(item, { readOnly: this.me.read_only })
    document.body.classList.add("at-work")
    place.focus()
    this.gate.watch()
    this.idle.start()
    this.announcer.say(announcementOf(item))
  }

  // What is done.

  /** Any action of the bar or of a key. */
  async act(action) {
    if (!this.#place) return
    // Whoever may look may also put out of sight what they have come upon, whatever is under way.
    if (action === "seal") await this.seal()
    else if (this.#busy) return
    else if (this.me.read_only) return
    else if (action === "skip") await this.#leave("skip", {}, WORDS.done.skip)
    else if (action === "park") await this.park()
    else if (action === "restrict") this.restrict()
    else await this.decide(action)
  }

  restrict() {
    if (!this.gate.ready || this.#refused) return
    this.gate.disarm()
    this.#place.restriction.open()
  }

  async decide(action) {
    const place = this.#place
    if (!place || this.#busy || this.#refused || !this.gate.ready) return
    const { item } = place
    if (action === "uphold" && !item.appeal) return
    if (action !== "approve") this.gate.disarm()
    if (["restrict", "reject"].includes(action) && !place.reasons.codes.length) {
      place.reasons.ask()
      this.bar.tell(WORDS.reasons.missing, { grave: true })
      if (action === "restrict") place.restriction.tell(WORDS.reasons.missing)
      return
    }
    if (action === "restrict" && !place.restriction.value) {
      place.restriction.tell(WORDS.restriction.empty)
      return
    }
    if (action === "approve" && !this.gate.approves(place.peaks.unopened)) {
      this.bar.tell(WORDS.bar.peaks(place.peaks.unopened, this.keys.name("approve")))
      return
    }
    await this.#send(action, this.#body(action))
  }

  async undo() {
    if (this.#busy) return
    this.toast.undo()
  }

  async park() {
    const { item } = this.#place
    let colleagues = []
    try {
      colleagues = item.training ? [] : await call("GET", "/api/colleagues")
    } catch (error) {
      this.bar.tell(error.message, { grave: true })
    }
    const by = await this.parking.ask(colleagues)
    if (by === undefined || this.#place?.item !== item) return
    await this.#leave("park", by ? { for: by } : {}, WORDS.done.park)
  }

  async rest() {
    if (!this.desk.current) return
    await this.#release()
    await this.start({ title: WORDS.start.back, text: [WORDS.start.released], go: WORDS.start.again })
  }

  /** The one key: black first, everything else after. */
  async seal() {
    const { item } = this.#place
    this.#clear()
    this.toast.hide()
    replace(this.main)
    this.black.show(this.me.support_text)
    const send = async () => {
      try {
        if (!item.training) await call("POST", `/api/videos/${part(item.video_id)}/seal`, { kind: "child_safety" })
        // Nothing waits for whoever has to rest now.
        await this.desk.release(null).catch(() => {})
        this.black.done({ go: () => this.next(), rest: () => this.#rested() })
      } catch (error) {
        this.black.failed(error.message, send)
      }
    }
    await send()
  }

  // Behind that.

  #body(action) {
    const { item, reasons, restriction, noteField, peaks, player } = this.#place
    const appeal = Boolean(item.appeal) && ["approve", "restrict", "reject"].includes(action)
    return {
      video_id: item.video_id,
      action: appeal ? "overturn" : action,
      ...(appeal ? { to: action } : {}),
      ...(item.appeal && action !== "escalate" ? { appeal: item.appeal } : {}),
      reasons: ["restrict", "reject", "escalate"].includes(action) ? reasons.codes : [],
      note: noteField.value.trim() || null,
      ...(action === "restrict" ? restriction.value : {}),
      seen_decision: item.seen_decision,
      etag: item.video?.etag ?? null,
      content_changed: this.#place.contentChanged,
      seen: { painted_ms: this.gate.paintedMs, peaks_opened: peaks.opened.size, played_ms: player?.playedMs ?? 0 },
    }
  }

  async #send(action, body) {
    // Where no answer came the same is sent again, under the same key: it cannot be decided twice.
    const same = this.#unanswered?.action === action ? this.#unanswered.body : null
    const sent = same ?? { ...body, idempotency_key: crypto.randomUUID() }
    const place = this.#place
    this.#work(true)
    this.bar.tell(WORDS.bar.sending)
    try {
      const answer = await call("POST", "/api/decisions", sent)
      // Put out of sight meanwhile: by the one key, or because nobody was there.
      if (this.#place !== place) return
      this.#unanswered = null
      this.desk.done()
      await this.#decided(action, sent, answer)
    } catch (error) {
      if (this.#place !== place) return
      this.#unanswered = error.unanswered ? { action, body: sent } : null
      this.#refusedBy(error)
    } finally {
      this.#work(false)
    }
  }

  async #decided(action, sent, answer) {
    if ("matched" in answer) {
      this.#corrected(answer)
      return
    }
    // From here on by this machine's clock: that of the server may be another.
    const forMs = 1000 * this.me.undo_s - UNDO_MARGIN_MS
    const undo = () => this.#takeBack(sent, answer.decision)
    this.toast.show(WORDS.done[action], answer.undo_until_ms && forMs > 0 ? { forMs, undo } : {})
    if (this.me.day) {
      this.me.day.decided = (this.me.day.decided ?? 0) + 1
      this.masthead.count(this.me.day)
    }
    await this.next()
  }

  #corrected({ matched, expected, expected_reasons: codes, explanation }) {
    const reasons = this.me.reasons.filter(({ code }) => codes.includes(code)).map(({ words }) => shown(words))
    this.#panel({
      title: matched ? WORDS.training.right : WORDS.training.wrong((WORDS.actions[expected] ?? shown(expected)).toLowerCase()),
      text: [reasons.length ? WORDS.training.reasons(reasons.join(", ")) : "", shown(explanation, { longest: 1000 })],
      primary: { words: WORDS.training.next, act: () => this.next() },
    })
  }

  async #takeBack({ video_id: videoId, note, reasons }, number) {
    this.#work(true)
    try {
      await this.desk.makeRoom()
      const item = await call("POST", `/api/decisions/${part(videoId)}/${number}/undo`, {})
      if (this.me.day?.decided) {
        this.me.day.decided -= 1
        this.masthead.count(this.me.day)
      }
      if (item?.video_id) {
        await this.#putOff()
        // What it was decided with is not to be written again.
        this.show(this.desk.take({ ...item, draft: item.draft ?? { note, reasons } }))
        this.toast.show(WORDS.done.undone)
      } else this.toast.show(WORDS.done.undoneElsewhere)
    } catch (error) {
      this.#tell(error)
    } finally {
      this.#work(false)
    }
  }

  /** The video at work comes again after another one, with what was written of it so far. */
  async #putOff() {
    const place = this.#place
    if (!place) return
    place.item.draft = place.hasDraft ? place.draft : null
    await place.save()
  }

  async #leave(way, body, words) {
    if (this.#refused) {
      await this.#onwards()
      return
    }
    const place = this.#place
    this.#work(true)
    try {
      await place.save()
      await this.desk.leave(way, body, place.item)
      if (this.#place !== place) return
      this.toast.show(words)
    } catch (error) {
      if (this.#place === place) this.#refusedBy(error)
      return
    } finally {
      this.#work(false)
    }
    await this.next()
  }

  #unplayable() {
    return this.#leave("unplayable", {}, WORDS.media.handedOn)
  }

  /** Somebody or something else was there first: nothing was written, and the video is let go. */
  #meanwhile(error) {
    const { action, by, at_ms: at } = error.members ?? {}
    const text = action
      ? WORDS.meanwhile.decided(
          (WORDS.decided[action] ?? shown(action)).toLowerCase(),
          by ? WORDS.item.by(shown(by)) : "",
          at ? timeOfDay(at) : "",
        )
      : error.message
    this.#refused = true
    this.bar.hide()
    const place = this.#place
    place.player?.rest()
    const notice = el(
      "div",
      { class: "notice meanwhile", role: "alert" },
      icon("warning"),
      el("div", {}, el("strong", { text: WORDS.meanwhile.title }), el("p", { text })),
      error.code === "content_changed"
        ? el("button", { type: "button", class: "quiet", text: WORDS.meanwhile.allTheSame, on: { click: () => this.#allTheSame(notice) } })
        : null,
      el("button", { type: "button", class: "primary", on: { click: () => this.#onwards() } }, WORDS.meanwhile.next, el("kbd", { text: "Enter", "aria-hidden": "true" })),
    )
    this.main.prepend(notice)
    this.#primary = () => this.#onwards()
    notice.querySelector(".primary").focus()
  }

  /** The content that was analysed is decided, although the object holds another by now. */
  #allTheSame(notice) {
    notice.remove()
    this.#refused = false
    this.#primary = null
    this.#place.contentChanged = true
    this.bar.show(this.#place.item)
    this.bar.painted()
    this.bar.ready()
    this.#place.focus()
  }

  async #onwards() {
    if (this.desk.current) await this.desk.leave("release").catch(() => this.desk.done())
    await this.next()
  }

  #refusedBy(error) {
    if (["decided_meanwhile", "content_changed", "not_claimed", "not_found", "sealed"].includes(error.code)) {
      this.#meanwhile(error)
      return
    }
    if (error.status === 401) {
      this.#tell(error)
      return
    }
    const text = error.status === 0 || error.status >= 500 ? (this.#unanswered ? WORDS.bar.unknown : error.message) : error.message
    this.bar.tell(shown(text, { longest: 600 }), { grave: true })
    this.#place?.restriction.tell(this.#place.restriction.isOpen ? shown(text, { longest: 600 }) : "")
    this.announcer.alert(text)
  }

  #tell(error) {
    if (error.status === 401) {
      this.#clear()
      signedOut(this.main)
    } else this.toast.show(error.message, { forMs: 8000 })
  }

  #trouble(error, again) {
    if (error.status === 401) this.#tell(error)
    else this.#panel({ title: error.message, primary: { words: WORDS.errors.retry, act: again } })
  }

  /** A reason or a peak came: what was asked for may be answered. */
  #asked() {
    this.bar.tell("")
    if (!this.#place.peaks.unopened) this.gate.disarm()
  }

  #panel(options) {
    this.#clear()
    const made = panel(options)
    replace(this.main, made)
    this.#primary = options.primary?.act ?? null
    made.querySelector("h1").focus()
  }

  #clear() {
    this.gate.reset()
    this.idle.stop()
    this.#place?.dispose()
    this.#place = null
    this.#primary = null
    this.#refused = false
    this.#unanswered = null
    this.bar.hide()
    document.body.classList.remove("at-work")
  }

  #work(busy) {
    this.#busy = busy
    this.bar.busy(busy)
  }

  /** Blanks the page at once, and gives everything back with the draft. */
  async #release(options) {
    const place = this.#place
    const draft = place?.hasDraft ? { video_id: place.item.video_id, ...place.draft } : null
    this.#clear()
    replace(this.main)
    await this.desk.release(draft, options).catch(() => {})
  }

  async #rested() {
    await this.start({ title: WORDS.start.back, go: WORDS.start.again })
  }

  async #away() {
    await this.#release()
    await this.start({ title: WORDS.start.away, text: [WORDS.start.awayWhy], go: WORDS.start.again })
    this.announcer.alert(WORDS.start.away)
  }

  async moved() {
    await this.#release({ moved: true })
    this.#panel({
      title: WORDS.start.moved,
      text: [WORDS.start.movedWhy],
      primary: { words: WORDS.start.here, act: () => location.reload() },
    })
  }

  #tools() {
    const tool = (action, act) =>
      el("button", { type: "button", class: "quiet", on: { click: act } }, icon(action), el("span", { text: WORDS.actions[action] }), el("kbd", { text: this.keys.name(action), "aria-hidden": "true" }))
    return [tool("break", () => this.rest()), tool("help", () => this.help.open())]
  }

  #listen() {
    const { keys } = this
    const at = (act) => () => this.#place && !this.#busy && act(this.#place)
    for (const action of [...DECISIONS, "skip", "park", "seal"]) keys.on(action, () => this.act(action))
    keys.on("undo", () => this.undo())
    keys.on("break", () => this.rest())
    keys.on("help", () => this.help.open())
    keys.on("peaks", at((place) => place.showFrames()))
    keys.on("next_peak", at((place) => place.movePeak(1)))
    keys.on("previous_peak", at((place) => place.movePeak(-1)))
    keys.on("play", at((place) => place.player?.toggle()))
    keys.on("next_frame", at((place) => place.player?.step(1)))
    keys.on("previous_frame", at((place) => place.player?.step(-1)))
    keys.on("faster", at((place) => this.#speed(place, 1)))
    keys.on("slower", at((place) => this.#speed(place, -1)))
    for (const which of ["blur", "grey", "mute"]) keys.on(which, () => this.veil.turn(which))
    keys.on("find_reason", at((place) => place.reasons.find()))
    keys.on("policy", at((place) => place.reasons.togglePolicy()))
    keys.on("note", at((place) => place.noteField.focus()))
    keys.onDigit((number) => this.#place && !this.#refused && this.#place.reasons.turnNumber(number))
    document.addEventListener("keydown", (event) => this.#enter(event))
    this.veil.addEventListener("change", ({ detail: { which, wanted } }) => {
      if (wanted) this.preferences.keep({ [which]: this.veil[which] })
    })
    this.gate.addEventListener("painted", () => this.bar.painted())
    this.gate.addEventListener("ready", () => this.bar.ready())
    this.idle.addEventListener("idle", () => this.#away())
    this.desk.addEventListener("lost", ({ detail }) => this.#place && !this.#refused && this.#meanwhile(detail))
    addEventListener("pagehide", () => this.desk.current && this.#release({ leaving: true }))
    // A page that comes back from the cache of the browser holds nothing any more.
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload())
  }

  #speed(place, by) {
    if (!place.player) return
    this.preferences.keep({ speed: place.player.change(by) })
  }

  #enter(event) {
    const pressable = event.target instanceof Element && event.target.closest("button, a, input, textarea, select, dialog")
    if (event.key !== "Enter" || event.repeat || pressable || !this.#primary) return
    event.preventDefault()
    this.#primary()
  }
}

async function open() {
  const main = document.getElementById("main")
  let me
  try {
    me = await call("GET", "/api/me")
  } catch (error) {
    if (error.status === 401) signedOut(main)
    else replace(main, panel({ title: error.message, primary: { words: WORDS.errors.retry, act: () => location.reload() } }))
    return
  }
  const review = new Review(me)
  await onlyWindow(() => review.moved())
  // What was reopened on another page is held already.
  if (location.hash.startsWith(REOPENED)) {
    const videoId = decodeURIComponent(location.hash.slice(REOPENED.length))
    history.replaceState(null, "", location.pathname + location.search)
    await review.reopen(videoId)
  } else await review.start()
}

await open()
