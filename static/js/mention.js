// [data-mention]: typing @ and letters in its textarea offers people from the address it names; Enter, Tab or a press takes one.
const START = /(^|\s)@([^\s@]{1,40})$/

function offered(box) {
  let list = box.querySelector("[role=listbox]")
  if (!list) {
    list = document.createElement("ul")
    list.setAttribute("role", "listbox")
    list.className = "mention__list"
    box.append(list)
  }
  return list
}

function take(box, name) {
  const field = box.querySelector("textarea")
  const before = field.value.slice(0, field.selectionStart).replace(START, `$1@${name} `)
  field.setRangeText(before, 0, field.selectionStart, "end")
  offered(box).hidden = true
  field.focus()
}

document.addEventListener("input", async (event) => {
  const box = event.target.closest("[data-mention]")
  if (!box || !event.target.matches("textarea")) return
  const list = offered(box)
  const found = START.exec(event.target.value.slice(0, event.target.selectionStart))
  if (!found) return (list.hidden = true)
  const internal = box.closest("form").querySelector("[name=is_internal]:checked") ? "&internal=1" : ""
  const answer = await fetch(`${box.dataset.mention}?q=${encodeURIComponent(found[2])}${internal}`)
  if (!answer.ok) return
  const { people } = await answer.json()
  list.replaceChildren(...people.map((name, index) => {
    const item = document.createElement("li")
    item.setAttribute("role", "option")
    item.setAttribute("aria-selected", String(index === 0))
    item.textContent = name
    return item
  }))
  list.hidden = !people.length
})

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-mention]")
  const list = box?.querySelector("[role=listbox]:not([hidden])")
  if (!list) return
  const now = list.querySelector("[aria-selected=true]")
  const next = { ArrowDown: now?.nextElementSibling, ArrowUp: now?.previousElementSibling }[event.key]
  if (event.key === "Escape") list.hidden = true
  else if (["Enter", "Tab"].includes(event.key)) take(box, now.textContent)
  else if (next) [now, next].forEach((item) => item.setAttribute("aria-selected", String(item === next)))
  else return
  event.preventDefault()
})

document.addEventListener("mousedown", (event) => {
  const item = event.target.closest("[data-mention] [role=option]")
  if (item) event.preventDefault()
  if (item) take(item.closest("[data-mention]"), item.textContent)
})
