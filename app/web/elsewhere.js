// Looking from a place that is chosen or typed instead of measured.
import { h, fill } from "./dom.js";
import "./elsewhere-words.js";
import { language, t } from "./words.js";

const DATUMS = ["wgs84", "gcj02", "bd09"];
const PAIR = /^(-?\d+(?:\.\d+)?)[\s,，]+(-?\d+(?:\.\d+)?)$/;

export async function offer(element, { use, refuse }) {
  const seats = await (await fetch("/web/places.json")).json();
  fill(element, seatForm(seats, use), typedForm(use, refuse));
}

function seatForm(seats, use) {
  const select = h("select", {}, seats.map((seat, rank) => h("option", { value: rank }, seat[language()])));
  return form(h("label", {}, t("seat"), select), () => {
    const { lat, lon } = seats[select.value];
    use({ lat, lon, coord_type: "wgs84" });
  });
}

// The datum has no default: a guess is a wrong street.
function typedForm(use, refuse) {
  const pair = h("input", { autocomplete: "off", placeholder: "35.5428, 106.6651", required: true });
  const types = [h("option", { value: "" }, t("coord_choose")), DATUMS.map((datum) => h("option", { value: datum }, t(`coord_${datum}`)))];
  const type = h("select", { required: true }, types);
  const fields = [h("label", {}, t("coordinates"), pair), h("label", {}, t("coord_type"), type)];
  return form(fields, () => {
    const match = pair.value.trim().match(PAIR);
    if (!match) return refuse(t("bad_pair"));
    use({ lat: Number(match[1]), lon: Number(match[2]), coord_type: type.value });
  });
}

function form(fields, onsubmit) {
  const submit = (event) => {
    event.preventDefault();
    onsubmit();
  };
  return h("form", { onsubmit: submit }, fields, h("button", { type: "submit" }, t("use_place")));
}
