// The rest of a station: usual hours, what does not work, what else it offers, its telephone.
import { why } from "./account.js";
import { call } from "./api.js";
import { amenity, phoneLink, tag } from "./cards.js";
import { fill, h } from "./dom.js";
import { hoursOf, t } from "./words.js";

export async function tell(place, stationId) {
  fill(place, t("asking"));
  try {
    fill(place, rest(await call("GET", `/v1/stations/${stationId}?coord_type=wgs84`, { signedIn: false })));
  } catch (error) {
    fill(place, why(error));
  }
}

function rest({ hours, amenities, service_items: items, is_invented, phone, photos }) {
  const off = amenities.filter(({ state }) => state !== "works").map(({ amenity: name, state }) => amenity(name, state));
  return [
    h("p", {}, t("cached_hours", { hours: hoursOf(hours) })),
    off.length > 0 && h("ul", { class: "amenities" }, off),
    items.length > 0 && h("p", {}, items.join(" · ")),
    photos.length > 0 && h("div", {}, photos.map(({ thumb, amenity: of }) => h("img", { src: thumb, alt: of ? t(`amenity_${of}`) : "", height: 120, loading: "lazy" }))),
    is_invented && tag(t("invented")),
    phoneLink(phone),
  ];
}
