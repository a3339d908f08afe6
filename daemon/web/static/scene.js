// What stands, and what time it is in the stream: frames come 20 times a second, pictures are drawn 60 times.

const JUMP_MS = 300;
const BEYOND_S = 0.4;
const PAUSED = 3;

export class Scene {
  constructor() {
    this.clear();
  }

  clear() {
    this.parts = {};
    this.stamps = {};
    this.offset = null;
  }

  /** A section, empty if nothing is known. */
  part(name) {
    return this.parts[name] ?? (this.parts[name] = {});
  }

  /** Take a frame; gives the names of the sections that changed. */
  apply(changes, ms) {
    const t = changes.live?.t, paused = this.paused();
    if (t !== undefined) this.keepTime(t, ms);
    for (const [name, values] of Object.entries(changes)) {
      Object.assign(this.part(name), values);
      this.stamps[name] = this.part("live").t ?? 0;
    }
    if (paused && !this.paused()) for (const name in this.parts) this.stamps[name] = this.part("live").t ?? 0;
    return Object.keys(changes);
  }

  /** Whether everything stands still; the stream's clock goes on. */
  paused() {
    return this.part("status").state === PAUSED;
  }

  // A frame can be late, never early: the earliest ones tell the time.
  keepTime(t, ms) {
    const now = ms - t * 1000;
    if (this.offset === null || Math.abs(now - this.offset) > JUMP_MS) this.offset = now;
    else this.offset += (now < this.offset ? 0.3 : 0.02) * (now - this.offset);
  }

  /** Seconds of stream since a section changed last; no more than a late frame would explain, and none in a pause. */
  since(name, ms) {
    if (this.offset === null || this.paused()) return 0;
    const now = (ms - this.offset) / 1000;
    const newest = (this.part("live").t ?? 0) + BEYOND_S;
    return Math.max(0, Math.min(now, newest) - (this.stamps[name] ?? 0));
  }

  /** Where a deck is, s; -1 if it is not known. */
  position(deck, ms) {
    const { valid, pos_s, tempo_ratio, len_s } = this.part(deck);
    if (!valid || !(pos_s >= 0)) return -1;
    return Math.min(len_s > 0 ? len_s : Infinity, pos_s + this.since(deck, ms) * (tempo_ratio > 0 ? tempo_ratio : 1));
  }

  /** Beats and seconds until a deck's next mix-out; -1 if there is none. */
  left(deck, ms) {
    const { valid, mix_out_beats, mix_out_s } = this.part(deck);
    if (!valid || !(mix_out_s >= 0)) return { beats: -1, seconds: -1 };
    const seconds = Math.max(0, mix_out_s - this.since(deck, ms));
    const beats = mix_out_s > 0 && mix_out_beats >= 0 ? (mix_out_beats * seconds) / mix_out_s : mix_out_beats;
    return { beats, seconds };
  }

  /** The beat in the bar, 1 to 4 (0 unknown), and how far it has gone, 0 to 1; -1 without a beat. */
  beat(ms) {
    const { bpm, phase, beat_in_bar } = this.part("live");
    if (!(bpm > 0)) return { place: 0, phase: -1 };
    const now = phase + (this.since("live", ms) * bpm) / 60;
    const whole = Math.floor(now);
    return { place: beat_in_bar ? ((beat_in_bar - 1 + whole) % 4) + 1 : 0, phase: now - whole };
  }
}
