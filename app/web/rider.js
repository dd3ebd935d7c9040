// The rider's page.
import { accountButton } from "./account.js";
import { button, byId, fill, icon, speak, h } from "./dom.js";
import { t } from "./words.js";

const write = () => fill(byId("find"), icon("place"), h("span", {}, t("find")));
speak(write);
write();
accountButton(() => {});
