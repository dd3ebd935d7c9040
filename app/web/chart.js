// A map drawn on a canvas: Web Mercator, dragged, pinched, wheeled or moved by keys. It asks nobody for pictures.
const TILE = 256;
const NEAREST = 18;
const WIDEST = 4;
const STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const LINE_PX = 90; // lines of the grid are at least so far apart
const TAP_PX = 22;
const HALF_NUMBER_PX = 15;
const TEXT_PX = 16;
const EARTH_M = 40075016.7;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
const worldX = (lon) => (lon + 180) / 360;
const worldY = (lat) => (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
const lonOf = (x) => x * 360 - 180;
const latOf = (y) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;

export class Chart {
  // `onmove` hears that another piece is seen, `ontap` which feature was tapped.
  constructor(canvas, { onmove, ontap }) {
    Object.assign(this, { canvas, onmove, ontap, features: [], marks: [], chosen: null, view: { lat: 36, lon: 103, zoom: 5 } });
    new ResizeObserver(() => this.moved()).observe(canvas);
    listen(this);
  }

  get size() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight, scale: TILE * 2 ** this.view.zoom };
  }

  at(lon, lat) {
    const { width, height, scale } = this.size;
    return [(worldX(lon) - worldX(this.view.lon)) * scale + width / 2, (worldY(lat) - worldY(this.view.lat)) * scale + height / 2];
  }

  placeOf(x, y) {
    const { width, height, scale } = this.size;
    return { lon: lonOf(worldX(this.view.lon) + (x - width / 2) / scale), lat: latOf(worldY(this.view.lat) + (y - height / 2) / scale) };
  }

  // West, south, east, north of what is seen.
  get box() {
    const { width, height } = this.size;
    const [first, last] = [this.placeOf(0, 0), this.placeOf(width, height)];
    return [clamp(first.lon, -180, 180), clamp(last.lat, -85, 85), clamp(last.lon, -180, 180), clamp(first.lat, -85, 85)];
  }

  go({ lat = this.view.lat, lon = this.view.lon, zoom = this.view.zoom }) {
    this.view = { lat: clamp(lat, -80, 80), lon: clamp(lon, -180, 180), zoom: clamp(zoom, WIDEST, NEAREST) };
    this.moved();
  }

  pan(dx, dy) {
    const { width, height } = this.size;
    this.go(this.placeOf(width / 2 - dx, height / 2 - dy));
  }

  // Closer or wider, with the place under the finger where it was.
  zoomBy(steps, x = this.size.width / 2, y = this.size.height / 2) {
    const kept = this.placeOf(x, y);
    this.view = { ...this.view, zoom: clamp(this.view.zoom + steps, WIDEST, NEAREST) };
    const [newX, newY] = this.at(kept.lon, kept.lat);
    this.pan(x - newX, y - newY);
  }

  moved() {
    this.draw();
    this.onmove();
  }

  show(features, marks) {
    Object.assign(this, { features, marks });
    this.draw();
  }

  draw() {
    const { width, height } = this.size;
    const ratio = window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "14px system-ui, sans-serif";
    drawGrid(this, pen);
    for (const feature of this.features) feature.geometry.type === "Polygon" ? drawCell(this, pen, feature) : drawPoint(this, pen, feature);
    drawMarks(this, pen);
    drawScale(this, pen);
  }

  featureAt(x, y) {
    const far = ({ properties, geometry }) => {
      const [px, py] = this.at(...(properties.center || geometry.coordinates));
      return Math.hypot(px - x, py - y);
    };
    const nearest = this.features.reduce((best, each) => (!best || far(each) < far(best) ? each : best), null);
    const isCell = nearest && nearest.geometry.type === "Polygon";
    return nearest && far(nearest) <= (isCell ? reachOf(this, nearest) : TAP_PX) ? nearest : null;
  }
}

function reachOf(chart, { properties, geometry }) {
  const [x, y] = chart.at(...properties.center);
  return Math.max(...geometry.coordinates[0].map((corner) => chart.at(...corner)).map(([cx, cy]) => Math.hypot(cx - x, cy - y)));
}

function drawGrid(chart, pen) {
  const [west, south, east, north] = chart.box;
  const { width, height } = chart.size;
  const step = STEPS.findLast((each) => (each / (east - west)) * width >= LINE_PX) || STEPS[0];
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  pen.strokeStyle = colour("--line");
  pen.fillStyle = colour("--quiet");
  pen.lineWidth = 1;
  pen.globalAlpha = 0.35;
  const line = (...ends) => {
    pen.beginPath();
    pen.moveTo(ends[0], ends[1]);
    pen.lineTo(ends[2], ends[3]);
    pen.stroke();
  };
  const write = (text, x, y) => {
    pen.globalAlpha = 0.9;
    pen.fillText(text, x, y);
    pen.globalAlpha = 0.35;
  };
  pen.textAlign = "start";
  for (let lon = Math.ceil(west / step) * step; lon <= east; lon += step) {
    const [x] = chart.at(lon, north);
    line(x, 0, x, height);
    write(`${lon.toFixed(digits)}°`, x + 4, height - 6);
  }
  for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
    const [, y] = chart.at(west, lat);
    line(0, y, width, y);
    write(`${lat.toFixed(digits)}°`, 4, y - 4);
  }
  pen.globalAlpha = 1;
}

