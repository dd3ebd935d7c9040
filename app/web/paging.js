// A list that comes in pages: what is there first, and a button for what comes next.
import { call } from "./api.js";
import { attempt } from "./attempt.js";
import { button } from "./dom.js";
import { t } from "./words.js";

// Appends a page's rows to a list, and the button behind them; `query` says what is asked of the path. Returns its items.
export async function readPage(list, row, path, query) {
  const { items, next_cursor: cursor } = await call("GET", `${path}?${new URLSearchParams(query)}`);
  list.append(...items.map(row));
  if (!cursor) return items;
  const next = async () => {
    await readPage(list, row, path, { ...query, cursor });
    more.remove();
  };
  const more = button(t("more"), () => attempt(next, more), { class: "wide" });
  list.append(more);
  return items;
}
