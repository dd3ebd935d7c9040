// An activity that there is already, said anew: a draft as a whole; of a published one what has yet to come.
import { insurancePart, KINDS, placePart, shiftPart, wordsPart } from "./activity-form.js";
import { call, now } from "./api.js";
import { button, fill, h } from "./dom.js";
import { asking, field, select } from "./forms.js";
import { spanOf } from "./shifts.js";
import { t } from "./words.js";

// `done` is called when it is kept.
export async function show(place, id, done) {
  const activity = await call("GET", `/v1/activities/run/${id}`);
  fill(place, activity.state === "draft" ? draftForm(activity, done) : changeForm(activity, done));
}

// An activity at a station lies in the station's area, whatever it was.
const areaOf = ({ place_kind, area_code }) => place_kind !== "station" && { area_code };

// A shift's fields, folded below its time where there are several.
function shiftRows(shifts) {
  const rows = shifts.map((shift) => ({ shift, ...shiftPart(shift) }));
  const list = h("div", {}, rows.map(({ shift, part }) => h("details", { open: shifts.length === 1 }, h("summary", {}, spanOf(shift)), part)));
  const add = button(t("shift_add"), () => {
    const row = shiftPart();
    rows.push(row);
    list.append(h("fieldset", {}, h("legend", {}, t("shift_new")), row.part));
  });
  return { part: [list, add], rows };
}

const withoutIds = ({ id: _, roles, ...shift }) => ({ ...shift, roles: roles.map(({ id: __, ...role }) => role) });

function draftForm(activity, done) {
  const { id, team_id, version, rrule, least_presence_percent } = activity;
  const kind = select(KINDS.map((name) => [name, t(`activity_${name}`)]), activity.kind);
  const words = wordsPart(activity);
  const where = placePart(activity);
  const mode = select(["first_come", "approval"].map((name) => [name, t(`mode_${name}`)]), activity.mode);
  const insured = insurancePart(() => kind.value, activity);
  kind.addEventListener("change", insured.turn);
  const one = rrule ? shiftPart(activity.shifts[0]) : null; // a rule repeats its one shift
  const many = rrule ? null : shiftRows(activity.shifts);
  const parts = [
    h("label", {}, t("new_kind"), kind),
    words.part,
    where.part,
    one ? [h("p", { class: "quiet" }, t("edit_recurs", { n: activity.shifts.length })), one.part] : many.part,
    h("label", {}, t("new_mode"), mode),
    insured.part,
  ];
  return asking("edit_keep", parts, async () => {
    const shifts = one ? [one.read()] : many.rows.map((row) => row.read());
    const body = { version, team_id, ...areaOf(activity), kind: kind.value, ...words.read(), ...where.read(), mode: mode.value, rrule, least_presence_percent, ...insured.read(), shifts: shifts.map(withoutIds) };
    await call("PUT", `/v1/activities/${id}`, { body });
    await done();
  });
}

// Who signed up is told of another time, place or condition, and may leave: so the form asks why.
function changeForm(activity, done) {
  const { id, version, kind } = activity;
  const coming = activity.shifts.filter(({ starts_at, cancelled_at }) => Date.parse(starts_at) > now() && !cancelled_at);
  const words = wordsPart(activity);
  const where = placePart(activity);
  const many = shiftRows(coming);
  const insured = insurancePart(() => kind, activity);
  const why = field("edit_why", { required: true, maxlength: 200 });
  const before = new Map(many.rows.map((row) => [row, JSON.stringify(row.read())]));
  const parts = [h("p", { class: "quiet" }, t("edit_hint")), words.part, where.part, many.part, insured.part, why.label];
  return asking("edit_publish", parts, async () => {
    const { insurance } = insured.read();
    const changed = many.rows.filter((row) => before.get(row) !== JSON.stringify(row.read()));
    const body = { version, ...areaOf(activity), ...words.read(), ...where.read(), ...(insurance && { insurance }), reason: why.input.value.trim(), shifts: changed.map((row) => row.read()) };
    await call("POST", `/v1/activities/${id}/change`, { body });
    await done();
  });
}
