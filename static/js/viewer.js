// Receipts: [data-shows="total"] or a form's own field of that name, in focus or under the pointer, lights [data-mark="total"] on
// the pictures. In an enlarged page + and - change its size, R turns it, the arrows go to its neighbours, Escape closes it.
const FIELDS = { document_date: "date", amount: "total" }
const SIZES = [1, 2, 3]

function light(name) {
  for (const mark of document.querySelectorAll("[data-mark]")) {
    mark.toggleAttribute("data-lit", mark.dataset.mark === name)
    const view = mark.closest(".receipt__view")
    if (view && mark.dataset.mark === name) {
      const [box, frame] = [mark.getBoundingClientRect(), view.getBoundingClientRect()]
      view.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2
    }
  }
}

function shown(target) {
  const name = target.closest?.("[data-shows]")?.dataset.shows ?? (target.form && target.name)
  return name && (FIELDS[name] ?? name)
}

for (const kind of ["focusin", "pointerover"]) {
  document.addEventListener(kind, ({ target }) => {
    const name = shown(target)
    if (name && document.querySelector(`[data-mark="${CSS.escape(name)}"]`)) light(name)
    else if (kind === "focusin") light("")
  })
}

function act(zoom, deed) {
  const sheet = zoom.querySelector(".zoom__sheet")
  const size = SIZES.indexOf(Number(sheet.dataset.size ?? 1))
  if (deed === "turn") sheet.dataset.turn = (Number(sheet.dataset.turn ?? 0) + 90) % 360
  if (deed === "larger") sheet.dataset.size = SIZES[(size + 1) % SIZES.length]
  if (deed === "smaller") sheet.dataset.size = SIZES[Math.max(size - 1, 0)]
  const other = deed === "next" ? zoom.nextElementSibling : deed === "back" ? zoom.previousElementSibling : null
  if (other?.matches("[data-zoom]")) (zoom.hidePopover(), other.showPopover())
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-zoom-do]")
  if (button) act(button.closest("[data-zoom]"), button.dataset.zoomDo)
})

const KEYS = { "+": "larger", "=": "larger", "-": "smaller", r: "turn", R: "turn", ArrowRight: "next", ArrowLeft: "back" }
addEventListener("keydown", (event) => {
  const zoom = document.querySelector("[data-zoom]:popover-open")
  if (!zoom || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return
  event.preventDefault()
  act(zoom, KEYS[event.key])
})
