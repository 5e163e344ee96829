// Only one window of a browser holds videos: a reviewer's claims are theirs, not a window's.

const NAME = "reelsift.review"

/** Takes over from any other window. `lost` is called when another one takes over from this. */
export async function onlyWindow(lost) {
  if (!navigator.locks) return true
  return new Promise((resolve) => {
    navigator.locks
      .request(NAME, { steal: true }, () => {
        resolve(true)
        return new Promise(() => {})
      })
      .catch(() => lost())
  })
}
