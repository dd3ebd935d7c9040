// A code that was scanned opens the rider's page with it; fetched only then.
import { instant, now } from "./api.js";
import { busy, button, notice } from "./dom.js";
import { checkIn, keptName, nameOf } from "./visits.js";
import { t, timeOf } from "./words.js";

// Keeps a code at once with its time and takes it out of the address: no history and no reload repeats it.
export async function readScannedCode() {
  const match = location.pathname.match(/^\/c\/([0-9a-f-]{36})\/[^/]+\/[^/]+$/);
  if (!match) return;
  const scanned = { code: location.pathname, captured_at: instant() };
  history.replaceState(null, "", "/");
  const station = { id: match[1], name: "" };
  offerCheckIn(station, scanned);
  station.name = (await keptName(station.id)) || (await nameOf(station.id));
  if (!scanned.isUsed) offerCheckIn(station, scanned);
}

function offerCheckIn(station, scanned) {
  const use = async () => {
    scanned.isUsed = true;
    await busy(tap, () => checkIn(station, scanned));
    notice("scanned", "");
  };
  const tap = button(`${t("check_in")} ${station.name}`, use, { picture: "enter", class: "strong" });
  const words = t("code_kept", { time: timeOf(scanned.captured_at, now()) });
  notice("scanned", words, { picture: "qr", action: tap });
}
