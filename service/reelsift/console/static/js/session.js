// The token of this window, where the console runs on one's own machine. It arrives in the fragment of the address, which
// no server and no log ever sees, and stays in this window's storage: cookies would be sent to every other port.

const KEY = "reelsift.token"

/** The token, null behind a balancer, which authenticates by itself. */
export let token = sessionStorage.getItem(KEY)

const given = new URLSearchParams(location.hash.slice(1)).get("token")
if (given) {
  token = given
  sessionStorage.setItem(KEY, given)
  history.replaceState(null, "", location.pathname + location.search)
}

/** Whether decisions here act on nothing: known items to learn by. */
export const training = new URLSearchParams(location.search).get("training") === "1"
