// How shifts read, to volunteers and to organisers: when, how long, what is asked for.
import { now } from "./api.js";
import { h } from "./dom.js";
import { t, timeOf } from "./words.js";

// "tomorrow 18:30–21:00"; a night's end is told by its time alone.
export const spanOf = ({ starts_at, ends_at }) => `${timeOf(starts_at, now())}–${timeOf(ends_at, Date.parse(ends_at))}`;

// What organisers type is Beijing time, whatever their phone is set to.
const AHEAD_MS = 8 * 3600e3;
export const localOf = (at) => new Date(Date.parse(at) + AHEAD_MS).toISOString().slice(0, 16);
export const instantOf = (local) => `${local}:00+08:00`;

export function minutesOf(minutes) {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return t("only_minutes", { n: rest });
  return rest === 0 ? t("only_hours", { n: hours }) : t("hours_minutes", { h: hours, n: rest });
}

// What a role asks of who takes it.
export function asked({ adults_only, qualification, needs_insurance }) {
  const needs = [adults_only && t("needs_adult"), qualification && t("needs_paper", { what: t(`paper_kind_${qualification}`) }), needs_insurance && t("needs_insurance")].filter(Boolean);
  return needs.length > 0 && h("ul", { class: "needs" }, needs.map((need) => h("li", {}, need)));
}
