// The phone's own position, asked for on a tap and never in the background.
import { t } from "./words.js";

const PATIENCE_MS = 12000;
const LIVES_MS = 90e3;

let last = null;

export function locate() {
  return new Promise((resolve, reject) => {
    const fail = (error) => reject(new Error(t(error && error.code === 1 ? "no_fix_denied" : "no_fix")));
    if (!navigator.geolocation) return fail();
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        const { latitude: lat, longitude: lon, accuracy } = coords;
        last = { lat, lon, coord_type: "wgs84", accuracy_m: Math.min(accuracy, 10000), at: timestamp };
        resolve(last);
      },
      fail,
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: LIVES_MS / 3 },
    );
  });
}

// A position of the last moments as the API takes it, or null where the phone gives none.
export async function freshFix() {
  const isFresh = last && Date.now() - last.at < LIVES_MS;
  const fix = isFresh ? last : await locate().catch(() => null);
  return fix && { lat: fix.lat, lon: fix.lon, coord_type: fix.coord_type, accuracy_m: fix.accuracy_m };
}
