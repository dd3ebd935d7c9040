// What everybody may see of one case: the words are chosen before, what is seen now is read as the public reads it.
import { call, now, Refusal, uuid } from "./api.js";
import "./case-words.js";
import { formOf, part, reasonField } from "./desk-parts.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const say = ({ item }, what, body) => call("POST", `/v1/reports/cases/${item.id}/${what}`, { body: { version: item.version, ...body }, key: uuid() });

export const publicity = (desk, photos) => [
  desk.acts.includes("publish") && part("act_publish", () => publishing(desk, photos), t(desk.item.public_at ? "act_republish" : "act_publish")),
  desk.acts.includes("unpublish") && part("act_unpublish", () => unpublishing(desk)),
];

async function publishing(desk, photos) {
  const { item } = desk;
  const words = h("textarea", { maxlength: 2000 });
  words.value = item.public_text ?? item.description;
  // Untouched words stay the reporter's own, so that their numbers are covered whenever they are read.
  const text = () => (item.public_text == null && words.value === item.description ? undefined : words.value.trim());
  const publish = () => say(desk, "publish", { text: text() }).then(() => t("public_now"));
  const approved = photos.filter(({ is_public: isPublic }) => isPublic).length;
  return [
    await seen(item),
    formOf("act_publish", [h("p", {}, t("public_what")), h("p", {}, t("public_photos", { n: approved, left: photos.length - approved })), h("label", {}, t("public_words"), words)], (go) => desk.attempt(publish, go)),
  ];
}

// As anybody reads it, past what this browser keeps of an earlier look; nothing where nobody does.
async function seen({ id, public_at: since }) {
  if (!since) return null;
  try {
    const { number, text, address, photos } = await call("GET", `/v1/reports/public/${id}?coord_type=wgs84&at=${now()}`, { signedIn: false });
    return h("div", { class: "notice" }, h("span", {}, h("b", {}, t("public_seen")), ` ${[number, address, text || t("public_no_words")].filter(Boolean).join(" · ")} · ${t("public_shown", { n: photos.length })}`));
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

async function unpublishing(desk) {
  const reason = reasonField();
  const take = () => say(desk, "unpublish", { reason: reason.value.trim() }).then(() => t("public_no_more"));
  return [await seen(desk.item), formOf("act_unpublish", [h("p", { class: "quiet" }, t("unpublish_hint")), reason], (go) => desk.attempt(take, go))];
}
