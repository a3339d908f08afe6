// The suggestions: eight places that stay where they are; only what is in them changes.

import { dress, showArt } from "./looks.js";
import { Wave } from "./wave.js";
import { change, clock, mark, percent, put, relation, showKey } from "./words.js";

const COUNT = 8;

class Slot {
  constructor(number, template, scene) {
    this.number = number;
    this.name = "n" + number;
    this.scene = scene;
    this.root = template.content.firstElementChild.cloneNode(true);
    this.root.id = this.name;
    const find = selector => this.root.querySelector(selector);
    this.parts = Object.fromEntries(
      ["art", "title", "artist", "why", "key", "relation", "speed", "force", "score", "start"].map(name => [name, find("." + name)]));
    this.acts = [...this.root.querySelectorAll("button")];
    this.wave = number === 1 ? new Wave(find(".wave"), "three") : null;
    if (!this.wave) find(".wave").remove();
    find(".number").textContent = number;
    this.id = null;
    this.turns = 0;
  }

  show() {
    const slot = this.scene.part(this.name), full = slot.score > 0, { parts } = this;
    mark(this.root, "data-empty", Number(!full));
    mark(this.root, "data-locked", Number(full && slot.locked === 1));
    mark(this.root, "data-clash", Number(full && slot.key_rel === 9));
    const id = full ? slot.id : "";
    if (id !== this.id) {
      this.id = id;
      this.turn(slot, id);
    }
    put(parts.title, full ? slot.title || "untitled" : "");
    put(parts.artist, full ? slot.artist : "");
    put(parts.why, full ? slot.reasons : "");
    showKey(parts.key, full ? slot.key : "");
    put(parts.relation, full ? relation(slot.key_rel, slot.key) : "");
    put(parts.speed, full ? change(slot.tempo_ratio) : "");
    put(parts.force, full && slot.energy >= 0 ? String(Math.round(slot.energy * 100)) : "");
    put(parts.score, full ? percent(Math.min(slot.score, 0.99)) : "");  // a probability is never whole
    this.root.style.setProperty("--score", full ? slot.score : 0);
    this.root.style.setProperty("--energy", full && slot.energy >= 0 ? slot.energy : 0);
    if (this.wave) this.wave.place(full ? slot.cue_in_s : -1);
    for (const button of this.acts) {
      button.disabled = !full;
      const act = button.dataset.act;
      if (act === "lock") mark(button, "aria-pressed", slot.locked === 1);
      mark(button, "aria-label", full ? `${button.textContent} ${this.number}: ${slot.title}` : `${button.textContent} ${this.number}`);
    }
  }

  turn(slot, id) {
    showArt(this.parts.art, id ? slot : null, null);
    if (this.wave) this.wave.show(null);
    this.dress();
  }

  /** Fetch what its track looks like; also when that may be another now. */
  dress() {
    const turn = ++this.turns;
    if (this.id) dress(this.id, () => turn === this.turns, found => {
      const slot = this.scene.part(this.name);
      showArt(this.parts.art, slot, found);
      if (!this.wave) return;
      this.wave.show(found);
      this.wave.place(slot.cue_in_s);
    });
  }

  /** Count down to where the playing track would be left for this one. */
  move(ms) {
    const slot = this.scene.part(this.name);
    let text = "";
    if (slot.score > 0) {
      const seconds = slot.mix_out_s >= 0 ? Math.max(0, slot.mix_out_s - this.scene.since(this.name, ms)) : -1;
      const beats = slot.mix_out_s > 0 ? Math.ceil((slot.mix_out_beats * seconds) / slot.mix_out_s - 0.02) : 0;
      const from = slot.cue_in_s >= 0 ? "start at " + clock(slot.cue_in_s) : "";
      const when = seconds < 0 ? "" : seconds === 0 ? "bring it in now" : slot.mix_out_beats >= 0 ? `in ${beats} beats` : `in ${clock(seconds)}`;
      text = [when, from].filter(Boolean).join(" · ");
    }
    put(this.parts.start, text);
  }
}

export class Slots {
  constructor(scene) {
    const list = document.getElementById("slots"), template = document.getElementById("slot");
    this.slots = Array.from({ length: COUNT }, (_, place) => new Slot(place + 1, template, scene));
    list.append(...this.slots.map(slot => slot.root));
    this.choose(1);
  }

  /** Choose a slot, from 1; keys act on it. */
  choose(number) {
    this.chosen = Math.max(1, Math.min(COUNT, number));
    for (const slot of this.slots) {
      if (slot.number === this.chosen) slot.root.setAttribute("aria-current", "true");
      else slot.root.removeAttribute("aria-current");
    }
  }

  show(names) {
    for (const slot of this.slots) if (names.includes(slot.name)) slot.show();
  }

  showAll() {
    for (const slot of this.slots) slot.show();
  }

  dress() {
    for (const slot of this.slots) slot.dress();
  }

  move(ms) {
    for (const slot of this.slots) slot.move(ms);
  }
}
