// The photos of one case: what each shows, what speaks against it, who may see it, and what the desk does about that.
import { call } from "./api.js";
import { formOf, part } from "./desk-parts.js";
import { button, fill, h } from "./dom.js";
import "./photo-words.js";
import { t } from "./words.js";

const HIDES = ["face", "plate", "door", "other"];
const COMING = { ready: "shot_hidden", refused: "shot_refused" };

export const pictures = (desk, photos) => photos.length > 0 && h("div", { class: "photos" }, photos.map((each) => picture(desk, each)));

const status = ({ state, is_public: isPublic, is_restricted: isRestricted }) => (isRestricted ? "shot_restricted" : isPublic ? "shot_public" : COMING[state] ?? "photo_coming");

function picture(desk, photo) {
  const { id, role, thumb, large, is_gallery: isOld, exif_distance_m: far, similar } = photo;
  const doubts = isOld && [t("shot_gallery"), far != null && t("shot_far", { m: far })].filter(Boolean).join(" · ");
  return h("figure", { "data-photo": id },
    thumb && h("a", { href: large, target: "_blank", rel: "noopener" }, h("img", { src: thumb, alt: t(`shows_${role}`), loading: "lazy" })),
    h("figcaption", {}, h("b", {}, t(`shows_${role}`)), ` ${t(status(photo))}`, doubts && h("p", { class: "warn-ink" }, doubts)),
    similar.map(({ report_id: other, number }) => button(t("shot_similar", { number }), () => desk.open(other), { class: "plain" })),
    desk.acts.includes("judge_photos") && photo.version && part(`photo_${id}`, () => judging(desk, photo), t("shot_judge")));
}

// Who approves says so of the version before their eyes; who covers must look at it anew.
function judging(desk, photo) {
  const { id, state, version, is_public: isPublic, is_restricted: isRestricted } = photo;
  const url = `/v1/reports/cases/${desk.item.id}/photos`;
  const send = (verb, body, word) => () => call("POST", `${url}/${id}/${verb}`, { body }).then(() => t(word));
  const act = (label, ...sent) => {
    const go = button(t(label), () => desk.attempt(send(...sent), go), { class: label === "photo_approve" && "strong" });
    return go;
  };
  const isReady = state === "ready";
  const cover = isReady && button(t("photo_cover"), () => desk.attempt(coverIt, cover, () => {}));
  const coverIt = async () => {
    const { coverPart } = await import("./photo-cover.js");
    const hides = h("select", {}, HIDES.map((each) => h("option", { value: each }, t(`hides_${each}`))));
    cover.replaceWith(coverPart(photo, { url, attempt: desk.attempt, done: () => t("shot_covered"), hides }));
  };
  return [
    isReady && !isPublic && !isRestricted && act("photo_approve", "approve", { version }, "shot_approved"),
    isPublic && act("shot_withdraw", "withdraw", undefined, "shot_withdrawn"),
    cover,
    act(isRestricted ? "shot_free" : "shot_restrict", "restrict", { restricted: !isRestricted }, isRestricted ? "shot_freed" : "shot_kept_back"),
    original(desk, `${url}/${id}/original`),
  ];
}

// What the phone sent, for a reason that is kept; a file to keep, as nobody has looked whether it is safe to show.
function original(desk, url) {
  const reason = h("input", { minlength: 2, maxlength: 200, required: true });
  const told = h("p", { role: "status" });
  const open = async () => {
    const { original: href } = await call("POST", url, { body: { reason: reason.value.trim() } });
    fill(told, href ? h("a", { href, target: "_blank", rel: "noopener" }, t("original_here")) : t("original_gone"));
  };
  return [formOf("original_open", h("label", {}, t("original_why"), reason), (go) => desk.attempt(open, go, () => {})), told];
}
