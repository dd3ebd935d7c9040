// How a rule of points reads: what for, how many, for how long, at most how many.
import "./points-words.js";
import { t } from "./words.js";

export function ruleOf({ source, activity_kind: kind, points: n, per_minutes: minutes, cap, cap_per: per }) {
  const what = kind ? `${t(`source_${source}`)} · ${t(`activity_${kind}`)}` : t(`source_${source}`);
  return `${t(minutes ? "points_rule_per" : "points_rule", { what, n, minutes })}, ${t(`points_cap_${per}`, { n: cap })}`;
}
