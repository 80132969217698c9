// Receipts: [data-upload] forms send their files as soon as they are chosen, one request each, with progress; files dropped
// anywhere go to the page's own upload form, or to the first. A failed one keeps its file and offers to try again.
const shelf = document.querySelector("[data-uploads]")
const veil = document.querySelector("[data-drop-veil]")
let open = 0

function line(file) {
  const row = document.createElement("div")
  row.className = "upload"
  for (const [tag, name] of [["span", "upload__name"], ["span", "upload__state"], ["progress", ""]]) {
    row.append(Object.assign(document.createElement(tag), { className: name }))
  }
  row.children[0].textContent = file.name
  row.children[2].max = 1
  shelf.hidden = false
  shelf.append(row)
  return row
}

function send(form, file, row = line(file)) {
  const [, state, progress] = row.children
  const data = new FormData(form)
  for (const name of ["files", "file"]) data.delete(name)
  data.append(form.querySelector("[type=file]").name, file)
  const request = new XMLHttpRequest()
  request.open("POST", form.action)
  request.setRequestHeader("Accept", "application/json")
  request.upload.addEventListener("progress", (event) => (progress.value = event.loaded / event.total))
  request.addEventListener("loadend", () => finish(form, file, row, request))
  row.dataset.state = state.textContent = ""
  open += 1
  request.send(data)
}

function finish(form, file, row, request) {
  open -= 1
  const good = request.status >= 200 && request.status < 400
  row.dataset.state = good ? "done" : "failed"
  row.children[1].textContent = good ? shelf.dataset.labelDone : answer(request) || shelf.dataset.labelFailed
  if (!good && !row.querySelector("button")) {
    const again = Object.assign(document.createElement("button"), { className: "btn btn--sm", type: "button", textContent: shelf.dataset.labelAgain })
    again.addEventListener("click", () => (again.remove(), send(form, file, row)))
    row.append(again)
  }
  if (open === 0 && !shelf.querySelector("[data-state=failed]")) location.assign(request.responseURL || location.href)
}

function answer(request) {
  try { return JSON.parse(request.responseText).error.message } catch { return "" }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-upload]")
  if (!form || event.target.type !== "file" || !shelf) return
  for (const file of event.target.files) send(form, file)
  event.target.value = ""
})

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files")
const target = () => document.querySelector("main form[data-upload]") || document.querySelector("form[data-upload]")
addEventListener("dragover", (event) => hasFiles(event) && target() && (event.preventDefault(), (veil.hidden = false)))
addEventListener("dragleave", (event) => event.relatedTarget || !veil || (veil.hidden = true))
addEventListener("drop", (event) => {
  if (!hasFiles(event) || !target()) return
  event.preventDefault()
  veil.hidden = true
  for (const file of event.dataTransfer.files) send(target(), file)
})
