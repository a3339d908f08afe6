// Buttons, keys and the energy fader: each becomes the same request that an OSC controller would send.

import { direction, mark, put } from "./words.js";

const STEP = 0.1;
const OFTEN_MS = 80; // a fader that is dragged speaks this often
const REST_MS = 600; // and is left alone for so long after the last touch
const STALE = 409;
const FRESH_MS = 150; // by then the list that stands has come
const KEYS = { a: "accept", r: "reject", l: "lock", x: "exclude" };

export class Controls {
  constructor(scene, link, slots, notice) {
    Object.assign(this, { scene, link, slots, notice });
    const find = id => document.getElementById(id);
    this.fader = find("energy");
    this.word = find("energyword");
    this.pauser = find("pause");
    this.help = find("help");
    this.touched = -Infinity;
    this.sent = 0;
    find("slots").addEventListener("click", event => this.click(event));
    this.fader.addEventListener("input", () => this.drag());
    this.pauser.addEventListener("click", () => this.pause());
    find("refresh").addEventListener("click", () => this.do("/ctl/refresh", [1]));
    find("helper").addEventListener("click", () => this.help.showModal());
    addEventListener("keydown", event => this.key(event));
  }

  show() {
    mark(this.pauser, "aria-pressed", this.scene.paused());
    put(this.pauser, this.scene.paused() ? "Go on" : "Pause");
    const { energy } = this.scene.part("wishes");
    if (energy === undefined || performance.now() - this.touched < REST_MS) return;
    if (Math.abs(this.fader.valueAsNumber - energy) > 0.024) this.fader.value = energy;
    this.name();
  }

  /** Ask for it and say what came of it: in `words`, or as the daemon puts it; `again` undoes it. */
  async do(address, args, { words, again } = {}) {
    this.say(await this.link.ask(address, args), words, again);
  }

  /** Ask for what means a slot of the list as it was seen; once more if the list has changed, and this slot has not. */
  async choose(address, number, again) {
    const seen = this.scene.part("n" + number).id, ask = () => this.link.ask(address, [number, this.scene.part("next").rev]);
    let answer = await ask();
    if (answer.code === STALE) {
      await new Promise(done => setTimeout(done, FRESH_MS));
      if (this.scene.part("n" + number).id === seen) answer = await ask();
    }
    this.say(answer, undefined, again);
  }

  say({ code, text }, words, again) {
    this.notice.say(code ? `${text} (${code})` : words ?? text, { refused: code !== 0, again: code ? null : again });
  }

  act(number, act) {
    const slot = this.scene.part("n" + number);
    if (!(slot.score > 0)) return this.notice.say(`place ${number} is empty`, { refused: true });
    const { id, title } = slot;
    const again = () => this.do("/ctl/include", [id], { words: `${title} may be suggested again` });
    switch (act) {
      case "accept": return this.choose("/ctl/accept", number);
      case "reject": return this.choose("/ctl/reject", number, again);
      case "lock": return this.do("/ctl/lock", [number, slot.locked === 1 ? 0 : 1]);
      case "exclude": return this.do("/ctl/exclude", [id], { words: `${title} is out`, again });
    }
  }

  click(event) {
    const button = event.target.closest("button"), place = event.target.closest("li");
    if (!place) return;
    const number = Number(place.id.slice(1));
    this.slots.choose(number);
    if (button) this.act(number, button.dataset.act);
  }

  pause() {
    this.do("/ctl/pause", [1]); // a button: each press is the other way
  }

  drag() {
    this.touched = performance.now();
    this.name();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.steer(), Math.max(0, this.sent + OFTEN_MS - this.touched));
  }

  steer() {
    this.sent = this.touched = performance.now();
    this.do("/ctl/energy", [this.fader.valueAsNumber]);
  }

  name() {
    put(this.word, direction(this.fader.valueAsNumber));
  }

  nudge(by) {
    this.fader.value = by === 0 ? 0 : this.fader.valueAsNumber + by;
    this.drag();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    const key = event.key.toLowerCase(), done = this.energyKey(event, key) || this.plainKey(event, key);
    if (done) event.preventDefault();
  }

  energyKey(event, key) {
    if (key === "arrowleft" || key === "arrowright") {
      if (event.target === this.fader) return false; // the fader moves by itself
      this.nudge(key === "arrowleft" ? -STEP : STEP);
      return true;
    }
    if (key === "0") this.nudge(0);
    return key === "0";
  }

  plainKey(event, key) {
    if (key === "arrowup" || key === "arrowdown") {
      if (event.target === this.fader) return false;
      this.slots.choose(this.slots.chosen + (key === "arrowup" ? -1 : 1));
    } else if (event.repeat) return false;
    else if (key >= "1" && key <= "8" && key.length === 1) this.slots.choose(Number(key));
    else if (KEYS[key]) this.act(this.slots.chosen, KEYS[key]);
    else if (key === "n") this.do("/ctl/refresh", [1]);
    else if (key === "p") this.pause();
    else if (key === "u") this.notice.takeBack();
    else if (key === "?") this.help.showModal();
    else return false;
    return true;
  }
}