function drawCell(chart, pen, { geometry, properties }) {
  const corners = geometry.coordinates[0].map((corner) => chart.at(...corner));
  pen.beginPath();
  corners.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.fillStyle = colour("--amber");
  pen.globalAlpha = properties.count ? clamp(0.3 + Math.log10(properties.count) / 6, 0.3, 0.85) : 0.18;
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = colour("--ink");
  pen.lineWidth = properties.count ? 1.5 : 0.5;
  pen.stroke();
  if (!properties.count) return;
  const [x, y] = chart.at(...properties.center);
  tag(pen, short(properties.count), x, y + 5);
}

// "1.2k": what fits into a cell.
const short = (count) => (count < 1000 ? String(count) : count < 10000 ? `${(count / 1000).toFixed(1)}k` : `${Math.round(count / 1000)}k`);

function tag(pen, text, x, y, ink = "--ink") {
  pen.textAlign = "center";
  pen.lineWidth = 4;
  pen.strokeStyle = colour("--page");
  pen.strokeText(text, x, y);
  pen.fillStyle = colour(ink);
  pen.fillText(text, x, y);
}

// Solved is a square, not yet solved a disk: the colour alone says nothing to some.
function drawPoint(chart, pen, feature) {
  const [x, y] = chart.at(...feature.geometry.coordinates);
  const isDone = feature.properties.state === "closed";
  const isNew = ["submitted", "accepted"].includes(feature.properties.state);
  const reach = feature === chart.chosen ? 12 : 8;
  pen.beginPath();
  isDone ? pen.rect(x - reach + 1, y - reach + 1, 2 * reach - 2, 2 * reach - 2) : pen.arc(x, y, reach, 0, 2 * Math.PI);
  pen.fillStyle = isNew ? colour("--bad") : colour("--page");
  pen.fill();
  pen.lineWidth = 4;
  pen.strokeStyle = colour(isDone ? "--good" : isNew ? "--bad" : "--warn");
  pen.stroke();
}

// A name stands below its mark, or above it, or waits until one is nearer: numbers and other names come first.
function drawMarks(chart, pen) {
  const taken = chart.features.filter(({ properties }) => properties.count).map(({ properties }) => [...chart.at(...properties.center), HALF_NUMBER_PX]);
  for (const { name, lat, lon } of chart.marks) {
    const [x, y] = chart.at(lon, lat);
    pen.fillStyle = colour("--ink");
    pen.fillRect(x - 3, y - 3, 6, 6);
    const half = pen.measureText(name).width / 2;
    const isFree = (middle) => taken.every(([otherX, otherY, wide]) => Math.abs(otherX - x) > wide + half || Math.abs(otherY - middle) > TEXT_PX);
    const middle = [y + 13, y - 13].find(isFree);
    if (middle === undefined) continue;
    taken.push([x, middle, half]);
    tag(pen, name, x, middle + 5, "--quiet");
  }
}

function drawScale(chart, pen) {
  const { width, height, scale } = chart.size;
  const metresPerPx = (EARTH_M * Math.cos((chart.view.lat * Math.PI) / 180)) / scale;
  const most = 110 * metresPerPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((each) => each * power).find((each) => each <= most);
  const text = metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
  const [right, bottom] = [width - 14, height - 30];
  pen.fillStyle = colour("--ink");
  pen.fillRect(right - metres / metresPerPx, bottom, metres / metresPerPx, 3);
  pen.textAlign = "end";
  pen.fillText(text, right, bottom - 5);
}

function listen(chart) {
  const { canvas } = chart;
  const fingers = new Map();
  let travelled = 0;
  let apart = 0;
  const distance = () => {
    const [one, other] = [...fingers.values()];
    return Math.hypot(one.x - other.x, one.y - other.y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    travelled = fingers.size > 1 ? TAP_PX : 0;
    if (fingers.size === 2) apart = distance();
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.offsetX - before.x, event.offsetY - before.y];
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    travelled += Math.hypot(dx, dy);
    if (fingers.size === 1 && travelled > 6) chart.pan(dx, dy);
    if (fingers.size !== 2) return;
    const ratio = distance() / apart;
    if (ratio < 1.6 && ratio > 0.62) return;
    apart = distance();
    chart.zoomBy(ratio > 1 ? 1 : -1);
  });
  const lift = (event) => {
    const wasTap = fingers.delete(event.pointerId) && travelled <= 6 && event.type === "pointerup";
    const tapped = wasTap && chart.featureAt(event.offsetX, event.offsetY);
    if (tapped) chart.ontap(tapped);
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  let wheeled = 0;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.timeStamp - wheeled < 120) return;
    wheeled = event.timeStamp;
    chart.zoomBy(event.deltaY < 0 ? 1 : -1, event.offsetX, event.offsetY);
  }, { passive: false });
  const keys = {
    ArrowLeft: () => chart.pan(80, 0), ArrowRight: () => chart.pan(-80, 0), ArrowUp: () => chart.pan(0, 80),
    ArrowDown: () => chart.pan(0, -80), "+": () => chart.zoomBy(1), "=": () => chart.zoomBy(1), "-": () => chart.zoomBy(-1),
  };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}
