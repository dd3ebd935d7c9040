// A case in other hands: several units' tasks, more time for them, contractors.
import { askTime, links, wish } from "./case-handling.js";
import { call, now, uuid } from "./api.js";
import "./case-words.js";
import { endOf, formOf, once, part } from "./desk-parts.js";
import { unitChoice } from "./desk-units.js";
import { button, h } from "./dom.js";
import { isMeant } from "./forms.js";
import { t, timeOf } from "./words.js";

const UNFINISHED = ["open", "taken", "returned"];

const label = (key, ...inputs) => h("label", {}, t(key), inputs);

// Of what is over nothing waits for the clerk any more.
const isOpen = ({ acts }) => acts.includes("note_delay");

// What units asked for and do stands open: it waits for the clerk. The rest is fetched when wanted.
export function hands(desk, { extensions, tasks }) {
  const { item, acts, attempt } = desk;
  const may = (act) => acts.includes(act);
  return [
    extensions.map((each) => wish(each, each.is_granted == null && isOpen(desk) && decision(desk, each))),
    tasks.map((task) => told(desk, task)),
    may("give_task") && part("act_give_task", () => newTask(desk)),
    may("ask_time") && extensions.every(({ is_granted: granted }) => granted === false) && part("act_ask_time", () => askTime(item.id, attempt)),
    may("let_contractor") && part("act_let_contractor", () => links(item.id, attempt)),
  ];
}

function decision(desk, { id }) {
  const answer = h("textarea", { maxlength: 2000, "aria-label": t("time_answer"), placeholder: t("time_answer") });
  const decide = (grant) => async () => {
    await call("POST", `/v1/reports/cases/${desk.item.id}/extensions/${id}/decision`, { body: { grant, answer: answer.value.trim() }, key: uuid() });
    return t(grant ? "time_granted_now" : "time_refused_now");
  };
  const grant = button(t("time_grant"), () => desk.attempt(decide(true), grant), { class: "strong" });
  const refuse = button(t("time_refuse"), () => {
    answer.required = true;
    if (answer.reportValidity()) desk.attempt(decide(false), refuse);
    answer.required = false;
  });
  return h("form", { "data-form": "time_answer" }, answer, h("div", { class: "row" }, desk.acts.includes("decide_time") && grant, refuse));
}

function told(desk, task) {
  const { unit_name: unit, instruction, state, due_at: due, result } = task;
  const facts = [t(`task_${state}`), due && t("handling_due", { when: timeOf(due, now()) })].filter(Boolean).join(" · ");
  const line = h("span", {}, h("b", {}, unit), ` ${instruction} `, h("span", { class: "quiet" }, facts), result && h("p", {}, result));
  const kind = { returned: "notice warn", done: "notice good" }[state] || "notice";
  return h("div", { class: kind, "data-task": task.id }, line, UNFINISHED.includes(state) && isOpen(desk) && [drop(desk, task), again(desk, task)]);
}

function drop(desk, { id, version }) {
  const work = async () => {
    await call("POST", `/v1/reports/cases/${desk.item.id}/tasks/${id}/drop`, { body: { version }, key: uuid() });
    return t("task_dropped_now");
  };
  const go = button(t("task_drop"), () => isMeant(go, t("task_drop_sure")) && desk.attempt(work, go));
  return go;
}

// Another unit gets what this one sent back or does not get done.
function again(desk, task) {
  return part(`task_again_${task.id}`, async () => {
    const { parts, said } = await fields(desk, task);
    const give = async () => {
      await call("POST", `/v1/reports/cases/${desk.item.id}/tasks/${task.id}/give`, { body: { version: task.version, ...said() }, key: uuid() });
      return t("task_given");
    };
    return formOf("task_again", parts, (go) => desk.attempt(give, go));
  }, t("task_again"));
}

async function newTask(desk) {
  const { parts, said } = await fields(desk, { instruction: "" });
  const key = once(uuid);
  const give = async () => {
    const task = said();
    await call("POST", `/v1/reports/cases/${desk.item.id}/tasks`, { body: task, key: key(JSON.stringify(task)) });
    return t("task_given");
  };
  return [h("p", { class: "quiet" }, t("task_hint")), formOf("task_give", parts, (go) => desk.attempt(give, go))];
}

async function fields(desk, { unit_id: chosen, instruction: before }) {
  const unit = await unitChoice("task_unit", { area: desk.item.area_code, chosen });
  const instruction = h("textarea", { maxlength: 2000, required: true });
  instruction.value = before;
  const day = h("input", { type: "date" });
  const said = () => ({ unit_id: unit.input.value, instruction: instruction.value.trim(), ...(day.value && { due_at: endOf(day.value) }) });
  return { parts: [unit.parts, label("task_what", instruction), label("task_day", day)], said };
}

