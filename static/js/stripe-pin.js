// A new PIN for a card at Stripe, encrypted here for Stripe alone: JSON Web Encryption in its compact form (RFC 7516), the
// key wrapped with RSA-OAEP, the PIN with A128CBC-HS256 (RFC 7518). The fields have no name, so the PIN itself is never sent.
const bytes = (text) => new TextEncoder().encode(text)
const base64url = (data) => btoa(String.fromCharCode(...new Uint8Array(data))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export async function encryptPin(pin, jwk, kid) {
  const header = base64url(bytes(JSON.stringify({ alg: "RSA-OAEP", enc: "A128CBC-HS256", kid })))
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const iv = crypto.getRandomValues(new Uint8Array(16))
  const outer = await crypto.subtle.importKey("jwk", { ...jwk, alg: "RSA-OAEP", ext: true }, { name: "RSA-OAEP", hash: "SHA-1" }, false, ["encrypt"])
  const wrapped = await crypto.subtle.encrypt({ name: "RSA-OAEP" }, outer, secret)
  // The first half of the secret signs, the second encrypts (RFC 7518, section 5.2.2.1).
  const signing = await crypto.subtle.importKey("raw", secret.slice(0, 16), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  const inner = await crypto.subtle.importKey("raw", secret.slice(16), { name: "AES-CBC" }, false, ["encrypt"])
  const text = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, inner, bytes(pin)))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length * 8))
  const tag = await crypto.subtle.sign("HMAC", signing, joined(bytes(header), iv, text, length))
  return [header, base64url(wrapped), base64url(iv), base64url(text), base64url(tag.slice(0, 16))].join(".")
}

const form = globalThis.document?.querySelector("form[data-pin-key]")
if (form) {
  const [first, again] = form.querySelectorAll("[data-pin]")
  const say = (name) => form.querySelectorAll("[data-pin-problem]").forEach((line) => { line.hidden = line.dataset.pinProblem !== name })
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    if (!/^[0-9]{4}$/.test(first.value)) return say("digits")
    if (first.value !== again.value) return say("same")
    say("")
    form.querySelector("button").disabled = true
    try {
      form.elements.encrypted.value = await encryptPin(first.value, JSON.parse(form.dataset.pinKey), form.dataset.kid)
    } catch {
      form.querySelector("button").disabled = false
      return say("failed")
    }
    first.value = again.value = ""
    form.submit()
  })
}
