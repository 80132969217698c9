// [data-tick="2"] gets a "tick" event every two seconds while the page is looked at, for hx-trigger="tick". It slows down to
// a quarter of the pace after five minutes, and ends when the element leaves the page (the server swaps it for one without).
const PATIENCE = 300
const started = new WeakMap()

setInterval(() => {
  if (document.hidden) return
  const now = performance.now() / 1000
  for (const element of document.querySelectorAll("[data-tick]")) {
    const pace = Number(element.dataset.tick)
    const place = started.get(element) ?? { since: now, last: now }
    started.set(element, place)
    if (now - place.last < (now - place.since > PATIENCE ? pace * 4 : pace)) continue
    place.last = now
    element.dispatchEvent(new CustomEvent("tick"))
  }
}, 500)
