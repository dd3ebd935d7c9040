// Who reported, and who else may see a confidential case: each for a reason, each kept.
import { call, now, uuid } from "./api.js";
import "./case-words.js";
import { formOf, part } from "./desk-parts.js";
import { fill, h } from "./dom.js";
import { t, timeOf } from "./words.js";

const label = (key, ...inputs) => h("label", {}, t(key), inputs);

export const people = (desk) => [
  desk.acts.includes("learn_reporter") && part("act_learn_reporter", () => reporter(desk)),
  desk.acts.includes("ask_disclosure") && part("act_ask_disclosure", () => disclosures(desk)),
];

function reporter(desk) {
  const reason = h("input", { minlength: 4, maxlength: 200, required: true });
  const told = h("p", { role: "status" });
  const learn = async () => {
    const { display_name: name, phone } = await call("POST", `/v1/reports/cases/${desk.item.id}/reporter`, { body: { reason: reason.value.trim() } });
    fill(told, h("b", {}, name), ` ${phone ?? t("reporter_no_phone")}`);
  };
  // It is shown once, for this reason: nothing is read anew, and it is gone with the panel.
  return [formOf("reporter_learn", [h("p", { class: "quiet" }, t("reporter_kept")), label("reporter_why", reason)], (go) => desk.attempt(learn, go, () => {})), told];
}

async function disclosures(desk) {
  const path = `/v1/reports/cases/${desk.item.id}/disclosures`;
  const [{ disclosures: asked }, { items: grants }] = await Promise.all([call("GET", path), call("GET", "/v1/accounts/grants?limit=100")]);
  const known = [...new Map(grants.map((each) => [each.account_id, each.display_name]))];
  const rows = asked.map(({ recipient, purpose, asked_at: at, is_granted: granted }) =>
    h("p", { class: granted === false ? "notice bad" : granted ? "notice good" : "notice" }, h("span", {}, h("b", {}, recipient), ` ${purpose} · ${timeOf(at, now())} · ${t(granted == null ? "disclosure_waits" : granted ? "disclosure_granted" : "disclosure_refused")}`)));
  const other = h("input", { maxlength: 36, pattern: "[0-9a-fA-F\\-]{36}", disabled: known.length > 0, required: true });
  const whom = h("select", {}, known.map(([id, name]) => h("option", { value: id }, name)), h("option", { value: "" }, t("disclosure_other")));
  const name = h("input", { required: true, maxlength: 100, value: known[0]?.[1] });
  const account = label("disclosure_account", other);
  account.hidden = known.length > 0;
  whom.addEventListener("change", () => {
    account.hidden = other.disabled = whom.value !== "";
    name.value = known.find(([id]) => id === whom.value)?.[1] ?? "";
  });
  const purpose = h("textarea", { required: true, maxlength: 2000 });
  const wished = uuid(); // kept for every retry
  const ask = async () => {
    await call("POST", path, { body: { id: wished, recipient_id: whom.value || other.value.trim(), recipient: name.value.trim(), purpose: purpose.value.trim() } });
    return t("disclosure_asked");
  };
  const parts = [h("p", { class: "quiet" }, t("disclosure_hint")), label("disclosure_whom", whom), account, label("disclosure_name", name), label("disclosure_purpose", purpose)];
  return [rows, formOf("disclosure_ask", parts, (go) => desk.attempt(ask, go))];
}
