// A share of a number of trials: how many of how many, and between what the share behind it lies. Of too few nothing is said.

import { el, svg } from "../element.js"
import { WORDS } from "../words.js"
import { count } from "./parts.js"

const percent = (share) => WORDS.times.percent((100 * share).toFixed(1))

/** `{hits, n, share, low, high}` as words and a bar. Of fewer than `fewest` hits nothing is said, whatever is known. */
export function shareWords({ hits, n, share, low, high }, { fewest = 0 } = {}) {
  const counted = el("span", { class: "counted", text: WORDS.lead.quality.of(count(hits), count(n)) })
  if (share === null || share === undefined || hits < fewest) {
    return el("div", { class: "share" }, counted, el("span", { class: "soft", text: n ? WORDS.lead.quality.tooFew : WORDS.lead.quality.noneYet }))
  }
  return el(
    "div",
    { class: "share" },
    el("strong", { text: percent(share) }),
    el("span", { class: "soft", text: WORDS.lead.quality.between(percent(low), percent(high)) }),
    interval(share, low, high),
    counted,
  )
}

function interval(share, low, high) {
  const x = (value) => `${(100 * value).toFixed(2)}%`
  return svg(
    "svg",
    { class: "interval", "aria-hidden": "true", focusable: "false" },
    svg("line", { class: "ground", x1: 0, x2: "100%", y1: 8, y2: 8 }),
    svg("rect", { class: "range", x: x(low), width: x(Math.max(0.004, high - low)), y: 5, height: 6, rx: 3 }),
    svg("rect", { class: "point", x: x(Math.min(0.99, share)), width: 3, y: 1, height: 14 }),
  )
}
