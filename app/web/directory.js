// The offline directory: the prefecture's stations as they were when the network was last there.
import { call, now } from "./api.js";
import * as store from "./store.js";

const PREFECTURE = 4; // digits of a division code
const FRESH_MS = 10 * 60e3;
const ASKED = { signedIn: false };
const EARTH_M = 6371008.8;

// Brings the directory of a station's prefecture up to date, by what changed since the last time.
export async function refresh(stationId) {
  const kept = await store.get("values", "directory");
  if (kept && now() - kept.saved_at < FRESH_MS && (await store.get("stations", stationId))) return;
  const known = (await store.get("stations", stationId)) || (await call("GET", `/v1/stations/${stationId}?coord_type=wgs84`, ASKED));
  const area = known.area_code.slice(0, PREFECTURE);
  const isSame = Boolean(kept) && kept.area === area;
  const query = new URLSearchParams({ coord_type: "wgs84", area, ...(isSame && { since: kept.as_of }) });
  let changes = [];
  let page;
  do {
    page = await call("GET", `/v1/stations/changes?${query}`, ASKED);
    changes = changes.concat(page.stations.map((station) => [station.id, station]), page.gone.map(({ id }) => [id]));
    query.set("cursor", page.next_cursor);
  } while (page.next_cursor);
  await store.apply("stations", changes, { clear: !isSame });
  await store.put("values", "directory", { area, as_of: page.as_of, saved_at: now() });
}

// The nearest kept stations to a WGS-84 point, and when they were saved; null when none are kept.
export async function nearestKept(point, { amenities, limit }) {
  const kept = await store.get("values", "directory");
  if (!kept) return null;
  const stations = (await store.all("stations"))
    .filter(({ amenities: has, status }) => status === "in_service" && amenities.every((name) => has[name] === "works"))
    .map((station) => ({ ...station, distance_m: distanceM(point, station) }))
    .sort((a, b) => a.distance_m - b.distance_m)
    .slice(0, limit);
  return { stations, saved_at: kept.saved_at };
}

// Along a great circle of a sphere: within half a per cent, which is less than a fix is wrong.
function distanceM(a, b) {
  const radians = Math.PI / 180;
  const dLat = (b.lat - a.lat) * radians;
  const dLon = (b.lon - a.lon) * radians;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}
