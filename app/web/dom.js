// Elements without markup in strings: nothing that a server or a person wrote can become a tag.
import { language, setLanguage, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child != null && child !== false && child !== ""));
  return element;
}

export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/web/${name.startsWith("cat_") ? "report-icons" : "icons"}.svg#${name}`);
  picture.setAttribute("aria-hidden", "true");
  picture.setAttribute("class", "icon");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.append(use);
  return picture;
}

export const button = (label, onclick, { picture, ...attributes } = {}) =>
  h("button", { type: "button", onclick, ...attributes }, picture && icon(picture), h("span", {}, label));

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(9).filter(Boolean));
  return element;
}

// One notice a subject: a newer one replaces it, an empty one takes it away.
export function notice(subject, text, { kind = "info", picture = kind, action } = {}) {
  const place = byId("notices");
  const old = place.querySelector(`[data-subject="${subject}"]`);
  if (!text) return old && old.remove();
  const line = h("div", { class: `notice ${kind}`, "data-subject": subject }, icon(picture), h("span", {}, text), action);
  old ? old.replaceWith(line) : place.append(line);
}

// Writes the dictionary into the page's fixed texts, now and whenever the language changes.
export function speak(onchange) {
  const write = () => {
    document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
    for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
    for (const element of document.querySelectorAll("[data-t-label]"))
      element.setAttribute("aria-label", t(element.dataset.tLabel));
    fill(byId("language"), t("other_language"));
    byId("language").lang = language() === "zh" ? "en" : "zh-CN";
  };
  byId("language").addEventListener("click", () => {
    setLanguage(language() === "zh" ? "en" : "zh");
    write();
    onchange();
  });
  write();
}

// While a tap is being worked on, the button says so and cannot be tapped again.
export async function busy(element, work) {
  element.disabled = true;
  element.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    element.disabled = false;
    element.removeAttribute("aria-busy");
  }
}
