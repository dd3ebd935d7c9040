// What may make the phone ring, and when; the inbox has all of it in any case.
import { call, now } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h, notice } from "./dom.js";
import { asking, check, select } from "./forms.js";
import { showPush } from "./inbox-push.js";
import { language, t, timeOf } from "./words.js";

const MODES = ["at_once", "hourly", "digest", "off"];
const RIDES_H = [1, 4, 12];
const NIGHT = { start: "22:00", end: "07:00" };

let place = null;
let own = null;

export async function show(element) {
  place = element;
  own = await call("GET", "/v1/notifications/preferences");
  write();
}

function write() {
  const push = h("div");
  fill(place, h("h2", {}, t("push_title")), push, h("h2", {}, t("riding_title")), riding(), h("h2", {}, t("say_title")), say());
  attempt(() => showPush(push));
}

function riding() {
  const { riding_until: until } = own;
  const isRiding = until && new Date(until) > now();
  const set = (hours) => call("PUT", "/v1/notifications/riding", { body: { until: hours && new Date(now() + hours * 3600e3 - 5e3).toISOString() } }).then(() => show(place));
  const choice = (label, hours) => {
    const tap = button(label, () => attempt(() => set(hours), tap));
    return tap;
  };
  return [
    h("p", {}, t(isRiding ? "riding_until" : "riding_hint", { time: isRiding ? timeOf(until, now()) : "" })),
    h("div", { class: "row" }, RIDES_H.map((hours) => choice(t("riding_hours", { n: hours }), hours)), isRiding && choice(t("riding_over"), null)),
  ];
}

function say() {
  const modes = MODES.map((mode) => [mode, t(`when_${mode}`)]);
  const topics = own.topics.map((topic) => {
    const input = select(modes, topic.mode);
    return { topic: topic.topic, input, label: h("label", {}, topic[language()], input) };
  });
  const quiet = check(t("quiet"), own.quiet !== null);
  const [start, end] = ["start", "end"].map((edge) => h("input", { type: "time", required: true, value: (own.quiet ?? NIGHT)[edge] }));
  const spoken = select([["zh-CN", "中文"], ["en", "English"]], own.language);
  async function keep() {
    own = await call("PUT", "/v1/notifications/preferences", {
      body: {
        topics: Object.fromEntries(topics.map(({ topic, input }) => [topic, input.value])),
        quiet: quiet.box.checked ? { start: start.value, end: end.value } : null,
        language: spoken.value,
        version: own.version,
      },
    });
    notice("done", t("say_kept"), { kind: "good" });
    write();
  }
  return asking("say_keep", [topics.map(({ label }) => label), quiet.label, h("div", { class: "clock" }, start, end), h("label", {}, t("push_language"), spoken)], keep);
}
