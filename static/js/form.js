// Forms: [data-autosubmit] sends itself when a choice changes; a button pressed shows that it is busy and cannot be pressed twice;
// after a failed submit the first wrong field has the focus.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]")
  if (form && !event.target.matches("[type=search], [type=text]")) form.requestSubmit()
})

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return
  if (event.target.dataset.sent !== undefined) return event.preventDefault()
  const button = event.submitter
  if (!button?.matches(".btn") || event.target.method === "get") return
  event.target.dataset.sent = ""
  setTimeout(() => button.setAttribute("aria-busy", "true"))
  setTimeout(() => free(event.target), 15_000)
})

function free(form) {
  delete form.dataset.sent
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"))
}

// Downloads and the back button leave the page as it was.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free))
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt?.closest?.("form")
  if (form) free(form)
})

function focusFirstError(root) {
  const wrong = root.querySelector?.(".field:has(.field__error) :is(input, select, textarea)")
  wrong?.focus()
}
focusFirstError(document)
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.status === 422) focusFirstError(event.detail.elt)
})
