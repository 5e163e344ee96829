// Asks again and again while somebody looks.

/** Calls `ask` every so many ms, one call at a time, and not while the page is hidden. Returns what ends it. */
export function poll(ask, everyMs) {
  let ended = false
  let timer = null
  const again = () => {
    if (!ended) timer = setTimeout(step, everyMs)
  }
  const step = async () => {
    if (!document.hidden) {
      try {
        await ask()
      } catch (error) {
        // What is shown stays, and the next answer may come; but not to who is signed out.
        if (error.status === 401) location.reload()
      }
    }
    again()
  }
  again()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
