// An office's stations as a list: taken out as it stands, brought in as the office has it.
import { attempt } from "./attempt.js";
import { button, fill } from "./dom.js";
import { download } from "./download.js";
import { folded } from "./forms.js";
import { listImport } from "./list-import.js";
import { t } from "./words.js";

export function tell(place, done) {
  const out = button(t("lists_export"), () => attempt(() => download("/v1/stations/export", "stations.xlsx"), out), { class: "wide" });
  const given = { path: "/v1/stations/import", template: "/v1/stations/import-template.xlsx", mayConfirm: true, done };
  fill(place, folded(t("lists"), out, listImport(given)));
}
