// What the phone keeps: small values, unsent taps, and the offline directory. Memory where it may keep nothing.
const NAMES = ["values", "outbox", "stations"];
const memory = Object.fromEntries(NAMES.map((name) => [name, new Map()]));

const opened = new Promise((resolve) => {
  try {
    const request = indexedDB.open("nuanfeng", 1);
    request.onupgradeneeded = () => NAMES.forEach((name) => request.result.createObjectStore(name));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  } catch {
    resolve(null);
  }
});

async function ask(name, mode, work) {
  const base = await opened;
  const transaction = base.transaction(name, mode);
  const request = work(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request && request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export async function get(name, key) {
  return (await opened) ? ask(name, "readonly", (store) => store.get(key)) : memory[name].get(key);
}

export async function all(name) {
  return (await opened) ? ask(name, "readonly", (store) => store.getAll()) : [...memory[name].values()];
}

// Changes entries, all or none: `changes` is a list of [key, value], or [key] for what goes.
export async function apply(name, changes, { clear = false } = {}) {
  if (!(await opened)) {
    if (clear) memory[name].clear();
    for (const [key, value] of changes) value ? memory[name].set(key, value) : memory[name].delete(key);
    return;
  }
  await ask(name, "readwrite", (store) => {
    if (clear) store.clear();
    for (const [key, value] of changes) value ? store.put(value, key) : store.delete(key);
  });
}

export const put = (name, key, value) => apply(name, [[key, value]]);
export const remove = (name, key) => apply(name, [[key]]);
