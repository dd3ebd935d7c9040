// A new activity: which team, what, where, when, who can do what; insured where it may be dangerous.
import { insurancePart, KINDS, placePart, shiftPart, wordsPart } from "./activity-form.js";
import { call, uuid } from "./api.js";
import { fill, h, notice } from "./dom.js";
import { asking, field, select } from "./forms.js";
import { teamsRun } from "./teams-run.js";
import { t } from "./words.js";

const REPEATS = { none: null, daily: "FREQ=DAILY", weekly: "FREQ=WEEKLY" };

export async function show(place) {
  const teams = await teamsRun();
  if (teams.length === 0) return fill(place, h("p", {}, t("no_team_run")));
  fill(place, h("h2", {}, t("run_new")), form(teams));
}

function form(teams) {
  const id = uuid();
  const team = select(teams);
  const kind = select(KINDS.map((name) => [name, t(`activity_${name}`)]));
  const words = wordsPart();
  const where = placePart();
  const when = shiftPart();
  const repeat = select(Object.keys(REPEATS).map((name) => [name, t(`repeat_${name}`)]));
  const times = field("repeat_times", { type: "number", min: 2, max: 50, value: 4 });
  const mode = select(["first_come", "approval"].map((name) => [name, t(`mode_${name}`)]));
  const insured = insurancePart(() => kind.value);
  times.label.hidden = true;
  repeat.addEventListener("change", () => (times.label.hidden = repeat.value === "none"));
  kind.addEventListener("change", insured.turn);
  const parts = [
    h("label", {}, t("new_team"), team),
    h("label", {}, t("new_kind"), kind),
    words.part,
    where.part,
    when.part,
    h("label", {}, t("repeat"), repeat),
    times.label,
    h("label", {}, t("new_mode"), mode),
    insured.part,
  ];
  return asking("keep_draft", parts, async () => {
    const rule = REPEATS[repeat.value];
    const body = {
      id,
      team_id: team.value,
      kind: kind.value,
      ...words.read(),
      ...where.read(),
      mode: mode.value,
      ...(rule && { rrule: `${rule};COUNT=${times.input.value}` }),
      ...insured.read(),
      shifts: [when.read()],
    };
    await call("POST", "/v1/activities", { body });
    location.hash = "activities";
    setTimeout(() => notice("done", t("draft_kept"), { kind: "good" }));
  });
}
