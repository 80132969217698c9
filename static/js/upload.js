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
  row.dataset.state = good ? "done" : "failed"
  row.children[1].textContent = good ? shelf.dataset.labelDone : response?.error?.message ?? shelf.dataset.labelFailed
  if (!good) {
    const again = Object.assign(document.createElement("button"), { className: "btn btn--sm", type: "button", textContent: shelf.dataset.labelAgain })
    again.addEventListener("click", () => (again.remove(), send(form, file, row)))
    row.lastElementChild.before(again)
  }
  if (running || shelf.querySelector("[data-state=failed]")) return
  location.assign(arrived.length === 1 && arrived[0] ? arrived[0] : form.dataset.next ?? location.href)
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-upload]")
  if (!form || target.type !== "file" || !shelf) return
  arrived = running ? arrived : []
  for (const file of target.files) send(form, file)
  target.value = ""
})
