// What a case worker taps on in a confidential case; LAWYER is filled in by the test.
const rows = (count) => until(() => all("[data-case]").length === count);
const tab = async (words) => (await until(() => all(".tabs button").find((each) => each.textContent.startsWith(words)))).click();
const fold = async (name) => {
  const details = await one(`details[data-part="${name}"]`);
  details.open = true;
  return until(() => details.querySelector("form"));
};

await rows(1); // the ordinary one
await tab("保密案件");
await one("#cases > .notice");
await rows(1);
told.push(all("[data-case] input, #cases > .pick").length);
await tap("[data-case] .name");
await one("dialog[open] .timeline li");
const asked = await fold("act_learn_reporter");
asked.querySelector("input").value = "约时间面谈";
asked.requestSubmit();
told.push((await one('[data-part="act_learn_reporter"] b')).textContent);
const wish = await fold("act_ask_disclosure");
const [whom, account, name] = wish.querySelectorAll("select, input");
told.push([...whom.options].map(({ textContent: words }) => words).join(", "));
whom.value = "";
whom.dispatchEvent(new Event("change"));
account.value = "LAWYER";
name.value = "区总工会 律师";
wish.querySelector("textarea").value = "法律援助";
wish.requestSubmit();
told.push((await one("#case > [role=status].notice")).className);
const known = await one('details[data-part="act_ask_disclosure"]');
known.open = true;
told.push((await until(() => known.querySelector("p.notice"))).textContent);
