// Keeps this day sheet on the phone for when there is no network, and takes it off again.
const box = document.querySelector("[data-offline]");
const page = location.pathname;
// The worker uses the same name (day-sheet-worker.js).
const name = `day-sheet ${page}`;
const declined = `day-sheet declined ${page}`;
const [keep, remove] = ["keep", "remove"].map((what) => box.querySelector(`[data-${what}]`));

function show(state) {
  for (const line of box.querySelectorAll("[data-state]")) line.hidden = line.dataset.state !== state;
  keep.hidden = state !== "removed";
  remove.hidden = state !== "kept";
}

// What the page needs to look right: its style, its fonts and this script.
function parts() {
  const loaded = performance.getEntriesByType("resource").filter((entry) => entry.initiatorType !== "fetch");
  const styles = [...document.querySelectorAll('link[rel="stylesheet"]')].map((link) => link.href);
  const urls = [...loaded.map((entry) => entry.name), ...styles, import.meta.url];
  return new Set(urls.filter((url) => new URL(url).origin === location.origin));
}

async function keepPage() {
  localStorage.removeItem(declined);
  await navigator.serviceWorker.register(box.dataset.worker, { scope: page });
  await document.fonts.ready;
  const cache = await caches.open(name);
  const wanted = parts();
  const kept = (await cache.keys()).map((request) => request.url);
  await cache.addAll([...wanted].filter((url) => !kept.includes(url)));
  if (!kept.includes(location.origin + page)) {
    const answer = await fetch(page);
    if (!answer.ok || answer.redirected) throw new Error("no sheet");
    await cache.put(page, answer);
  }
  const old = kept.filter((url) => !wanted.has(url) && url !== location.origin + page);
  await Promise.all(old.map((url) => cache.delete(url)));
}

async function removePage() {
  localStorage.setItem(declined, "1");
  await caches.delete(name);
  await (await navigator.serviceWorker.getRegistration(page))?.unregister();
  show("removed");
}

async function start() {
  try {
    await keepPage();
    show("kept");
  } catch {
    show((await caches.has(name)) && (await (await caches.open(name)).match(page, { ignoreVary: true })) ? "kept" : "unable");
  }
}

if ("serviceWorker" in navigator && "caches" in window) {
  keep.addEventListener("click", start);
  remove.addEventListener("click", removePage);
  if (localStorage.getItem(declined)) show("removed");
  else if (document.readyState === "complete") start();
  else addEventListener("load", start);
}
