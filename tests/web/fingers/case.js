// What an officer taps on in one case after another; HOLE, TWIN and HELD are filled in by the test.
const { call } = await import("/web/api.js");
const row = (id) => one(`[data-case="${id}"] .name`);
const open = async (id) => ((await row(id)).click(), one("dialog[open] .timeline li"));
const fold = async (name) => {
  const details = await one(`details[data-part="${name}"]`);
  details.open = true;
  return until(() => details.querySelector("form"));
};
const write = (form, words) => ((form.querySelector("textarea").value = words), form);
const press = (label, within = document) => [...within.querySelectorAll("button")].find((each) => each.textContent === label).click();
// What the page says of a step, once the case stands there anew.
const said = async (work) => {
  const before = document.querySelector("#case > p[role=status]");
  work();
  const line = await until(() => [document.querySelector("#case > p[role=status].notice")].find((each) => each && (each !== before || !before.classList.contains("notice"))));
  return `${line.className}: ${line.textContent}`;
};
const send = async (name, words) => {
  const form = write(await fold(name), words);
  return said(() => form.requestSubmit());
};

await open("HOLE");
const pin = await fold("act_move_pin");
const east = pin.querySelectorAll("input")[1];
east.value = "98.5025";
east.dispatchEvent(new Event("change"));
told.push(await until(() => /东社区/.test(pin.querySelector(".summary").textContent)));
told.push(await send("act_move_pin", "骑手指错了路口"));
const kind = await fold("act_change_category");
kind.querySelector("select").value = "manhole";
told.push(await send("act_change_category", "是井盖"));
// Somebody is faster: what was typed stays, and goes with the version that is there now.
const { case: now } = await call("GET", "/v1/reports/cases/HOLE");
await call("POST", "/v1/reports/cases/HOLE/note-delay", { body: { version: now.version, reason: "停电" } });
told.push(await send("act_note_delay", "服务器停机"));
const typed = await fold("act_note_delay");
told.push(await until(() => typed.querySelector("textarea").value));
told.push(await said(() => typed.requestSubmit()));
const note = await one(".inside form");
write(note, "只给同事看").requestSubmit();
told.push((await until(() => document.querySelector(".inside p"))).textContent.includes("只给同事看"), document.querySelector(".timeline").textContent.includes("只给同事看"));
const asked = await fold("act_learn_reporter");
asked.querySelector("input").value = "核实现场位置";
asked.requestSubmit();
told.push((await until(() => document.querySelector('[data-part="act_learn_reporter"] b'))).textContent);

const merge = await fold("merge");
write(merge, "同一个坑");
merge.querySelector(".find-one input").value = "TWIN_NUMBER";
press("查找", merge);
await until(() => merge.querySelector('[data-other="TWIN"] input:checked'));
told.push(await said(() => merge.requestSubmit()));
(await one('details[data-part="merge"]')).open = true;
const child = await one('[data-other="TWIN"]');
told.push(await said(() => press("拆开", child)));
press("关闭", document.querySelector("#case"));

press("未结", document.querySelector(".tabs"));
await open("HELD");
press("同意延期", await one("form[data-form=time_answer]"));
told.push(await until(() => /已同意/.test(document.querySelector("#case > p[role=status]").textContent)));
told.push(await send("act_give_task", "断电"));
const drop = (await one("[data-task]")).querySelector("button");
drop.click();
told.push(await said(() => drop.click()), (await one("[data-task]")).textContent.includes("已取消"));
const link = await fold("act_let_contractor");
link.querySelector("input").value = "王师傅";
link.requestSubmit();
told.push((await one("input[readonly]")).value.includes("/contractor#"));
