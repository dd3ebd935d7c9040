// Which page a message leads to, by its kind; who it is for has that page.
const PLACES = [
  [/^report\./, (id) => `/report#${id}`],
  [/^activity\.(to_approve|published|sent_back|objection)$/, () => "/organise#activities"],
  [/^(activity|lesson)\./, () => "/volunteer#mine"],
  [/^team\.requested$/, () => "/organise#teams"],
  [/^(team|appointment)\./, () => "/volunteer#teams"],
  [/^hours\.(waiting|disputed)$/, () => "/organise#hours"],
  [/^hours\./, () => "/volunteer#hours"],
  [/^points\./, () => "/volunteer#points"],
  [/^desk\.broadcast_/, () => "/broadcast"],
  [/^duty\.(rostered|off_roster)$/, () => "/roster"],
  [/^desk\.rule_failed$/, () => "/desk"],
  [/^(desk|duty)\./, (id) => `/desk#${id}`],
  [/^unit\./, () => "/handling"],
  [/^(station\.|weather\.open_longer)/, () => "/manage"],
  [/^(place\.|hazard\.|weather\.alert)/, () => "/"],
];

// Returns an address of ours, or nothing where the message says all.
export function placeOf(kind, subject) {
  const found = PLACES.find(([kinds]) => kinds.test(kind));
  return found ? found[1](subject ? subject.id : "") : null;
}
