// Photos of an office's stations that nobody has looked at yet: riders see them once somebody did.
import { call } from "./api.js";
import { fill, h } from "./dom.js";
import { card } from "./manage-photos.js";
import { t } from "./words.js";

export async function tell(place) {
  const { photos, next_cursor: more } = await call("GET", "/v1/stations/photos/waiting?limit=20");
  const again = () => tell(place);
  const shown = (photo) => card(photo, { id: photo.station_id, isOffice: true, again, name: photo.station_name });
  fill(
    place,
    photos.length > 0 && [
      h("h2", {}, t("photos_waiting", { n: `${photos.length}${more ? "+" : ""}` })),
      h("p", { class: "quiet" }, t("photos_waiting_hint")),
      h("div", { class: "album" }, photos.map(shown)),
    ],
  );
}
