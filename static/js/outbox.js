// Receipts that could not be sent: kept in this browser (IndexedDB) until there is a connection, each under the key it was first
// sent with, so that arriving twice is arriving once. They are their owner's: nobody else who logs in here sends or sees them.
const shelf = document.querySelector("[data-uploads]")
const me = shelf?.dataset.person
const EVERY = 30_000
let busy = false

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

async function files(mode, act) {
  const opening = indexedDB.open("pleo-outbox", 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore("files", { keyPath: "key" })
  const database = await answered(opening)
  try {
    return await answered(act(database.transaction("files", mode).objectStore("files")))
  } finally {
    database.close()
  }
}

const put = (item) => files("readwrite", (store) => store.put(item))
const remove = (key) => files("readwrite", (store) => store.delete(key))
const mine = async () => (await files("readonly", (store) => store.getAll())).filter((item) => item.person === me).sort((a, b) => a.at - b.at)

async function show() {
  const items = await mine()
  for (const row of shelf.querySelectorAll("[data-waiting]")) row.remove()
  if (items.length) shelf.prepend(heading(items.length), ...items.map(row))
  shelf.hidden = !shelf.children.length
  return items
}

function made(tag, className, textContent = "", more = {}) {
  const element = Object.assign(document.createElement(tag), { className, textContent, ...more })
  return element
}

function heading(count) {
  const words = count === 1 ? shelf.dataset.labelWaitingOne : shelf.dataset.labelWaiting.replace("0", count)
  const line = made("strong", "upload__head", words, { role: "status" })
  line.dataset.waiting = ""
  return line
}

function row(item) {
  const line = made("div", "upload")
  line.dataset.waiting = item.key
  line.dataset.state = item.refused ? "refused" : "waiting"
  const said = item.refused || (item.note ? shelf.dataset[item.note] : item.said || shelf.dataset.labelKept)
  const acts = made("span", "btn-row")
  if (!item.refused) acts.append(made("button", "btn btn--sm", shelf.dataset.labelNow, { type: "button", onclick: () => sendAll(true) }))
  const away = made("button", "btn btn--sm btn--quiet", shelf.dataset.labelRemove, { type: "button", ariaLabel: `${shelf.dataset.labelRemove}: ${item.name}` })
  away.onclick = () => remove(item.key).then(show)
  acts.append(away)
  line.append(made("span", "upload__name", item.name), made("span", "upload__state", said), acts)
  return line
}

async function send(item) {
  const data = new FormData()
  data.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "")
  data.set("client_key", item.key)
  data.append(item.field, new File([item.blob], item.name, { type: item.blob.type }))
  let answer
  try {
    answer = await fetch(item.action, { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" })
  } catch {
    return "offline"
  }
  if (new URL(answer.url).pathname.startsWith("/login/") || answer.status === 401 || answer.status === 403) return "signedOut"
  if (answer.ok) return "sent"
  const said = (await answer.json().catch(() => ({}))).error?.message
  return answer.status >= 500 || answer.status === 429 ? { said } : { refused: said ?? shelf.dataset.labelFailed }
}

async function sendAll(pressed = false) {
  if (busy || (!navigator.onLine && !pressed)) return
  busy = true
  let arrived = 0
  try {
    for (const item of (await mine()).filter((each) => !each.refused)) {
      const outcome = await send(item)
      if (outcome === "sent") {
        arrived += 1
        await remove(item.key)
      } else {
        await put({ ...item, note: outcome === "signedOut" ? "labelSignedOut" : "", refused: outcome.refused ?? "", said: outcome.said ?? "" })
      }
      if (outcome === "offline" || outcome === "signedOut") break
    }
  } finally {
    busy = false
  }
  const left = await show()
  if (arrived && !left.length && document.querySelector("main form[data-upload]")) location.reload()
}

if (shelf && me && "indexedDB" in window) {
  // upload.js tells of a file that never arrived; taking it over is saying so by preventDefault.
  document.addEventListener("upload:lost", (event) => {
    const { form, file, key, said } = event.detail
    if (!("outbox" in form.dataset)) return
    event.preventDefault()
    const item = { key, person: me, action: form.action, field: form.querySelector("[type=file]").name, name: file.name, blob: file, at: Date.now(), said }
    put(item).then(show, () => event.detail.failed())
  })
  addEventListener("online", () => sendAll())
  setInterval(() => shelf.querySelector("[data-state=waiting]") && sendAll(), EVERY)
  show().then((items) => items.length && sendAll(), () => {})
}
