// The account button, the same on every page.
import { account, Offline, onAccount, signOut } from "./api.js";
import { busy, byId, fill, notice } from "./dom.js";
import { t } from "./words.js";

export const why = (error) => (error instanceof Offline ? t("offline") : error.message);

// Shows who is signed in; `onchange` runs after each sign-in and sign-out.
export async function accountButton(onchange) {
  const show = async () => {
    const known = await account();
    const label = known ? t("sign_out") : t("sign_in");
    fill(byId("account"), label);
    if (known) byId("account").setAttribute("aria-label", `${label}, ${known.display_name}`);
    else byId("account").removeAttribute("aria-label");
  };
  byId("account").addEventListener("click", async () => {
    if (!(await account())) return askToSignIn();
    await busy(byId("account"), signOut).catch(() => {}); // this phone forgot the tokens in any case
    notice("account", t("signed_out"), { kind: "good" });
  });
  onAccount(async (known) => {
    await show();
    onchange(known);
  });
  await show();
  return show;
}

// The panel is fetched when somebody wants it: most riders never sign in.
export const askToSignIn = () => import("./sign-in.js").then(({ show }) => show());
