// The pages of leads: one shell for all of them. Which one it is, the address says.

import { call } from "../api.js"
import { el, replace } from "../element.js"
import { Masthead } from "../masthead.js"
import { panel } from "../panel.js"
import { Preferences } from "../preferences_kept.js"
import { signedOut } from "../signed_out.js"
import { WORDS } from "../words.js"
import { showAppeals } from "./appeals.js"
import { showAudit } from "./audit.js"
import { showBatch, showBatches } from "./batches.js"
import { showPeople } from "./people.js"
import { showPolicy, showVersion } from "./policy.js"
import { showPolicyTest } from "./policy_test.js"
import { showQuality } from "./quality.js"
import { showQueues } from "./queues.js"
import { showSealed } from "./sealed.js"
import { showSearch } from "./search.js"
import { showVideo } from "./video.js"

const LEAD = "lead"
const SPECIALIST = "specialist"

/** Pages with their names, who may see them, and whether they stand in the navigation. */
const PAGES = [
  { path: "/lead", name: "queues", role: LEAD, listed: true, show: showQueues },
  { path: "/lead/batches", name: "batches", role: LEAD, listed: true, show: showBatches },
  { path: "/lead/batches/:batch", name: "batches", role: LEAD, show: showBatch },
  { path: "/lead/search", name: "search", role: LEAD, listed: true, show: showSearch },
  { path: "/lead/videos/:video", name: "search", role: null, show: showVideo },
  { path: "/lead/appeals", name: "appeals", role: LEAD, listed: true, show: showAppeals },
  { path: "/lead/audit", name: "audit", role: LEAD, listed: true, show: showAudit },
  { path: "/lead/policy", name: "policy", role: LEAD, listed: true, show: showPolicy },
  { path: "/lead/policy/versions/:epoch", name: "policy", role: LEAD, show: showVersion },
  { path: "/lead/policy/tests/:test", name: "policy", role: LEAD, show: showPolicyTest },
  { path: "/lead/quality", name: "quality", role: LEAD, listed: true, show: showQuality },
  { path: "/lead/people", name: "people", role: LEAD, listed: true, show: showPeople },
  { path: "/lead/sealed", name: "sealed", role: SPECIALIST, listed: true, show: showSealed },
]

/** The page of an address, with the parts of it that have a name. */
function pageAt(address) {
  const parts = address.replace(/\/+$/, "").split("/")
  for (const page of PAGES) {
    const wanted = page.path.split("/")
    if (wanted.length !== parts.length) continue
    const named = {}
    const fits = wanted.every((part, place) => {
      if (!part.startsWith(":")) return part === parts[place]
      named[part.slice(1)] = decodeURIComponent(parts[place])
      return true
    })
    if (fits) return { ...page, named }
  }
  return null
}

function navigation(me, current) {
  const listed = PAGES.filter(({ role, listed }) => listed && me.roles.includes(role))
  return el(
    "nav",
    { class: "pages", "aria-label": WORDS.lead.nav },
    ...listed.map(({ path, name }) =>
      el("a", { href: path, "aria-current": name === current ? "page" : null, text: WORDS.lead.pages[name] }),
    ),
  )
}

const main = document.getElementById("main")

function failed(error) {
  if (error.status === 401) signedOut(main)
  else replace(main, panel({ title: error.message, primary: { words: WORDS.errors.retry, act: () => location.reload() } }))
}

try {
  const me = await call("GET", "/api/me")
  new Masthead({ page: "lead", me: { ...me, read_only: false, day: null }, preferences: new Preferences(me.preferences) })
  const page = pageAt(location.pathname)
  const content = el("div", { class: "content" })
  replace(main, el("div", { class: "lead" }, navigation(me, page?.name), content))
  if (!page) replace(content, el("p", { class: "hint", text: WORDS.lead.noPage }))
  else if (page.role && !me.roles.includes(page.role)) replace(content, el("p", { class: "hint", text: WORDS.lead.notYours }))
  else {
    document.title = WORDS.title(WORDS.lead.pages[page.name])
    await page.show(content, { me, ...page.named })
  }
} catch (error) {
  failed(error)
}
