// Runs before the page is painted, and so is no module: the theme that was chosen last.
{
  const chosen = localStorage.getItem("reelsift.theme")
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen
  document.documentElement.dataset.chosen = chosen === "light" || chosen === "dark" ? chosen : "system"
}
