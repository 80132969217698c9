// Keys for lists marked [data-list]: J K move, Enter opens, X ticks, / searches, ? shows all keys, Esc leaves the panel.
// O D N Q press the button marked [data-key="o"] and so on, wherever it stands on the page.
const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")
const rows = () => [...document.querySelectorAll("[data-list] [data-row]")]
const current = () => document.querySelector("[data-list] [data-row][aria-current]")

function go(step) {
  const all = rows()
  if (!all.length) return
  const place = all.indexOf(current())
  const next = all[Math.max(0, Math.min(all.length - 1, place + step))]
  current()?.removeAttribute("aria-current")
  next.setAttribute("aria-current", "true")
  next.scrollIntoView({ block: "nearest" })
  const link = next.querySelector("a")
  link?.focus({ preventScroll: true })
  if (document.querySelector(".panel")) link?.click()
}

function tick() {
  const box = current()?.querySelector("input[type=checkbox]")
  box?.click()
}

const acts = {
  j: () => go(1),
  k: () => go(-1),
  x: tick,
  "/": () => document.querySelector(".search input")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
  Escape: () => document.querySelector("[data-panel-close]")?.click(),
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur()
    return
  }
  const single = event.key.length === 1
  if (single && "noSingleKeys" in document.body.dataset) return
  const act = acts[event.key] ?? (single && (() => document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click()))
  if (!act) return
  if (event.key in acts && event.key !== "Escape") event.preventDefault()
  act()
})

// [data-tick-all] ticks every row of its table.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all]")) return
  for (const box of event.target.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked
})
