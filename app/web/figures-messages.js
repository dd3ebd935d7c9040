// How messages got through in a week, and what was said to many.
import { call } from "./api.js";
import { attempt, cards, isAsking, pairs, people } from "./broadcast-cards.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

const REFRESH_MS = 30000;

const week = h("section");
const said = h("section");

setInterval(() => week.isConnected && !document.hidden && !isAsking(said) && attempt(read), REFRESH_MS);

export async function show(element) {
  fill(element, week, said);
  await read();
}

async function read() {
  const { channels } = await call("GET", "/v1/notifications/figures");
  const broadcasts = await cards({ changed: read });
  fill(week, h("h2", {}, t("figures_week")), channels.length ? h("ul", { class: "channels" }, channels.map(channel)) : h("p", {}, t("figures_none")));
  fill(said, h("h3", {}, t("figures_broadcasts")), broadcasts, h("a", { class: "button strong wide", href: "/broadcast" }, t("figures_to_cast")));
}

const seconds = (number) => (number === null ? t("figures_unknown") : t("figures_seconds", { n: number < 10 ? number.toFixed(1) : Math.round(number) }));

function channel(item) {
  const share = item.people && item.reached !== null ? `${Math.round((100 * item.reached) / item.people)}%` : t("figures_unknown");
  const failures = Object.entries(item.failures).map(([code, count]) => [t(`class_${code}`), count]);
  return h("li", { class: "card" },
    h("h3", {}, t(`channel_${item.channel}`)),
    h("p", { class: "share" }, share, " ", h("small", { class: "quiet" }, t("figures_reach", { reached: people(item.reached), people: people(item.people) }))),
    pairs([
      [t("figures_p50"), seconds(item.p50_s)],
      [t("figures_p99"), seconds(item.p99_s)],
      [t("figures_sent"), item.sent],
      [t("figures_opened"), item.opened],
      [t("figures_skipped"), item.skipped],
      [t("figures_held"), item.held],
      [t("figures_failed"), item.failed],
      ...failures.map(([key, value]) => [`· ${key}`, value]),
    ]));
}
