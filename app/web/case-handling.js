// What desk and unit share of a case in hand: more time, contractors' links.
import { call, now, uuid } from "./api.js";
import "./case-words.js";
import { endOf, formOf, reasonField } from "./desk-parts.js";
import { button, fill, h } from "./dom.js";
import { t, timeOf } from "./words.js";

const label = (key, ...inputs) => h("label", {}, t(key), inputs);

// A wish for more time and what became of it; `more` is what decides it.
export function wish({ until, reason, asked_name: by, is_granted: granted, decided_name: decider, answer }, more) {
  const state = granted == null ? t("time_waits") : t(granted ? "time_granted" : "time_refused", { name: decider });
  return h("div", { class: granted == null ? "notice warn" : "notice" },
    h("span", {}, h("b", {}, t("time_until", { when: timeOf(until, now()), name: by })), ` ${reason}`, h("br"), state, answer && ` ${answer}`), more);
}

// `attempt(work, button)` runs when it is sent, as everywhere here.
export function askTime(id, attempt) {
  const day = h("input", { type: "date", required: true });
  const reason = reasonField("time_why");
  const wished = uuid(); // kept for every retry
  const ask = async () => {
    await call("POST", `/v1/reports/cases/${id}/extensions`, { body: { id: wished, until: endOf(day.value), reason: reason.value.trim() }, key: uuid() });
    return t("time_asked");
  };
  return formOf("act_ask_time", [label("time_day", day), reason], (go) => attempt(ask, go));
}

// Links for firms without an account; the secret of a new one is told once, here.
export async function links(id, attempt, mayMake = true) {
  const { links: found } = await call("GET", `/v1/reports/cases/${id}/links`);
  const rows = found.map((each) => link(id, each, attempt));
  if (!mayMake) return rows.length ? rows : h("p", {}, t("link_none"));
  const name = h("input", { maxlength: 100, required: true });
  const told = h("div", { role: "status" });
  const make = async () => {
    const made = await call("POST", `/v1/reports/cases/${id}/links`, { body: { label: name.value.trim() } });
    fill(told, fresh(made));
    name.value = "";
  };
  // What is told once must not be read away: the page stays as it is.
  const stay = () => told.querySelector("input").select();
  return [rows, formOf("link_make", [label("link_label", name)], (go) => attempt(make, go, stay)), told];
}

function link(id, { id: linkId, label: name, expires_at: ends, revoked_at: revoked }, attempt) {
  const take = async () => {
    await call("DELETE", `/v1/reports/cases/${id}/links/${linkId}`);
    return t("link_revoked_now", { name });
  };
  const isOver = Boolean(revoked) || Date.parse(ends) <= now();
  const state = revoked ? t("link_revoked", { when: timeOf(revoked, now()) }) : t(isOver ? "link_over" : "link_until", { when: timeOf(ends, now()) });
  const go = !isOver && button(t("link_revoke"), () => attempt(take, go));
  return h("div", { class: "notice" }, h("span", {}, h("b", {}, name), ` ${state}`), go);
}

function fresh({ link: address, label: name, expires_at: ends }) {
  const shown = h("input", { readonly: true, value: address, "aria-label": t("link_address") });
  const copied = h("span", { role: "status" });
  const copy = button(t("link_copy"), async () => {
    shown.select();
    await (navigator.clipboard ? navigator.clipboard.writeText(address) : Promise.reject()).then(() => fill(copied, t("link_copied")), () => fill(copied, t("link_copy_self")));
  });
  return h("div", { class: "notice good" }, h("span", {}, t("link_made", { name, when: timeOf(ends, now()) })), shown, copy, copied);
}
