// What was sent or kept and became nothing: told with its reason, on whichever page is open, until somebody has read it.
import { account, call, isClockKnown, now } from "./api.js";
import { button, h, notice } from "./dom.js";
import * as store from "./store.js";
import { learn, t, timeOf } from "./words.js";

const MOST = 20;

learn({
  not_counted: ["没有计入:", "Not counted:"],
  too_late: ["太久没有提交,已过时", "It waited too long to be sent and is out of date"],
  understood: ["知道了", "I have read it"],
  late_check_in: ["到站打卡", "Check-in"],
  late_check_out: ["离开", "Leaving"],
  late_in: ["志愿服务签到", "Signing in to a shift"],
  late_out: ["志愿服务签退", "Signing out of a shift"],
  late_flag: ["驿站纠错", "What was wrong at a station"],
  late_report: ["随手拍", "Report"],
  late_photo: ["照片", "Photo"],
  late_request: ["驿站管理", "Change of a station"],
});

const told = async () => (await store.get("values", "not_counted")) || [];

// Keeps what a tap was and why it counts for nothing; the server's sentence, or none where it came too late.
export async function write({ id, account: by, at, kind, record, photo, name }, why) {
  const line = { id, account: by, at, what: record ? record.kind : photo ? "photo" : kind, name, why };
  const others = (await told()).filter((each) => each.id !== id);
  await store.put("values", "not_counted", [...others, line].slice(-MOST));
  await show();
}

// Shows what is the signed-in person's, or nobody's: one phone may serve two riders.
export async function show() {
  const me = await account();
  const isOwn = ({ account: by }) => !by || by === me?.id;
  const mine = (await told()).filter(isOwn);
  const read = async () => {
    const others = (await told()).filter((each) => !isOwn(each));
    await store.apply("values", [["not_counted", others.length && others]]);
    notice("not_counted", "");
  };
  const row = ({ at, what, name, why }) => h("div", {}, [timeOf(at, now()), t(`late_${what}`), name].filter(Boolean).join(" · "), ": ", why || t("too_late"));
  const words = mine.length > 0 && [h("b", {}, t("not_counted")), mine.map(row)];
  notice("not_counted", words, { kind: "bad", action: button(t("understood"), read) });
}

// Taps of a page that had not heard the server's clock bear the phone's: they are moved by what that is wrong.
export async function setRight() {
  if (!isClockKnown()) await call("GET", "/healthz", { signedIn: false });
  const ahead = now() - Date.now();
  const moved = (instant) => new Date(Date.parse(instant) + ahead).toISOString();
  const right = ({ isUnsure, ...item }) => {
    for (const part of [item.record, item.live?.body, item.body, item.photo]) if (part?.captured_at) part.captured_at = moved(part.captured_at);
    return [item.id, { ...item, at: item.at + ahead }];
  };
  await store.apply("outbox", (await store.all("outbox")).filter(({ isUnsure, held_until: until = 0 }) => isUnsure && !(until > Date.now())).map(right));
}
