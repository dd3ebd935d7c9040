// Says how much waits on the phone for the network, or for a sign-in: what was kept is not thought lost.
import { notice } from "./dom.js";
import { t } from "./words.js";

export function sayWaiting({ waiting, unsigned }) {
  const kept = waiting && t(waiting === 1 ? "waiting_one" : "waiting", { n: waiting });
  notice("outbox", kept || (unsigned && t("unsigned", { n: unsigned })), { kind: "warn", picture: "waiting" });
}
