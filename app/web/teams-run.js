// The teams that one coordinates, and those of the areas that one is staff of, as [id, name].
import { call } from "./api.js";

const STAFF = ["community_staff", "district_officer"];

export async function staffAreas(roles = STAFF) {
  const { grants } = await call("GET", "/v1/accounts/me/grants");
  return [...new Set(grants.filter(({ role }) => roles.includes(role)).flatMap(({ area_codes: codes }) => codes))];
}

export async function teamsRun() {
  const { items } = await call("GET", "/v1/teams/mine");
  const mine = items.filter(({ is_coordinator, state }) => is_coordinator && state === "active").map(({ team_id, team_name }) => [team_id, team_name]);
  const pages = await Promise.all((await staffAreas()).map((area) => call("GET", `/v1/teams?${new URLSearchParams({ area, limit: 100 })}`)));
  return [...new Map([...mine, ...pages.flatMap((page) => page.items.map(({ id, name }) => [id, name]))])];
}
