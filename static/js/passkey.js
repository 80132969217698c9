// Passkeys. form[data-passkey] is "create" or "get" with options in #passkey-options, or "login", which fetches them.
// The credential goes into the form's hidden field; [data-passkey-only] shows where the browser can do it.
// A passkey belongs to a name: at a numeric address the browser refuses to make or use one.
const able = "PublicKeyCredential" in window && !/^[\d.]+$|:/.test(location.hostname)
for (const part of document.querySelectorAll("[data-passkey-only]")) part.hidden = !able

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0))
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "")

function readOptions({ publicKey }) {
  const read = { ...publicKey, challenge: toBytes(publicKey.challenge) }
  if (publicKey.user) read.user = { ...publicKey.user, id: toBytes(publicKey.user.id) }
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (publicKey[list]) read[list] = publicKey[list].map((known) => ({ ...known, id: toBytes(known.id) }))
  }
  return read
}

function written(credential) {
  const { response } = credential
  const parts = {}
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = toText(response[name])
  }
  if (response.getTransports) parts.transports = response.getTransports()
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    response: parts,
    clientExtensionResults: credential.getClientExtensionResults(),
  })
}

async function options(form) {
  if (form.dataset.passkey === "login") {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } })
    return (await answer.json()).request_options
  }
  const found = JSON.parse(document.getElementById("passkey-options").textContent)
  return found.creation_options ?? found.request_options
}

async function ask(form) {
  const publicKey = readOptions(await options(form))
  if (form.dataset.passkey !== "create") return navigator.credentials.get({ publicKey })
  // A passkey opens the account alone, so the device must know its owner.
  const owner = { residentKey: "required", requireResidentKey: true, userVerification: "required" }
  publicKey.authenticatorSelection = { ...publicKey.authenticatorSelection, ...owner }
  return navigator.credentials.create({ publicKey })
}

// Before form.js marks the form as sent: it is sent by us once the device answered.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]")
  if (!form || form.elements.credential.value) return
  event.preventDefault()
  const failed = form.querySelector("[data-passkey-error]")
  failed.hidden = true
  try {
    form.elements.credential.value = written(await ask(form))
    form.requestSubmit()
  } catch {
    failed.hidden = false
  }
}, true)
