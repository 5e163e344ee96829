// Elements, made so that no text can ever become markup: texts are texts, and attributes that run something are refused.

const SVG = "http://www.w3.org/2000/svg"
const REFUSED = /^(on|style$|srcdoc$)/i

/**
 * An element. `options` are attributes, but for `class`, `text`, `on` (listeners by event) and `data`. An attribute of
 * null, undefined or false is left out, of true is empty. Children are elements or texts; null and false are left out.
 */
export function el(tag, options = {}, ...children) {
  return fill(document.createElement(tag), options, children)
}

/** The same for SVG. */
export function svg(tag, options = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), options, children)
}

/** Takes all children away and puts these in their place. */
export function replace(parent, ...children) {
  parent.replaceChildren(...kept(children))
}

function fill(made, { class: classes, text, on = {}, data = {}, ...attributes }, children) {
  if (classes) made.setAttribute("class", classes)
  for (const [name, value] of Object.entries(attributes)) {
    if (REFUSED.test(name)) throw new TypeError(`${name} is no attribute for data`)
    if (value === null || value === undefined || value === false) continue
    made.setAttribute(name, value === true ? "" : String(value))
  }
  for (const [name, value] of Object.entries(data)) made.dataset[name] = value
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener)
  if (text !== undefined && text !== null) made.textContent = String(text)
  made.append(...kept(children))
  return made
}

function kept(children) {
  return children.flat().filter((child) => child !== null && child !== undefined && child !== false)
}
