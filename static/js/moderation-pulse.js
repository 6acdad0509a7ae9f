// Brings the numbers of the queue up to date, and says when something new has come. Rows stay where they are.
const EVERY = 20_000;
const LONGEST = 300_000;
const news = document.querySelector("[data-pulse]");
const url = `${news.dataset.pulse}?${new URLSearchParams({ since: news.dataset.since })}`;
let wait = EVERY;
let timer;

function show({ tabs, news: sentence }) {
  for (const [tab, number] of Object.entries(tabs)) {
    const count = document.querySelector(`[data-count="${tab}"]`);
    if (count && count.textContent !== String(number)) count.textContent = number;
  }
  const link = news.querySelector("a");
  news.hidden = !sentence;
  if (link.textContent !== sentence) link.textContent = sentence;
}

async function ask() {
  const answer = await fetch(url).catch(() => null);
  // Who has logged out, or decides on nothing any more, is shown the way to the log-in or told that there is no page.
  if (answer && (answer.redirected || answer.status === 404)) return;
  if (answer?.ok) show(await answer.json());
  wait = answer?.ok ? EVERY : Math.min(wait * 2, LONGEST);
  plan();
}

function plan() {
  clearTimeout(timer);
  timer = document.hidden ? undefined : setTimeout(ask, wait);
}

document.addEventListener("visibilitychange", plan);
plan();
