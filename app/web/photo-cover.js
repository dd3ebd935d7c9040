// Covering faces and plates in a photo before others see it: rectangles over the picture, by finger, mouse or keys.
import { call } from "./api.js";
import { button, fill, h } from "./dom.js";
import "./photo-words.js";
import { t } from "./words.js";

const LEAST = 0.02; // of the picture: smaller is a slip of the finger
const STEP = 0.02;
const MOST = 50;
const POLL_MS = 700;
const POLLS = 40;
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

const within = (value, most = 1) => Math.min(Math.max(value, 0), most);

// `url` is the album's; `attempt(work, button)` sends, and `done` runs once the new copies are there to be looked at.
// Where it matters what a patch hides, `hides` is a choice of that.
export function coverPart(photo, { url, attempt, done, hides }) {
  const patches = photo.covers.map(({ ...patch }) => patch);
  const picture = h("img", { src: photo.plain || photo.large, alt: "", draggable: "false" });
  const layer = h("div", { class: "patches" });
  const stage = h("div", { class: "stage" }, picture, layer);

  const show = () => fill(layer, patches.map(patchButton));
  function patchButton(patch, number) {
    const remove = () => (patches.splice(patches.indexOf(patch), 1), show());
    const element = h("button", { type: "button", class: "patch", onclick: remove, "aria-label": t("cover_patch", { n: number + 1 }) });
    const lay = () => lie(element, patch);
    element.addEventListener("pointerdown", (event) => event.stopPropagation());
    element.addEventListener("keydown", (event) => {
      const [x, y] = MOVES[event.key] || [];
      if (x === undefined) return;
      event.preventDefault();
      if (event.shiftKey) {
        patch.width = Math.max(LEAST, within(patch.width + x, 1 - patch.x));
        patch.height = Math.max(LEAST, within(patch.height + y, 1 - patch.y));
      } else {
        patch.x = within(patch.x + x, 1 - patch.width);
        patch.y = within(patch.y + y, 1 - patch.height);
      }
      lay();
    });
    lay();
    return element;
  }
  const add = (patch) => {
    if (patches.length < MOST) patches.push({ hides: hides?.value ?? "other", ...patch });
    show();
  };
  draw(stage, layer, add);
  show();

  const keep = button(t("cover_keep"), () => attempt(send, keep), { class: "strong" });
  async function send() {
    await call("POST", `${url}/${photo.id}/cover`, { body: { version: photo.version, covers: patches } });
    await prepared();
    return done();
  }
  async function prepared() {
    for (let polls = 0; polls < POLLS; polls += 1) {
      const { photos } = await call("GET", url);
      const own = photos.find(({ id }) => id === photo.id);
      if (!own || own.state !== "received") return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  const middle = button(t("cover_add"), () => add({ x: 0.4, y: 0.4, width: 0.2, height: 0.2 }));
  return h("div", { class: "covering" }, h("p", { class: "quiet" }, t("cover_hint")), hides && h("label", {}, t("cover_hides"), hides), stage, h("div", { class: "row" }, middle, keep));
}

function lie(element, { x, y, width, height }) {
  const part = (value) => `${value * 100}%`;
  Object.assign(element.style, { left: part(x), top: part(y), width: part(width), height: part(height) });
}

// A drag over the picture is a new patch.
function draw(stage, layer, add) {
  let from = null;
  let patch = null;
  const growing = h("div", { class: "patch" });
  const at = ({ clientX, clientY }) => {
    const { left, top, width, height } = stage.getBoundingClientRect();
    return [within((clientX - left) / width), within((clientY - top) / height)];
  };
  stage.addEventListener("pointerdown", (event) => {
    from = at(event);
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = at(event);
    patch = { x: Math.min(x, from[0]), y: Math.min(y, from[1]), width: Math.abs(x - from[0]), height: Math.abs(y - from[1]) };
    lie(growing, patch);
    layer.append(growing);
  });
  const end = (isMeant) => {
    growing.remove();
    if (isMeant && patch && patch.width >= LEAST && patch.height >= LEAST) add(patch);
    from = patch = null;
  };
  stage.addEventListener("pointerup", () => end(true));
  stage.addEventListener("pointercancel", () => end(false));
}
