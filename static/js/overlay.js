// [data-open="id"] opens a dialog, [data-close] closes the one around it, a click beside a dialog closes it,
// [data-copy] copies its text. Without script the opener is a link to a page that does the same.
function open(dialog) {
  if (!dialog || dialog.open) return
  dialog.showModal()
  dialog.dispatchEvent(new CustomEvent("dialog:open"))
}

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-open]")
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open)
    if (!dialog) return
    event.preventDefault()
    document.querySelector("#sidebar:popover-open")?.hidePopover()
    open(dialog)
  }
  if (event.target.closest("[data-close]")) {
    event.preventDefault()
    event.target.closest("dialog")?.close()
  }
  if (event.target.matches("dialog[open]")) {
    const box = event.target.getBoundingClientRect()
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom
    if (!inside && event.detail) event.target.close()
  }
  const copier = event.target.closest("[data-copy]")
  if (copier) {
    await navigator.clipboard?.writeText(copier.dataset.copy)
    copier.dataset.copied = ""
    setTimeout(() => delete copier.dataset.copied, 2000)
  }
})

// A dialog that came with the page open (a form sent back with errors) becomes modal.
for (const dialog of document.querySelectorAll("dialog[data-modal]")) open(dialog)
document.addEventListener("htmx:afterSwap", () => document.querySelectorAll("dialog[data-modal]:not([open])").forEach(open))
