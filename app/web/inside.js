// For who is inside: the station's closing as it happens, and the door's code for those who checked in.
import { why } from "./account.js";
import { call, now } from "./api.js";
import { opening } from "./cards.js";
import { busy, button, fill, h, icon } from "./dom.js";
import "./inside-words.js";
import { t, timeOf } from "./words.js";

let stationId = null;
let stream = null;
let open = null; // what the server last said of the station's door
let hasLock = false;
let place = null;

// Shows in `element` what concerns who is at a station, until `leave`; called again, it only moves there.
export function follow(element, id) {
  place = element;
  if (id && id !== stationId) begin(id);
  show();
}

export function leave() {
  if (stream) stream.close();
  stationId = stream = open = null;
  hasLock = false;
}

function begin(id) {
  leave();
  stationId = id;
  stream = new EventSource(`/v1/live/stations/${id}`);
  stream.addEventListener("state", ({ data }) => {
    const [told] = JSON.parse(data).stations; // this one, or the one that took its place
    if (!told) return;
    if (told.moved_to_id) {
      begin(id); // asked again, the stream leads there
      return;
    }
    open = told.open;
    show();
  });
  call("GET", `/v1/stations/${id}?coord_type=wgs84`, { signedIn: false })
    .then(({ entry_requirements: needs }) => {
      hasLock = needs.includes("door_code");
      if (id === stationId) show();
    })
    .catch(() => {}); // without a network there is no code to show either
}

function show() {
  fill(place, open && h("ul", { class: "facts" }, opening(open)), open && warning(), hasLock && lock());
}

function warning() {
  const notice = (kind, picture, words) => h("p", { class: `notice ${kind}`, role: "alert" }, icon(picture), h("span", {}, words));
  if (open.state === "closed") return notice("bad", "closed", t("inside_closed"));
  return open.closing_soon && notice("warn", "soon", t("inside_closing", { time: timeOf(open.closes_at, now()) }));
}

// The code stands here for its minute and is asked for again: one that was changed is gone as soon.
function lock() {
  const told = h("p", { role: "status" });
  const ask = async () => {
    try {
      const { code, hide_at } = await call("POST", `/v1/stations/${stationId}/door-code/show`);
      fill(told, h("b", { class: "distance" }, code), ` ${t("door_code_hint")}`);
      setTimeout(() => fill(told), Date.parse(hide_at) - now());
    } catch (error) {
      fill(told, error.status === 404 ? t("door_code_none") : why(error));
    }
  };
  const tap = button(t("door_code"), () => busy(tap, ask), { picture: "key" });
  return [tap, told];
}
