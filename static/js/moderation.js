// Single keys for moderators: each presses the button, or goes to the field, that names it in data-key. Can be turned off.
const OFF = "moderation-keys-off";
const dialog = document.querySelector("[data-keys]");
const choice = dialog.querySelector("[data-keys-on]");
const opener = document.querySelector("[data-keys-button]");
let isLeaving = false;

// The letter on the key where the layout has other letters, as the Ukrainian one.
const letterOf = ({ key, code }) => (/^[\x20-\x7e]$/.test(key) ? key.toLowerCase() : code.replace(/^Key/, "").toLowerCase());
const isTyping = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

function press(element) {
  if (element.matches("textarea, input")) return element.focus();
  element.click();
}

// A reason that is missing is asked for before anything is sent.
function lacksReason(button) {
  const reason = button.form.elements.reason;
  if (!("needsReason" in button.dataset) || reason.value.trim()) return false;
  reason.focus();
  return true;
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const here = rows.findIndex((row) => row.closest("li").contains(document.activeElement));
  rows[here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isLeaving || dialog.open) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!choice.checked) return;
  const letter = letterOf(event);
  const element = document.querySelector(`[data-key="${CSS.escape(letter)}"]`);
  if (letter === "?") dialog.showModal();
  else if (letter === "j" || letter === "k") step(letter === "j" ? 1 : -1);
  else if (element) press(element);
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-needs-reason]");
  if (button && lacksReason(button)) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  isLeaving = event.target.method === "post";
});
// Coming back to a kept page.
addEventListener("pageshow", () => {
  isLeaving = false;
});

choice.checked = localStorage.getItem(OFF) === null;
choice.addEventListener("change", () => (choice.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
opener.hidden = false;
opener.querySelector("button").addEventListener("click", () => dialog.showModal());
