// What a tap sets going: it says what went wrong instead of losing it, and can be tapped again.
import { why } from "./account.js";
import { busy, notice } from "./dom.js";
import { t } from "./words.js";

// Returns what the work returns, or undefined where it failed.
export async function attempt(work, element) {
  try {
    const answer = await (element ? busy(element, work) : work());
    notice("failed", "");
    return answer;
  } catch (error) {
    notice("failed", t("failed", { why: why(error) }), { kind: "bad" });
    if (element) scrollTo(0, 0); // where it is said
  }
}
