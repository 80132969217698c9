// Receipts: [data-upload] forms send their files as soon as they are chosen, one request each, with progress. A failed one keeps
// its file and offers to try again: the key sent along makes a second arrival of the same file the first one again.
const shelf = document.querySelector("[data-uploads]")
let running = 0
let arrived = []

function line(file) {
  const row = Object.assign(document.createElement("div"), { className: "upload" })
  row.append(...["name", "state"].map((part) => Object.assign(document.createElement("span"), { className: `upload__${part}` })))
  row.append(Object.assign(document.createElement("progress"), { max: 1, value: 0 }))
  row.firstChild.textContent = file.name
  row.dataset.key = `${Date.now()}-${Math.random().toString(36).slice(2)}`
  shelf.hidden = false
  shelf.append(row)
  return row
}

function send(form, file, row = line(file)) {
  const input = form.querySelector("[type=file]")
  const data = new FormData(form)
  data.delete(input.name)
  data.set("client_key", row.dataset.key)
  data.append(input.name, file)
  const request = new XMLHttpRequest()
  request.open("POST", form.action)
  request.setRequestHeader("Accept", "application/json")
  request.responseType = "json"
  request.upload.addEventListener("progress", (event) => (row.lastElementChild.value = event.loaded / event.total))
  request.addEventListener("loadend", () => finish(form, file, row, request))
  row.dataset.state = row.children[1].textContent = ""
  running += 1
  request.send(data)
}

function finish(form, file, row, { status, response, responseURL }) {
  running -= 1
  const good = status >= 200 && status < 300
  if (good) arrived.push(response?.url ?? responseURL)
  // A file that was looked at and refused will be refused again: only what never arrived is worth another try.
  const refused = status >= 400 && status < 500 && Boolean(response?.error)
  row.dataset.state = good ? "done" : refused ? "refused" : "failed"
  row.children[1].textContent = good ? response?.warning ?? shelf.dataset.labelDone : response?.error?.message ?? shelf.dataset.labelFailed
  if (!good) offer(form, file, row, refused)
  go(form)
}

function offer(form, file, row, refused) {
  const textContent = refused ? shelf.dataset.labelDismiss : shelf.dataset.labelAgain
  const button = Object.assign(document.createElement("button"), { className: "btn btn--sm", type: "button", textContent })
  button.addEventListener("click", () => {
    if (refused) row.remove()
    else (button.remove(), send(form, file, row))
    shelf.hidden = !shelf.children.length
    if (refused && shelf.children.length) go(form)
  })
  row.lastElementChild.before(button)
}

function go(form) {
  if (running || shelf.querySelector("[data-state=failed], [data-state=refused]") || !arrived.length) return
  location.assign(arrived.length === 1 && arrived[0] ? arrived[0] : form.dataset.next ?? location.href)
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-upload]")
  if (!form || target.type !== "file" || !shelf) return
  arrived = running ? arrived : []
  for (const file of target.files) send(form, file)
  target.value = ""
})
