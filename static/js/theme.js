// Light or dark on this device: kept in a cookie, so that the server writes it into the page and nothing flashes.
const root = document.documentElement

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return
  const dark = matchMedia("(prefers-color-scheme: dark)").matches
  const now = root.dataset.theme || (dark ? "dark" : "light")
  root.dataset.theme = now === "dark" ? "light" : "dark"
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`
})

// A choice in the profile beats the toggle's.
document.addEventListener("submit", (event) => {
  if (event.target.querySelector("[name=theme]")) document.cookie = "theme=; path=/; max-age=0; samesite=lax"
})
