// Ticked rows of a [data-bulk] form: how many and what they sum to, in the region's own form.
function minorDigits(currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits
}

function count(form) {
  const number = form.querySelector("[data-bulk-count]")
  const sum = form.querySelector("[data-bulk-sum]")
  if (!number) return
  if (!sum) {
    const every = form.querySelector("[data-bulk-every]")
    const ticked = form.querySelectorAll("[data-row] input[type=checkbox]:checked").length
    number.textContent = `${every?.checked ? every.dataset.bulkEvery : ticked} ${number.dataset.word}`
    return
  }
  if (form.querySelector("[data-bulk-every]")?.checked) {
    // The whole list: the figures of its head, which the server counted.
    number.textContent = `${document.getElementById("expense-count")?.textContent ?? ""} ${number.dataset.word}`
    sum.textContent = (document.getElementById("expense-sum")?.textContent ?? "").replace(/^,\s*/, "")
    return
  }
  const ticked = [...form.querySelectorAll("tbody input[type=checkbox]:checked")]
  const { currency, region } = sum.dataset
  const locale = region ? `${navigator.language.slice(0, 2)}-${region}` : undefined
  const total = ticked.reduce((whole, box) => whole + Number(box.dataset.amount), 0) / 10 ** minorDigits(currency)
  number.textContent = `${new Intl.NumberFormat(locale).format(ticked.length)} ${number.dataset.word}`
  sum.textContent = new Intl.NumberFormat(locale, { style: "currency", currency }).format(total)
}

const recount = (event) => {
  const form = event.target.closest?.("[data-bulk]")
  if (form) setTimeout(() => count(form))
}
document.addEventListener("change", recount)
document.addEventListener("reset", recount)

// The row whose panel is open is marked as soon as it is pressed.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-panel-open]")?.closest("[data-row]")
  if (!row) return
  document.querySelectorAll("[data-row][aria-current]").forEach((other) => other.removeAttribute("aria-current"))
  row.setAttribute("aria-current", "true")
})
