// Answers for one day sheet: from the network while there is one, else with the copy on the phone, which says that it
// is one. Whoever may not read the sheet any more, or is not logged in, loses the copy.
const page = new URL(registration.scope).pathname;
const name = `day-sheet ${page}`;
const PATIENCE = 4_000;
const PARTS = ["font", "image", "script", "style"];

addEventListener("install", () => skipWaiting());

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === page) event.respondWith(answer(event, look, asCopy));
  else if (PARTS.includes(request.destination)) event.respondWith(answer(event, (found) => found, (copy) => copy));
});

// What the network says in time, else the copy. What it says later is still looked at.
async function answer(event, seen, shown) {
  const network = fetch(event.request).then(seen);
  event.waitUntil(network.catch(() => {}));
  const copy = await kept(event.request);
  if (!copy) return network;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const found = await Promise.race([network.catch(() => null), late]);
  return found && found.status < 500 && found.status !== 429 ? found : shown(copy);
}

async function kept(request) {
  // To open a cache makes one.
  if (!(await caches.has(name))) return undefined;
  const cache = await caches.open(name);
  const sheet = await cache.match(page, { ignoreVary: true });
  if (sheet && Number(sheet.headers.get("Day-Sheet-Until")) * 1000 < Date.now()) {
    await forget();
    return undefined;
  }
  return cache.match(request.mode === "navigate" ? page : request, { ignoreVary: true });
}

async function look(response) {
  if (response.ok && response.headers.has("Day-Sheet-Until")) {
    await (await caches.open(name)).put(page, response.clone());
  } else if (response.type === "opaqueredirect" || [403, 404, 410].includes(response.status)) {
    await forget();
  }
  return response;
}

async function forget() {
  await caches.delete(name);
  await registration.unregister();
}

async function asCopy(copy) {
  const headers = new Headers(copy.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  const text = (await copy.text()).replace("data-copy hidden", "data-copy");
  return new Response(text, { status: 200, headers });
}
