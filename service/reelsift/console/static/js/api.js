// Calls of the console's own interface. All data comes this way; pages hold none.

import { token, training } from "./session.js"
import { WORDS } from "./words.js"

/** What was answered instead. `code` is stable, the message is a sentence for people, `members` are all that came. */
export class ApiError extends Error {
  constructor(status, members) {
    super(typeof members.message === "string" ? members.message : WORDS.errors.unexpected(status))
    this.status = status
    this.code = typeof members.error === "string" ? members.error : "unexpected"
    this.members = members
  }

  /** Whether nobody can say if the request was carried out: it may be sent again as it was. */
  get unanswered() {
    return this.status === 0 || this.status >= 500
  }
}

const TIMEOUT_MS = 20_000

/** The header of the time has seconds only, and the way takes its time. */
const TELLING_MS = 2_000

let ahead = 0

/** The answer as JSON, null where there is none. `keepalive` lets it outlive the page. Raises ApiError. */
export async function call(method, path, body, { keepalive = false } = {}) {
  const headers = { "X-Reelsift-Console": "1", Accept: "application/json" }
  if (token) headers.Authorization = `Bearer ${token}`
  if (body !== undefined) headers["Content-Type"] = "application/json"
  let answer
  try {
    answer = await fetch(training ? `${path}${path.includes("?") ? "&" : "?"}training=1` : path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      // A balancer whose session has ended answers with the way to its login, which is for pages.
      redirect: "manual",
      keepalive,
      signal: keepalive ? undefined : AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    throw new ApiError(0, { error: "unreachable", message: WORDS.errors.unreachable })
  }
  const said = Date.parse(answer.headers.get("date") ?? "")
  if (Number.isFinite(said) && Math.abs(said - Date.now()) > TELLING_MS) ahead = said - Date.now()
  if (answer.type === "opaqueredirect") {
    throw new ApiError(401, { error: "unauthorised", message: WORDS.errors.signedOut })
  }
  const members = await answer.json().catch(() => null)
  // A balancer that refuses says nothing that the console would.
  if (answer.status === 401 && members === null) {
    throw new ApiError(401, { error: "unauthorised", message: WORDS.errors.signedOut })
  }
  if (!answer.ok) throw new ApiError(answer.status, members ?? {})
  return members
}

/** The time by the server's clock, in epoch milliseconds: laptops' own may be hours away from it. */
export const serverNow = () => Date.now() + ahead

/** One part of a path. */
export const part = (text) => encodeURIComponent(text)
