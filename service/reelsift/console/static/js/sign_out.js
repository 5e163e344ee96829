// Ends the session: what is held goes back first, then the provider has to hear of it.

import { call } from "./api.js"

/** Leaves the page. `before` gives back what it holds. Raises ApiError: then they are signed in as before. */
export async function signOut(before) {
  await before()
  const { then } = await call("POST", "/api/sign-out", {})
  location.replace(then)
}
