// Photos of the station and of what is broken there: taken here, shown to riders once the area's staff approved.
import { call, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h, icon } from "./dom.js";
import { isMeant } from "./forms.js";
import { post } from "./outbox.js";
import { postPhoto } from "./photo-upload.js";
import "./photo-words.js";
import { t } from "./words.js";

// Who may let riders see a photo.
const OFFICES = ["community_staff", "district_officer", "sysadmin"];
export const isOffice = (grants) => grants.some(({ role }) => OFFICES.includes(role));

// A button that opens the camera or the phone's pictures.
function camera(label, take) {
  const input = h("input", { type: "file", accept: "image/*" });
  input.addEventListener("change", () => input.files.length > 0 && attempt(() => take(input.files[0])));
  return h("label", { class: "camera" }, icon("cat_camera"), label, input);
}

// What is broken is said at once, with the name of a photo whose bytes come after.
export const faultCamera = (report) =>
  camera(t("photo_fault"), async (file) => {
    const id = uuid();
    await report(id);
    await postPhoto({ id, purpose: "amenity", file });
  });

export async function tell(place, station) {
  const { id } = station;
  const [{ photos }, { grants }] = await Promise.all([call("GET", `/v1/stations/${id}/photos`), call("GET", "/v1/accounts/me/grants")]);
  const may = isOffice(grants);
  const again = () => tell(place, station);
  const add = async (file) => {
    const photo_id = uuid();
    // Through the outbox: what was photographed in a cellar is sent when there is a network.
    await postPhoto({ id: photo_id, purpose: "station", file });
    await post({ kind: "request", station: id, method: "POST", path: `/v1/stations/${id}/photos`, body: { photo_id } });
    await again();
  };
  fill(place, h("p", { class: "quiet" }, t("photos_hint")), camera(t("photo_add"), add), h("div", { class: "album" }, photos.map((each) => card(each, { id, isOffice: may, again }))));
}

// A photo with what may be done about it; `name` is its station's, where many stations' photos stand together.
export function card(photo, { id, isOffice: may, again, name }) {
  const { large, thumb, amenity, is_public, version, state } = photo;
  const status = is_public ? "photo_public" : state === "ready" ? "photo_waits" : "photo_coming";
  const one = `/v1/stations/${id}/photos/${photo.id}`;
  const remove = button(t("photo_remove"), () => isMeant(remove, t("photo_sure")) && attempt(() => call("DELETE", one).then(again), remove), { class: "plain" });
  const approve = button(t("photo_approve"), () => attempt(() => call("POST", `${one}/approve`, { body: { version } }).then(again), approve), { class: "strong" });
  // Few photos need it, so what covers is fetched when it is wanted.
  const coverIt = async () => cover.replaceWith((await import("./photo-cover.js")).coverPart(photo, { url: `/v1/stations/${id}/photos`, attempt, done: again }));
  const cover = button(t("photo_cover"), () => attempt(coverIt, cover));
  return h(
    "figure",
    { "data-photo": photo.id },
    thumb && h("a", { href: large, target: "_blank", rel: "noopener" }, h("img", { src: thumb, alt: t("photos"), loading: "lazy" })),
    h("figcaption", {}, name && h("b", {}, name), name && h("br"), amenity && `${t(`amenity_${amenity}`)} · `, t(status)),
    may && state === "ready" && [!is_public && approve, cover],
    remove,
  );
}
