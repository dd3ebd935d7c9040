// What a clerk taps on at the photos of a case; CASE, FACE and CLEAN are filled in by the test.
const { call } = await import("/web/api.js");
const press = (label, within = document) => [...within.querySelectorAll("button")].find((each) => each.textContent === label).click();
const fold = async (selector) => {
  const details = await one(`${selector} details[data-part]`);
  details.open = true;
  return until(() => details.querySelector("form") && details);
};
const photo = (id) => `#case [data-photo="${id}"]`;
const caption = async (id) => (await one(`${photo(id)} figcaption`)).textContent;
// What the page says of a step, once the case stands there anew.
const said = async (work) => {
  const before = document.querySelector("#case > p[role=status]");
  work();
  const line = await until(() => [document.querySelector("#case > p[role=status].notice")].find((each) => each && each !== before));
  return `${line.className}: ${line.textContent}`;
};

// The address names the case, as a message does.
told.push(await caption("FACE"));
const face = await fold(photo("FACE"));
press("遮住人脸、车牌", face);
const hides = await until(() => face.querySelector(".covering select"));
hides.value = "plate";
press("中间加一块", face);
told.push(await said(() => press("就这样遮住", face)));
told.push(await said(async () => press("没有人脸和车牌，公开", await fold(photo("FACE")))), await caption("FACE"));
told.push(await said(async () => press("不再公开", await fold(photo("FACE")))), await caption("FACE"));
told.push(await said(async () => press("没有人脸和车牌，公开", await fold(photo("CLEAN")))));
told.push(await said(async () => press("有儿童、伤者或住宅:不得公开", await fold(photo("CLEAN")))), await caption("CLEAN"));
const clean = await fold(photo("CLEAN"));
told.push([...clean.querySelectorAll("button")].some((each) => each.textContent === "没有人脸和车牌，公开"));
told.push(await said(() => press("没有儿童、伤者或住宅", clean)));
told.push(await said(async () => press("没有人脸和车牌，公开", await fold(photo("CLEAN")))));
const asked = (await fold(photo("CLEAN"))).querySelector("form");
asked.querySelector("input").value = "核对车牌";
asked.requestSubmit();
told.push((await one(`${photo("CLEAN")} p[role=status] a`)).textContent);

const opened = async (name) => {
  const details = await one(`#case details[data-part="${name}"]`);
  details.open = true;
  return until(() => details.querySelector("form"));
};
const publish = await opened("act_publish");
told.push(publish.textContent.includes("照片 1 张"));
publish.querySelector("textarea").value = "路面坑洞";
told.push(await said(() => publish.requestSubmit()));
const everybody = () => fetch(`/v1/reports/public/${"CASE"}?coord_type=wgs84`, { cache: "no-store" }).then((answer) => (answer.ok ? answer.json() : answer.status));
const { text, photos } = await everybody();
told.push(text, photos.length);
const back = await opened("act_unpublish");
told.push(document.querySelector('#case details[data-part="act_unpublish"] .notice').textContent.includes("路面坑洞 · 照片 1 张"));
back.querySelector("textarea").value = "涉及隐私";
told.push(await said(() => back.requestSubmit()), await everybody());
