// A card's number or PIN in Stripe's own frames. form[data-stripe-card] asks for a look: Stripe's script makes a nonce, we
// trade it for a key of one card and one minute, and the frames fetch the rest from Stripe. Nothing of it passes through here.
const form = document.querySelector("form[data-stripe-card]")
const LOOK = { base: { fontSize: "18px", color: getComputedStyle(document.body).color } }

async function look() {
  const { stripeCard: issuingCard, key, seconds } = form.dataset
  const stripe = window.Stripe(key)
  const made = await stripe.createEphemeralKeyNonce({ issuingCard })
  if (made.error) throw new Error("no nonce")
  const body = new FormData(form)
  body.set("nonce", made.nonce)
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } })
  if (!answer.ok || !answer.headers.get("Content-Type").includes("json")) throw new Error("no key")
  const { key: ephemeralKeySecret, nonce } = await answer.json()
  const elements = stripe.elements()
  for (const place of document.querySelectorAll("[data-stripe-element]")) {
    elements.create(place.dataset.stripeElement, { issuingCard, nonce, ephemeralKeySecret, style: LOOK }).mount(place)
  }
  document.querySelector("[data-stripe-places]").hidden = false
  form.hidden = true
  setTimeout(() => location.assign(form.dataset.back), Number(seconds) * 1000)
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const button = form.querySelector("button")
    button.disabled = true
    look().catch(() => {
      button.disabled = false
      document.querySelector("[data-stripe-failed]").hidden = false
    })
  })
}
