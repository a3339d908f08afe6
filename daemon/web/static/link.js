// The websocket: frames in, requests out, answers matched to them; it notices silence and connects again by itself.

const SILENT_MS = 1500; // the daemon speaks twice a second at least
const ANSWER_MS = 3000;
const FIRST_MS = 400;
const LAST_MS = 2000;
const REFUSED_MS = 10000; // a wrong token may not be tried often
const SEEN_EVERY = 2;
const FULL = 4001;

export class Link {
  /** `hears`: open(), frame(changes), lost(why), called in that order for every connection. */
  constructor(hears) {
    this.hears = hears;
    this.socket = null;
    this.asked = new Map();
    this.number = 0;
    this.wait = FIRST_MS;
    this.why = "";
    this.frames = 0;
    this.heard = 0;
    this.timer = 0;
    setInterval(() => this.watch(), 250);
    addEventListener("online", () => this.open());
    document.addEventListener("visibilitychange", () => { if (!document.hidden && !this.socket) this.open(); });
  }

  open() {
    clearTimeout(this.timer);
    if (this.socket) return;
    const socket = new WebSocket((location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/socket");
    this.socket = socket;
    this.frames = 0;
    this.heard = performance.now();
    socket.onmessage = event => { if (socket === this.socket) this.take(JSON.parse(event.data)); };
    socket.onclose = event => { if (socket === this.socket) this.close(event.code); };
  }

  take(message) {
    this.heard = performance.now();
    if (message.answer !== undefined) {
      const asked = this.asked.get(message.answer);
      this.asked.delete(message.answer);
      if (asked) asked(message);
      return;
    }
    if (this.frames === 0) {
      this.wait = FIRST_MS;
      this.why = "";
      this.hears.open();
    }
    this.frames += 1;
    if (this.frames % SEEN_EVERY === 0) this.socket.send(JSON.stringify({ seen: this.frames }));
    this.hears.frame(message);
  }

  /** Ask for something; gives {code, text}, code 0 when it was done. */
  ask(address, args) {
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN || this.frames === 0) {
      return Promise.resolve({ code: 503, text: "not connected; nothing was sent" });
    }
    const id = ++this.number;
    this.socket.send(JSON.stringify({ id, ask: address, args }));
    return new Promise(done => {
      this.asked.set(id, done);
      setTimeout(() => { if (this.asked.delete(id)) done({ code: 504, text: "no answer came; is sound coming in?" }); }, ANSWER_MS);
    });
  }

  watch() {
    if (this.socket && performance.now() - this.heard > SILENT_MS) this.close(0);
  }

  close(code) {
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
    for (const done of this.asked.values()) done({ code: 503, text: "the connection was lost before an answer came" });
    this.asked.clear();
    if (code === FULL) this.why = "full";
    else if (this.frames === 0) this.ponder();
    this.hears.lost(this.why);
    this.timer = setTimeout(() => this.open(), this.why === "token" ? REFUSED_MS : this.wait);
    this.wait = Math.min(LAST_MS, this.wait * 1.6);
  }

  /** Find out whether the daemon is there and wants another token (429: this was asked too often). */
  async ponder() {
    const { status } = await fetch("/static/icon.svg", { cache: "no-store" }).catch(() => ({ status: 0 }));
    if (this.frames) return;
    this.why = status === 401 || status === 429 ? "token" : "";
    this.hears.lost(this.why);
  }
}
