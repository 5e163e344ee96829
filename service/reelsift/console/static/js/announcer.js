// What screen readers are told without asking: politely what changes, at once what went wrong.

/** The page has two live regions from the beginning: one that comes later is not listened to. */
export class Announcer {
  #polite = document.getElementById("polite")
  #urgent = document.getElementById("urgent")

  say(text) {
    this.#tell(this.#polite, text)
  }

  alert(text) {
    this.#tell(this.#urgent, text)
  }

  #tell(region, text) {
    // The same sentence twice is said twice only where it has gone meanwhile.
    region.textContent = ""
    requestAnimationFrame(() => {
      region.textContent = text
    })
  }
}
