// A track's waveform on a canvas, drawn once for each track and size; what moves above it are elements.

const COLOURS = {
  one: ["#2a66b0", "#6cb6ff", "#e6f3ff"],
  two: ["#a2661b", "#ffb757", "#fff1dc"],
  three: ["#2f7f47", "#7ee08a", "#e2ffe6"],
};
const GAINS = [1, 1.6, 6]; // highs carry little power, and a hi-hat should be seen
const OUT = "#ff7fa8";
const IN = "#c9d1e0";

export class Wave {
  /** `box` holds a canvas; `shade` is one, two or three. */
  constructor(box, shade) {
    this.box = box;
    this.canvas = box.querySelector("canvas");
    this.head = box.querySelector(".head");
    this.played = box.querySelector(".played");
    this.leave = box.querySelector(".leave");
    this.shade = shade;
    this.look = null;
    this.width = 0;
    new ResizeObserver(() => this.measure()).observe(box);
  }

  measure() {
    const { clientWidth, clientHeight } = this.box, scale = Math.min(devicePixelRatio || 1, 2);
    this.width = clientWidth;
    this.canvas.width = Math.round(clientWidth * scale);
    this.canvas.height = Math.round(clientHeight * scale);
    this.draw();
  }

  show(look) {
    if (look === this.look) return;
    this.look = look;
    this.draw();
  }

  /** Move the playhead; -1 hides it. */
  place(position) {
    const length = this.look?.length_s ?? 0, there = position >= 0 && length > 0;
    const share = there ? Math.min(1, position / length) : 0;
    const x = Math.round(share * this.width * 2) / 2;
    if (x === this.x && there === this.there) return;
    this.x = x;
    this.there = there;
    this.head.hidden = !there;
    this.head.style.transform = `translateX(${x}px)`;
    if (this.played) this.played.style.transform = `scaleX(${there ? share : 0})`;
  }

  /** Show where a suggestion would come in, and for how long; -1 hides it. */
  mark(from, length) {
    const whole = this.look?.length_s ?? 0, there = from >= 0 && whole > 0 && from < whole;
    this.leave.hidden = !there;
    if (!there || Math.abs(from - (this.from ?? -9)) + Math.abs(length - (this.length ?? -9)) < 0.4) return;
    this.from = from;
    this.length = length;
    this.leave.style.left = `${(100 * from) / whole}%`;
    this.leave.style.width = `${(100 * Math.min(length, whole - from)) / whole}%`;
  }

  draw() {
    const { width, height } = this.canvas, pen = this.canvas.getContext("2d");
    this.from = undefined;
    this.x = undefined;
    if (!pen || !width || !height) return;
    pen.clearRect(0, 0, width, height);
    const look = this.look, middle = height / 2;
    pen.fillStyle = "#2b3341";
    pen.fillRect(0, Math.round(middle) - 1, width, 2);
    if (!look) return;
    look.wave.forEach((band, place) => {
      pen.fillStyle = COLOURS[this.shade][place];
      this.fill(pen, band, GAINS[place], width, middle * 0.94);
    });
    const edge = Math.max(2, Math.round(height / 40));
    for (const cue of look.cues) this.flag(pen, (cue.s / look.length_s) * width, height, edge, cue.colour || IN, true);
    for (const cue of look.mix_outs) this.flag(pen, (cue.s / look.length_s) * width, height, edge, OUT, false);
  }

  fill(pen, band, gain, width, tall) {
    if (!band.length) return;
    for (let x = 0; x < width; x++) {
      const first = Math.floor((x * band.length) / width), last = Math.max(first + 1, Math.floor(((x + 1) * band.length) / width));
      let loud = 0;
      for (let at = first; at < last; at++) loud = Math.max(loud, band[at]);
      const high = Math.min(1, (loud / 255) * gain) * tall;
      pen.fillRect(x, tall / 0.94 - high, 1, 2 * high);
    }
  }

  flag(pen, x, height, edge, colour, above) {
    const size = Math.max(6, height / 8);
    pen.fillStyle = colour;
    if (!above) {
      pen.globalAlpha = 0.85;
      pen.fillRect(Math.round(x - edge / 2), 0, edge, height);
      pen.globalAlpha = 1;
    }
    pen.beginPath();
    pen.moveTo(x - size, above ? 0 : height);
    pen.lineTo(x + size, above ? 0 : height);
    pen.lineTo(x, above ? size * 1.3 : height - size * 1.3);
    pen.fill();
  }
}
