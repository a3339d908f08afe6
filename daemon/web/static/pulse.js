// The head of the page: what Segue is doing, tempo, beat and bar, the key and the bands of what is heard.

import { camelot, mark, put, showKey } from "./words.js";

const STATES = ["starting", "listening", "no signal", "paused", "loading the library", "error"];
const STALLED_MS = 2500;

export class Pulse {
  constructor(scene) {
    this.scene = scene;
    const find = id => document.getElementById(id);
    this.dot = find("dot");
    this.state = find("state");
    this.source = find("source");
    this.bpm = find("bpm");
    this.key = find("livekey");
    this.beats = [...find("pulse").children];
    this.meters = [...find("meters").children];
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.moved = performance.now();
    this.t = -1;
  }

  show(names, ms) {
    const live = this.scene.part("live"), status = this.scene.part("status");
    if (live.t !== this.t) {
      this.t = live.t;
      this.moved = ms;
    }
    if (names.includes("status")) put(this.source, [status.input, status.library].filter(Boolean).join(" · "));
    if (!names.includes("live")) return;
    put(this.bpm, live.bpm > 0 ? live.bpm.toFixed(1) : "–");
    showKey(this.key, camelot(live.key, live.mode));
    [live.low, live.mid, live.high].forEach((level, place) => {
      this.meters[place].style.transform = `scaleY(${Math.max(0.02, level || 0)})`;
    });
  }

  move(ms) {
    const state = this.scene.part("status").state, stalled = ms - this.moved > STALLED_MS;
    put(this.state, stalled ? "no sound comes in" : STATES[state] ?? "starting");
    mark(this.dot, "data-state", stalled ? 2 : state ?? 0);
    const { place, phase } = stalled ? { place: 0, phase: -1 } : this.scene.beat(ms);
    const strength = phase < 0 ? 0 : this.calm.matches ? 1 : 1 - 0.75 * phase;
    this.beats.forEach((block, at) => {
      const lit = place === at + 1 || (place === 0 && phase >= 0);
      const opacity = lit ? strength : 0;
      if (block.lit === opacity) return;
      block.lit = opacity;
      block.style.setProperty("--lit", opacity.toFixed(2));
    });
  }
}
