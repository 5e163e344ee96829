// Light or dark: by the system, unless a reviewer has chosen. Kept in this browser too, so that no page flashes up first.

const KEY = "reelsift.theme"
export const THEMES = Object.freeze(["system", "light", "dark"])

/** Shows a theme from now on. */
export function useTheme(theme) {
  const chosen = THEMES.includes(theme) ? theme : "system"
  localStorage.setItem(KEY, chosen)
  if (chosen === "system") delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
  document.documentElement.dataset.chosen = chosen
}

export const theme = () => document.documentElement.dataset.chosen ?? "system"
