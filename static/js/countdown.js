// Says how long it is until a protest begins, in the page's language: "in 3 days".
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });

function show(line) {
  const seconds = (new Date(line.dateTime) - Date.now()) / 1000;
  const [unit, length] = STEPS.find(([, length]) => seconds >= 2 * length) ?? STEPS.at(-1);
  line.hidden = seconds < 60;
  line.textContent = words.format(Math.floor(seconds / length), unit);
}

for (const line of document.querySelectorAll("time[data-countdown]")) {
  show(line);
  setInterval(show, 30_000, line);
}
