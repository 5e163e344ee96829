// How categories are told apart: by words, by an icon, and by the pattern that the reports give them too.

const LOOKS = Object.freeze({
  Explicit: "explicit",
  "Non-Explicit Nudity of Intimate parts and Kissing": "intimate",
  "Swimwear or Underwear": "swimwear",
  Violence: "violence",
  "Visually Disturbing": "disturbing",
  "Drugs & Tobacco": "drugs",
  Alcohol: "alcohol",
  "Rude Gestures": "gestures",
  Gambling: "gambling",
  "Hate Symbols": "hate",
  // Version 6 of the taxonomy.
  "Explicit Nudity": "explicit",
  Suggestive: "intimate",
  Drugs: "drugs",
  Tobacco: "drugs",
})

/** The look of a category: a class of the style sheet, and the id of a pattern. */
export const lookOf = (category) => (Object.hasOwn(LOOKS, category ?? "") ? LOOKS[category] : "other")

const OF_ANALYSES = Object.freeze({ text: "text", celebrities: "person", faces: "person" })

/** The icon of a category; that of the analysis where the category has none of its own. */
export function iconOf(category, analysis) {
  const look = lookOf(category)
  return look === "other" ? (OF_ANALYSES[analysis] ?? "other") : look
}
