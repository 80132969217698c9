// Receipts: [data-upload] forms send their files as soon as they are chosen, one request each, with progress. A failed one keeps
// its file and offers to try again: the key sent along makes a second arrival of the same file the first one again. Where files are
// kept in a bucket, [data-direct] says whom to ask for a place there; whatever goes wrong on that way, the file takes the usual one.
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
  row.dataset.state = row.children[1].textContent = ""
  running += 1
  straight(form, file, row).catch(() => post(form, file, row))
}

function upload(url, data, row) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open("POST", url)
    request.responseType = "json"
    if (new URL(url, location).origin === location.origin) request.setRequestHeader("Accept", "application/json")
    request.upload.addEventListener("progress", (event) => (row.lastElementChild.value = event.loaded / event.total))
    request.addEventListener("loadend", () => resolve(request))
    request.send(data)
  })
}

async function post(form, file, row) {
  const input = form.querySelector("[type=file]")
  const data = new FormData(form)
  data.delete(input.name)
  data.set("client_key", row.dataset.key)
  data.append(input.name, file)
  finish(form, file, row, await upload(form.action, data, row))
}

// Ask, put, tell. Every fault but our own clear word about the file throws, and the file is sent the usual way.
async function straight(form, file, row) {
  if (!form.dataset.direct || sessionStorage.getItem("no-bucket")) throw new Error("no bucket")
  const asked = new FormData()
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value
  const told = { csrfmiddlewaretoken: token, client_key: row.dataset.key, name: file.name, size: file.size }
  for (const [name, value] of Object.entries(told)) asked.set(name, value)
  const place = await upload(form.dataset.direct, asked, row)
  if (place.status !== 201) throw new Error("not allowed")
  const { url, fields, done } = place.response
  if (url) {
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.set(name, value)
    data.append("file", file)
    const put = await upload(url, data, row)
    // Nothing at all is what a browser tells of a bucket that does not let it in: once in a session is enough.
    if (!put.status) sessionStorage.setItem("no-bucket", "1")
    if (put.status < 200 || put.status >= 300) throw new Error("not put")
  }
  const last = new FormData()
  last.set("csrfmiddlewaretoken", token)
  const end = await upload(done, last, row)
  if (end.status !== 201 && end.status !== 422 && end.status !== 413) throw new Error("not taken")
  finish(form, file, row, end)
}

function finish(form, file, row, { status, response, responseURL }) {
  running -= 1
  const good = status >= 200 && status < 300 && !new URL(responseURL || location.href).pathname.startsWith("/login/")
  if (good) arrived.push(response?.url ?? responseURL)
  // A file that was looked at and refused will be refused again: only what never arrived is worth another try.
  const refused = status >= 400 && status < 500 && Boolean(response?.error)
  if (!good && !refused && handed(form, file, row, response?.error?.message)) return go(form)
  row.dataset.state = good ? "done" : refused ? "refused" : "failed"
  row.children[1].textContent = good ? response?.warning ?? shelf.dataset.labelDone : response?.error?.message ?? shelf.dataset.labelFailed
  if (!good) offer(form, file, row, refused)
  go(form)
}

// outbox.js takes over what never arrived, where it can.
function handed(form, file, row, said) {
  const failed = () => offer(form, file, row, false)
  const detail = { form, file, key: row.dataset.key, said, failed: () => (shelf.append(row), failed()) }
  const taken = !document.dispatchEvent(new CustomEvent("upload:lost", { cancelable: true, detail }))
  if (taken) row.remove()
  return taken
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
  if (running || shelf.querySelector("[data-state=failed], [data-state=refused], [data-state=waiting]") || !arrived.length) return
  location.assign(arrived.length === 1 && arrived[0] ? arrived[0] : form.dataset.next ?? location.href)
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-upload]")
  if (!form || target.type !== "file" || !shelf) return
  arrived = running ? arrived : []
  for (const file of target.files) send(form, file)
  target.value = ""
})
