// What an officer taps on to give a case, and a task of one, to others; LOST, HELD, FAR and ROADS are filled in by the test.
const open = async (id) => ((await one(`[data-case="${id}"] .name`)).click(), one("dialog[open] .timeline li"));
const tab = async (words) => (await until(() => all(".tabs button").find((each) => each.textContent.startsWith(words)))).click();
const opened = async (part) => {
  const details = await one(`details[data-part^="${part}"]`);
  details.open = true;
  await until(() => details.querySelector("form"));
  return details;
};
const said = (words) => until(() => document.querySelector("#case > [role=status].notice.good")?.textContent.includes(words));
// A list of more units than are named at once is searched.
const unit = async (part, word, id) => {
  const [search, choice] = part.querySelectorAll("[type=search], select");
  search.value = word;
  search.dispatchEvent(new Event("change"));
  await until(() => [...choice.options].some(({ value }) => value === id));
  choice.value = id;
  choice.dispatchEvent(new Event("change"));
};

await open("LOST");
const hand = await opened("act_hand_to");
const [search, giving] = hand.querySelectorAll("form");
giving.querySelector("textarea").value = "网格还没有画";
giving.requestSubmit();
told.push(await until(() => giving.querySelector("[role=status]").textContent));
search.querySelector("input").value = "东社区";
search.requestSubmit();
const found = await until(() => hand.querySelector("ul.list"));
told.push(found.textContent);
found.querySelector("button").click();
told.push(giving.querySelector("[role=status]").textContent);
giving.requestSubmit();
told.push(Boolean(await said("东社区")));
document.querySelector("#case").close();

await tab("未结");
await open("HELD");
const task = await opened("act_give_task");
told.push(task.querySelectorAll("option").length);
await unit(task, "路灯", "FAR");
task.querySelector("textarea").value = "断电";
task.querySelector("form").requestSubmit();
await said("已交办");
told.push((await one("[data-task] b")).textContent);
const again = await opened("task_again");
told.push(again.querySelector("select").value === "FAR", again.querySelector("textarea").value);
await unit(again, "养路", "ROADS");
again.querySelector("textarea").value = "围挡";
again.querySelector("form").requestSubmit();
await until(() => document.querySelector("[data-task] b")?.textContent === "养路队");
told.push(document.querySelector("[data-task]").textContent.includes("围挡"));
