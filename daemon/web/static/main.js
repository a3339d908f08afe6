// The stage page: frames come in, what they change is shown, and what moves is moved with every picture.

import { Controls } from "./controls.js";
import { Countdown, Deck } from "./decks.js";
import { Link } from "./link.js";
import { forget } from "./looks.js";
import { Notice } from "./notice.js";
import { Pulse } from "./pulse.js";
import { Scene } from "./scene.js";
import { Slots } from "./slots.js";

const scene = new Scene();
const notice = new Notice();
const slots = new Slots(scene);
const pulse = new Pulse(scene);
const countdown = new Countdown(scene);
const decks = [
  new Deck(scene, "now", "one", ["Listening", "what plays is not known yet"]),
  new Deck(scene, "now2", "two", ["", "no second track"]),
];
let version = "", warned = 0;

const link = new Link({
  open() {
    scene.clear();
    notice.back();
    dress();
  },
  frame(changes) {
    const ms = performance.now(), whole = !scene.parts.live, names = scene.apply(changes, ms);
    if (names.includes("status")) renewed();
    if (names.includes("library") && !whole) dress();
    pulse.show(names, ms);
    if (whole) slots.showAll();
    else slots.show(names);
    if (whole || names.includes("now") || names.includes("now2")) for (const deck of decks) deck.show();
    controls.show();
    warn(whole);
  },
  lost(why) {
    notice.lost(why);
  },
});
const controls = new Controls(scene, link, slots, notice);

// Another version of the daemon has another page.
function renewed() {
  const status = scene.part("status");
  if (version && status.version && status.version !== version) location.reload();
  version = status.version || version;
}

// Another library, or another daemon, may have other waveforms.
function dress() {
  forget();
  for (const deck of decks) deck.dress();
  slots.dress();
}

// What was told before the page came is no news.
function warn(whole) {
  const { number = 0, text } = scene.part("log");
  if (number > warned && !whole) notice.say(text, { refused: true });
  warned = number;
}

function draw() {
  const ms = performance.now();
  pulse.move(ms);
  for (const deck of decks) deck.move(ms);
  decks[0].plan(scene.part("n1"), ms);
  decks[1].plan({}, ms);
  countdown.move(ms);
  slots.move(ms);
  requestAnimationFrame(draw);
}

// A screen that goes dark is no use on stage; browsers allow this on the same machine or over https.
async function stayAwake() {
  try { if (!document.hidden) await navigator.wakeLock?.request("screen"); } catch { /* then the device's own setting holds */ }
}

slots.showAll();
notice.lost("");
link.open();
requestAnimationFrame(draw);
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
