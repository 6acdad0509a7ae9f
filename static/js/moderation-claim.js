// Says that somebody is at work on the submission while its page is open and in sight.
const RENEW = 4 * 60_000;
const form = document.querySelector("[data-claim]");
const state = form.querySelector("[aria-live]");

async function keep() {
  if (document.hidden) return;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "claim");
  body.set("part", "1");
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const part = document.createElement("template");
  part.innerHTML = await answer.text();
  const [before, after] = [state, part.content].map((where) => where.querySelector("[data-state]").dataset.state);
  // What says the same is not said again, and nothing is taken from under a finger.
  if (before !== after && !state.contains(document.activeElement)) state.replaceChildren(part.content);
}

keep();
setInterval(keep, RENEW);
document.addEventListener("visibilitychange", keep);
