// Keeps the pages' shell, so that they open without a network. Data never pass here: what the phone knows of
// stations lies in IndexedDB, and the page says how old it is.
// The server fills in both words: which files there are, and a digest of them all, so that any change is a new worker.
const CACHE = "nuanfeng-__VERSION__";
const SHELL = ["/", "/report", "/map", "/volunteer", "/inbox", "/manage", ..."__FILES__".split(" ")];

// A new worker waits until the open pages are closed: no page loads modules of two versions.
self.addEventListener("install", (event) => {
  const fresh = SHELL.map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// A scanned code opens the rider's or the volunteers' page; the page reads the code from its address.
function shellPath(path) {
  return path.startsWith("/c/") ? "/" : path.replace(/^\/volunteer\/c\/.*/, "/volunteer");
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const path = shellPath(url.pathname);
  if (event.request.method !== "GET" || url.origin !== location.origin || !SHELL.includes(path)) return;
  event.respondWith(
    caches
      .open(CACHE)
      .then((cache) => cache.match(path))
      .then((kept) => kept || fetch(event.request)),
  );
});

// A copy of a message: its neutral words, nothing else. The same message again, or a newer one of its case, takes
// the place of the one that is shown.
self.addEventListener("push", (event) => {
  const { id, title, body, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag: tag || id, icon: "/web/bee.svg" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openInbox());
});

async function openInbox() {
  const [open] = (await self.clients.matchAll({ type: "window" })).filter(({ url }) => new URL(url).pathname === "/inbox");
  return open ? open.focus() : self.clients.openWindow("/inbox");
}
