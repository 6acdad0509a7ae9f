// Hands the text below to the device's own share menu, or copies it. Without either, the text is there to be selected.
for (const box of document.querySelectorAll("[data-share]")) {
  const [text, send, copy, done] = ["textarea", "[data-send]", "[data-copy]", "[role=status]"].map((part) => box.querySelector(part));

  if (navigator.share) {
    send.hidden = false;
    send.addEventListener("click", () => {
      // Closing the menu without a choice is no fault.
      navigator.share({ text: text.value }).catch(() => {});
    });
  }
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.value);
      done.textContent = done.dataset.text;
    });
  }
}
