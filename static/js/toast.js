// Toasts leave after ten seconds, wait while looked at, and Z takes back the newest one that can be.
const STAY = 10_000

function watch(toast) {
  let timer
  const start = () => (timer = setTimeout(() => toast.remove(), STAY))
  const stop = () => clearTimeout(timer)
  for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, stop)
  for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, start)
  start()
}

const shelf = document.getElementById("toasts")
if (shelf) {
  shelf.querySelectorAll("[data-toast]").forEach(watch)
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) watch(node)
  }).observe(shelf, { childList: true })
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "z" || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.matches("input, textarea, select") || "noSingleKeys" in document.body.dataset) return
  const undo = [...document.querySelectorAll("[data-undo]")].pop()
  if (undo) {
    event.preventDefault()
    undo.click()
  }
})

// What htmx could not fetch is told in place of silence, with the code of the request; nothing on the page is taken away.
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, (event) => {
    const broken = document.getElementById("broken")
    if (!broken || !shelf || shelf.querySelector("[data-broken]")) return
    const note = broken.content.firstElementChild.cloneNode(true)
    note.querySelector("code").textContent = event.detail.xhr?.getResponseHeader("X-Request-Id")?.slice(-8) ?? ""
    shelf.append(note)
  })
}
