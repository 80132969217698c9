// Files dropped anywhere on the page, or pasted, go to the page's own [data-upload] form, or to the first there is.
const veil = document.querySelector("[data-drop-veil]")
const input = () => document.querySelector("main form[data-upload] [type=file]") ?? document.querySelector("form[data-upload] [type=file]")
const takes = (event) => veil && event.dataTransfer?.types?.includes("Files") && input()

addEventListener("dragover", (event) => {
  if (!takes(event)) return
  event.preventDefault()
  veil.hidden = false
})

addEventListener("dragleave", (event) => {
  if (veil && !event.relatedTarget) veil.hidden = true
})

addEventListener("drop", (event) => {
  if (!takes(event)) return
  event.preventDefault()
  veil.hidden = true
  input().files = event.dataTransfer.files
  input().dispatchEvent(new Event("change", { bubbles: true }))
})

addEventListener("paste", (event) => {
  const files = event.clipboardData?.files
  if (!files?.length || !input() || document.querySelector("dialog[open]")) return
  event.preventDefault()
  input().files = files
  input().dispatchEvent(new Event("change", { bubbles: true }))
})
