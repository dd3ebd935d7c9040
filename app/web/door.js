// The lock of a station without staff: set or change its code, see it, forget it.
import { call, now } from "./api.js";
import { button, fill, h } from "./dom.js";
import { ageOf, t } from "./words.js";

// `at` makes a path below the station; `attempt` runs a tap's work and says what went wrong.
export function doorPart(at, attempt) {
  const told = h("p", { role: "status" });
  const code = h("input", { autocomplete: "off", maxlength: 12, pattern: "[0-9A-Za-z#*]{4,12}" });
  const form = h("form", { class: "set" }, h("label", {}, t("door_new"), code), h("button", { type: "submit" }, t("set_to")));
  const status = async () => {
    const { is_set, set_at, shown_times: n } = await call("GET", at("/door-code"));
    fill(told, is_set ? t("door_set", { age: ageOf(set_at, now()), n }) : t("door_unset"));
  };
  const show = async () => {
    const answer = await call("POST", at("/door-code/show"));
    fill(told, h("b", {}, answer.code));
    setTimeout(() => attempt(status), Date.parse(answer.hide_at) - now());
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = code.value ? { code: code.value } : {};
    form.reset();
    attempt(() => call("PUT", at("/door-code"), { body }).then(show));
  });
  const see = button(t("door_see"), () => attempt(show, see));
  const forget = button(t("door_forget"), () => attempt(() => call("DELETE", at("/door-code")).then(status), forget), { class: "plain" });
  const details = h("details", {}, h("summary", {}, t("door_hint")), told, form, h("div", { class: "row" }, see, forget));
  details.addEventListener("toggle", () => details.open && attempt(status));
  return [h("h3", {}, t("door")), details];
}
