// What is known of oneself: to correct, to take along, to take back, to delete (PIPL, articles 15 and 44 to 47).
import { call, now, signOut } from "./api.js";
import { areaChoice } from "./area-choice.js";
import { attempt } from "./attempt.js";
import { button, fill, h, notice } from "./dom.js";
import { download } from "./download.js";
import { asking, folded, isMeant, select } from "./forms.js";
import "./worker-words.js";
import { language, t, timeOf } from "./words.js";

const KINDS = ["food_rider", "courier", "truck_driver", "ride_hail_driver", "other"];
const ASKED = "precise_location"; // a guardian's consent is not given by a tap

let place = null;
let me = null;
let policy = null;
let consents = [];

export async function show(element) {
  place = element;
  [me, policy, { consents }] = await Promise.all([
    call("GET", "/v1/accounts/me"),
    call("GET", "/v1/accounts/policy", { signedIn: false }),
    call("GET", "/v1/accounts/me/consents"),
  ]);
  me.area = me.area_code && (await call("GET", `/v1/areas/${me.area_code}`, { signedIn: false })).name;
  fill(place, h("h2", {}, t("me_profile")), profile(), h("h2", {}, t("me_data")), h("p", {}, policy[language()]), consent(), data());
}

async function change(what) {
  await call("PATCH", "/v1/accounts/me", { body: { ...what, version: me.version } });
  notice("done", t("say_kept"), { kind: "good" });
  await show(place);
}

function profile() {
  const name = h("input", { maxlength: 40, required: true, value: me.display_name, autocomplete: "nickname" });
  const kind = select([["", t("me_unsaid")], ...KINDS.map((each) => [each, t(`worker_${each}`)])], me.worker_kind ?? "");
  kind.required = false;
  const keep = () => change({ display_name: name.value.trim(), worker_kind: kind.value || null });
  const use = (code) => attempt(() => change({ area_code: code }));
  return [
    asking("say_keep", [h("label", {}, t("me_name"), name), h("label", {}, t("me_kind"), kind)], keep),
    h("p", {}, t("me_area", { name: me.area ?? t("me_unsaid") })),
    folded(t("me_area_other"), areaChoice(({ code }) => use(code)), me.area_code && button(t("me_area_none"), () => use(null), { class: "wide" })),
  ];
}

// Taken back as easily as given, and nothing depends on it.
function consent() {
  const text = policy.purposes.find(({ purpose }) => purpose === ASKED);
  const given = consents.find(({ purpose, given_at: at, withdrawn_at: until }) => purpose === ASKED && at && !until);
  const tell = given
    ? () => call("DELETE", `/v1/accounts/me/consents/${ASKED}`)
    : () => call("PUT", `/v1/accounts/me/consents/${ASKED}`, { body: { text_version: policy.version } });
  const turn = button(t(given ? "share_take_back" : "share_give"), () => attempt(() => tell().then(() => show(place)), turn), { class: "wide" });
  const since = given && h("p", {}, h("b", {}, t("share_since", { time: timeOf(given.given_at, now()) })));
  return h("div", { class: "card", "data-consent": ASKED }, h("p", {}, text[language()]), since, turn);
}

function data() {
  const take = button(t("me_export"), () => attempt(() => download("/v1/accounts/me/export", "nuanfeng.json"), take), { class: "wide" });
  const out = button(t("me_out"), () => isMeant(out, t("me_out_sure")) && attempt(leave, out), { class: "wide" });
  const away = button(t("me_delete"), () => isMeant(away, t("me_delete_sure")) && attempt(erase, away), { class: "wide" });
  return [take, out, folded(t("me_delete_title"), h("p", { class: "warn-ink" }, t("me_delete_what")), away)];
}

// The tokens are over; what this phone kept goes, too.
const forget = () => signOut().catch(() => {});
const leave = () => call("POST", "/v1/accounts/sign-out", { body: { everywhere: true } }).then(forget);

async function erase() {
  await call("DELETE", "/v1/accounts/me");
  await forget();
  notice("done", t("me_deleted"), { kind: "good" });
}
