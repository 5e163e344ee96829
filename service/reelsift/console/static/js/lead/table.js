// Tables that become a list of cards where the window is narrow: each cell then says what it is.

import { el } from "../element.js"

/**
 * A table. Columns are `{title, number, wide, cell}`; `cell` makes of a row what stands there. The first column is the
 * heading of its row.
 */
export function table({ caption, columns, rows, none }) {
  if (!rows.length) return el("p", { class: "hint", text: none })
  return el(
    "table",
    { class: "grid" },
    el("caption", { class: "spoken", text: caption }),
    el("thead", {}, el("tr", {}, ...columns.map(({ title, number }) => el("th", { scope: "col", class: number ? "number" : null, text: title })))),
    el("tbody", {}, ...rows.map((row) => tableRow(columns, row))),
  )
}

/** One row, for a table that grows. */
export function tableRow(columns, row) {
  return el(
    "tr",
    {},
    ...columns.map(({ title, number, wide, cell }, place) => {
      const classes = [number ? "number" : "", wide ? "wide" : ""].filter(Boolean).join(" ")
      return el(place ? "td" : "th", { scope: place ? null : "row", class: classes || null, data: { title } }, cell(row) ?? "")
    }),
  )
}
