// How values read: clocks, keys, percentages; and how text gets onto the page, only when it is another one.

const PITCHES = ["C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const RELATIONS = { 0: "same", 1: "+1", "-1": "−1", 2: "relative", 3: "lift", 9: "clash" };

/** Put text into a node if it is not there already. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Set an attribute if it is another one. */
export function mark(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Minutes and seconds; empty for what is not known. */
export function clock(seconds) {
  if (!(seconds >= 0)) return "";
  const whole = Math.floor(seconds);
  return Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
}

/** A speed as a change, +1.6%. */
export function change(ratio) {
  if (!(ratio > 0)) return "";
  const tenths = Math.round((ratio - 1) * 1000) / 10;
  if (tenths === 0) return "±0%";
  return (tenths > 0 ? "+" : "−") + Math.abs(tenths).toFixed(1) + "%";
}

/** A share as a whole percentage; a little is not nothing. */
export function percent(share) {
  return share > 0 && share < 0.01 ? "<1%" : Math.round(share * 100) + "%";
}

/** A direction from -1 to 1, +0.35. */
export function direction(value) {
  const rounded = Math.round(value * 100) / 100;
  return rounded === 0 ? "±0" : (rounded > 0 ? "+" : "−") + Math.abs(rounded).toFixed(2);
}

/** The musical name of a Camelot key: 8A is Am. */
export function musical(camelot) {
  const number = parseInt(camelot, 10);
  if (!(number >= 1 && number <= 12)) return "";
  const minor = camelot.endsWith("A");
  const pitch = (7 * (number - 8) + (minor ? 9 : 0) + 120) % 12;
  return PITCHES[pitch] + (minor ? "m" : "");
}

/** The Camelot key of a pitch class and a mode (0 minor); empty if it is not known. */
export function camelot(pitch, mode) {
  if (!(pitch >= 0) || !(mode >= 0)) return "";
  const major = mode === 1 ? pitch : (pitch + 3) % 12;
  return (((7 * major + 7) % 12) + 1) + (mode === 1 ? "B" : "A");
}

/** How a suggestion's key goes with what plays. */
export function relation(value, key) {
  return key ? RELATIONS[value] ?? "" : "";
}

/** Show a key: Camelot large, its musical name small, and the colour of its place on the wheel. */
export function showKey(node, key) {
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren();
  if (!key) return;
  const name = document.createElement("small");
  name.textContent = musical(key);
  node.append(key, name);
  node.style.setProperty("--hue", String((parseInt(key, 10) * 30 + 170) % 360));
}
