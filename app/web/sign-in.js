// The sign-in panel: a phone number, then the code that was sent to it.
import { sendCode, signIn } from "./api.js";
import { why } from "./account.js";
import { busy, button, byId, fill, h } from "./dom.js";
import "./sign-in-words.js";
import { t } from "./words.js";

export function show() {
  const panel = byId("sign-in");
  const phone = h("input", { type: "tel", name: "phone", autocomplete: "tel", inputmode: "tel", required: true, maxlength: 20 });
  const code = h("input", {
    name: "code", autocomplete: "one-time-code", inputmode: "numeric", pattern: "[0-9]{6}", required: true, maxlength: 6,
  });
  const said = h("p", { role: "status" });
  const refuse = (error) => {
    said.className = "bad-ink";
    fill(said, why(error));
  };

  const first = h("button", { type: "submit", class: "strong" }, t("send_code"));
  const asking = h("form", {}, h("label", {}, t("phone_number"), phone), first);
  const second = h("button", { type: "submit", class: "strong" }, t("sign_in"));
  const entering = h("form", { hidden: true }, h("label", {}, t("code"), code), second);

  asking.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const sent = await busy(first, () => sendCode(phone.value.trim()));
      said.className = "good-ink";
      fill(said, t("code_sent"));
      entering.hidden = false;
      code.focus();
      first.classList.remove("strong");
      coolDown(first, sent.resend_after_s);
    } catch (error) {
      refuse(error);
    }
  });
  entering.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await busy(second, () => signIn(phone.value.trim(), code.value));
      panel.close();
    } catch (error) {
      refuse(error);
    }
  });

  const leave = button(t("close"), () => panel.close(), { class: "plain" });
  fill(panel, h("h2", { id: "sign-in-title" }, t("sign_in")), asking, entering, said, leave);
  if (!panel.open) panel.showModal();
  phone.focus();
}

// Counts the seconds on a button until the server would send another code.
function coolDown(element, seconds) {
  element.disabled = seconds > 0;
  fill(element, seconds > 0 ? t("again_in", { n: seconds }) : t("send_code"));
  if (seconds > 0) setTimeout(() => coolDown(element, seconds - 1), 1000);
}
