// What the page says to the DJ: what came of a request, for some seconds, and that the connection is lost, at once.

import { put } from "./words.js";

const FIRST_MS = 1000;
const DONE_MS = 4000;
const REFUSED_MS = 8000;

const WHY = {
  "": ["Connection lost", "Trying again. Is “segue run” still going, and is this device still on its network?"],
  first: ["Connecting to Segue", "If this stays: start “segue run” on the computer that listens."],
  full: ["Too many browsers", "Sixteen watch already. Close one of them; this page tries again by itself."],
  token: ["Not admitted", "The token is another one now. Open the address with the token that config.toml names."],
};

export class Notice {
  constructor() {
    this.told = document.getElementById("told");
    this.undo = document.getElementById("undo");
    this.word = document.getElementById("lostword");
    this.more = document.getElementById("lostmore");
    this.timer = this.fading = this.patience = 0;
    this.met = false;
    this.again = null;
    this.undo.addEventListener("click", () => this.takeBack());
  }

  /** Say what came of a request; `again`, if given, undoes it. A refusal leaves what can be undone until its time. */
  say(text, { refused = false, again = null } = {}) {
    clearTimeout(this.timer);
    this.told.textContent = text;
    this.told.dataset.refused = Number(refused);
    this.timer = setTimeout(() => { this.told.textContent = ""; }, refused ? REFUSED_MS : DONE_MS);
    if (!refused || again) this.offer(again);
  }

  offer(again) {
    clearTimeout(this.fading);
    this.again = again;
    this.undo.hidden = !again;
    if (again) this.fading = setTimeout(() => this.offer(null), DONE_MS);
  }

  /** Undo what can be undone. */
  takeBack() {
    const again = this.again;
    this.offer(null);
    if (again) again();
  }

  /** Say that the connection is lost, and what to do; a page that has just come waits a moment with it. */
  lost(why) {
    const [word, more] = WHY[this.met || why ? why : "first"];
    put(this.word, word);
    put(this.more, more);
    clearTimeout(this.patience);
    this.patience = setTimeout(() => { document.body.className = "lost"; }, this.met || why ? 0 : FIRST_MS);
  }

  /** Say that it is there. */
  back() {
    this.met = true;
    clearTimeout(this.patience);
    document.body.className = "";
  }
}
