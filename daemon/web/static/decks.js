// What plays: two decks, of which the second is empty but for a blend, and the countdown to the mix-out.

import { dress, showArt } from "./looks.js";
import { Wave } from "./wave.js";
import { change, clock, mark, percent, put, showKey } from "./words.js";

const UNSURE = 0.3;
const NEAR_BEATS = 32;
const BEATS_IN_BAR = 4;

export class Deck {
  constructor(scene, name, shade, nothing) {
    this.scene = scene;
    this.name = name;
    this.nothing = nothing;
    this.root = document.getElementById(name);
    const find = selector => this.root.querySelector(selector);
    this.art = find(".art");
    this.title = find(".title");
    this.artist = find(".artist");
    this.key = find(".key");
    this.speed = find(".speed");
    this.share = find(".share");
    this.at = find(".at");
    this.left = find(".left");
    this.wave = new Wave(find(".wave"), shade);
    this.id = null;
    this.turns = 0;
  }

  /** Show what a frame has changed. */
  show() {
    const deck = this.scene.part(this.name), valid = Boolean(deck.valid && deck.id), other = this.other();
    mark(this.root, "data-valid", Number(valid));
    mark(this.root, "data-unsure", Number(valid && deck.conf < UNSURE));
    const id = valid ? deck.id : "";
    if (id !== this.id) {
      this.id = id;
      this.turn(deck, id);
    }
    put(this.title, valid ? deck.title || "untitled" : this.nothing[0]);
    put(this.artist, valid ? deck.artist : this.nothing[1]);
    showKey(this.key, valid ? deck.key : "");
    put(this.speed, valid ? change(deck.tempo_ratio) : "");
    const blend = valid && other.valid && deck.level >= 0;
    put(this.share, blend ? percent(deck.level) : "");
    mark(this.root, "data-louder", Number(blend ? deck.level >= (other.level ?? 0) : valid));
    this.root.style.setProperty("--share", blend ? deck.level : valid ? 1 : 0);
  }

  other() {
    return this.scene.part(this.name === "now" ? "now2" : "now");
  }

  turn(deck, id) {
    this.wave.show(null);
    showArt(this.art, id ? deck : null, null);
    this.dress();
  }

  /** Fetch what its track looks like; also when that may be another now. */
  dress() {
    const turn = ++this.turns;
    if (this.id) dress(this.id, () => turn === this.turns, found => {
      this.wave.show(found);
      showArt(this.art, this.scene.part(this.name), found);
    });
  }

  /** Move what moves. */
  move(ms) {
    const position = this.scene.position(this.name, ms), { len_s, remain_s } = this.scene.part(this.name);
    this.wave.place(position);
    put(this.at, position >= 0 ? clock(position) : "");
    put(this.left, position >= 0 && len_s > 0 && remain_s >= 0 ? "−" + clock(Math.max(0, remain_s - this.scene.since(this.name, ms))) : "");
  }

  /** Mark where the first suggestion would come in on this deck. */
  plan(slot, ms) {
    const position = this.scene.position(this.name, ms), { tempo_ratio } = this.scene.part(this.name), { bpm } = this.scene.part("live");
    const known = position >= 0 && slot.score > 0 && slot.mix_out_s > 0;
    const ratio = tempo_ratio > 0 ? tempo_ratio : 1, length = bpm > 0 ? (slot.mix_len_beats * 60 * ratio) / bpm : 0;
    this.wave.mark(known ? position + Math.max(0, slot.mix_out_s - this.scene.since("n1", ms)) * ratio : -1, length);
  }
}

export class Countdown {
  constructor(scene) {
    this.scene = scene;
    this.root = document.getElementById("countdown");
    this.beats = this.root.querySelector(".beats");
    this.bars = this.root.querySelector(".bars b");
    this.blocks = [...this.root.querySelectorAll(".blocks i")];
  }

  /** Count down; whole beats and bars, so that a figure changes when the beat falls. */
  move(ms) {
    const { beats, seconds } = this.scene.left("now", ms), known = beats >= 0;
    const whole = known ? Math.ceil(beats - 0.02) : -1, bars = Math.ceil(whole / BEATS_IN_BAR);
    put(this.beats, known ? String(whole) : "–");
    put(this.bars, known ? `${bars} ${bars === 1 ? "bar" : "bars"} · ${clock(seconds)}` : "no mix-out ahead");
    mark(this.root, "data-near", known && whole <= NEAR_BEATS ? (whole <= NEAR_BEATS / 4 ? 2 : 1) : 0);
    this.blocks.forEach((block, place) => { block.className = known && place < bars ? "on" : ""; });
  }
}
