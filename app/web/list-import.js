// An office's list (XLSX, CSV) brought in: first what it would do, row by row, then the writing of it.
import { call, read } from "./api.js";
import { attempt } from "./attempt.js";
import { save } from "./download.js";
import { button, fill, h, notice } from "./dom.js";
import { check } from "./forms.js";
import "./list-words.js";
import { t } from "./words.js";

const SHOWN = 50; // rows of each sort; the marked table has them all

// `path` takes the file, `template` is an empty form, `mayConfirm` says that far places can be confirmed,
// `done` runs after a writing.
export function listImport({ path, template, mayConfirm = false, done }) {
  const input = h("input", { type: "file", accept: ".xlsx,.csv,.geojson,.json" });
  const told = h("div", { role: "status" });
  const far = check(t("list_far"));
  let looks = 0; // what was chosen last is what is shown, and what is shown is what is written
  const ask = (file, what) => {
    const form = new FormData();
    form.append("file", file);
    return call("POST", `${path}?${new URLSearchParams({ ...(mayConfirm && { confirm_far: far.box.checked }), ...what.query })}`, { body: form, take: what.take });
  };
  const look = async () => {
    const [file, mine] = [input.files[0], (looks += 1)];
    if (!file) return fill(told);
    fill(told, t("list_reading"));
    const found = await ask(file, { query: { dry_run: true } }).catch((error) => {
      if (mine === looks) fill(told);
      throw error;
    });
    if (mine === looks) show(file, found);
  };
  const show = (file, found) => fill(told, report(found), mayConfirm && (found.refused > 0 || far.box.checked) && far.label, choices(file, found));
  const write = async (file, skip_bad) => {
    const found = await ask(file, { query: { skip_bad } });
    if (!found.is_written) return show(file, found); // somebody changed a station meanwhile
    notice("done", t("list_written", found), { kind: "good" });
    input.value = "";
    fill(told);
    await done?.();
  };
  const choices = (file, { created, updated, refused }) => {
    const n = created + updated;
    const go = button(t(refused ? "list_write_good" : "list_write", { n, refused }), () => attempt(() => write(file, refused > 0), go), { class: "strong wide" });
    const marked = button(t("list_marked"), () => attempt(() => mark(file), marked), { class: "wide" });
    return [refused > 0 && marked, n > 0 && go];
  };
  const mark = async (file) => save(await ask(file, { query: { dry_run: true, report: "xlsx" }, take: blobOf }), "import-report.xlsx");
  input.addEventListener("change", () => ((far.box.checked = false), attempt(look)));
  far.box.addEventListener("change", () => attempt(look));
  return h("div", {},
    h("p", { class: "quiet" }, t("list_hint")),
    h("a", { class: "button wide", href: template, download: "" }, t("list_template")),
    h("form", {}, h("label", {}, t("list_file"), input)),
    told);
}

const blobOf = (response) => (response.ok ? response.blob() : read(response));

function report({ sheet, created, updated, unchanged, refused, ignored_columns: ignored, rows }) {
  const bad = rows.filter(({ problems }) => problems.length > 0);
  const hinted = rows.filter(({ problems, hints }) => problems.length === 0 && hints.length > 0);
  const changed = rows.filter(({ problems, changes }) => problems.length === 0 && changes.length > 0);
  const name = ({ number, code, name: called }) => h("b", {}, t("list_row", { n: number }), " ", called || code);
  const wrong = (row) => h("li", { class: "person" }, name(row), row.problems.map(({ column, problem, advice }) => h("p", {}, h("span", { class: "bad-ink" }, `${column}: ${problem}`), " ", advice)));
  const plain = (words) => (row) => h("li", { class: "person" }, name(row), h("p", {}, words(row)));
  const part = (title, found, line, open) => found.length > 0 && h("details", { open }, h("summary", {}, title), h("ul", { class: "list" }, found.slice(0, SHOWN).map(line)), found.length > SHOWN && h("p", { class: "quiet" }, t("list_more", { n: found.length - SHOWN })));
  return [
    h("p", { class: refused ? "warn-ink" : "good-ink" }, h("b", {}, t("list_found", { sheet, created, updated, unchanged, refused }))),
    ignored.length > 0 && h("p", { class: "quiet" }, t("list_ignored", { columns: ignored.join("、") })),
    part(t("list_bad", { n: bad.length }), bad, wrong, true),
    part(t("list_hints", { n: hinted.length }), hinted, plain(({ hints }) => hints.join(" · ")), false),
    part(t("list_changes", { n: changed.length }), changed, plain(({ changes }) => changes.join(" · ")), false),
  ];
}
