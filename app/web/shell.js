// The pages open without a network once the worker has kept them.
export function keepShell() {
  if (!navigator.serviceWorker) return;
  const script = "/sw.js";
  const policy = window.trustedTypes && trustedTypes.createPolicy("nuanfeng", { createScriptURL: () => script });
  navigator.serviceWorker.register(policy ? policy.createScriptURL(script) : script).catch(() => {});
}
