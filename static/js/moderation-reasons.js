// Puts ready-made words in front of what is typed, without a way to the server and back.
for (const button of document.querySelectorAll("[data-insert]")) {
  const { ready, reason } = button.form.elements;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const { text } = ready.selectedOptions[0].dataset;
    if (!text) return ready.focus();
    reason.value = [text, reason.value].filter(Boolean).join("\n\n");
    reason.dispatchEvent(new Event("input", { bubbles: true }));
    ready.value = "";
    reason.focus();
    reason.setSelectionRange(reason.value.length, reason.value.length);
  });
}
