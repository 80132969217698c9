// The command palette: Ctrl K opens it, arrows choose, Enter goes there. The server finds, htmx brings the results.
const palette = document.querySelector("[data-palette]")
const input = palette?.querySelector("input")
const options = () => [...palette.querySelectorAll("[role=option]")]

function choose(step) {
  const all = options()
  if (!all.length) return
  const place = all.findIndex((option) => option.getAttribute("aria-selected") === "true")
  const next = all[(place + step + all.length) % all.length]
  for (const option of all) option.setAttribute("aria-selected", option === next)
  input.setAttribute("aria-activedescendant", next.id)
  next.scrollIntoView({ block: "nearest" })
}

if (palette) {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    if (palette.open) return palette.close()
    palette.showModal()
    palette.dispatchEvent(new CustomEvent("dialog:open"))
  })
  palette.addEventListener("dialog:open", () => {
    input.focus()
    input.select()
    input.dispatchEvent(new CustomEvent("palette:open"))
  })
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      choose(event.key === "ArrowDown" ? 1 : -1)
    }
    if (event.key === "Enter") {
      const chosen = palette.querySelector("[aria-selected=true]")
      if (!chosen) return
      event.preventDefault()
      chosen.click()
    }
  })
  palette.addEventListener("htmx:afterSwap", () => choose(1))
}
