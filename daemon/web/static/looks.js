// What tracks look like, fetched once each: waveforms, cues, artwork. The latest few are kept.

const KEPT = 40;
const AGAIN_MS = 2000;
const looks = new Map();

/** Give a track's look to `show` when it is there, while it is `wanted`; what cannot be had is asked for again. */
export async function dress(id, wanted, show) {
  for (;;) {
    const found = await look(id);
    if (!wanted()) return;
    if (found) return show(found);
    await new Promise(done => setTimeout(done, AGAIN_MS));
    if (!wanted()) return;
  }
}

function look(id) {
  if (!looks.has(id)) {
    looks.set(id, fetched(id));
    if (looks.size > KEPT) looks.delete(looks.keys().next().value);
  }
  const found = looks.get(id);
  looks.delete(id); // to the end: the latest go last
  looks.set(id, found);
  return found;
}

/** Forget everything, since another library may stand. */
export function forget() {
  looks.clear();
}

async function fetched(id) {
  try {
    const answer = await fetch("/track/" + id);
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.json();
    found.wave = found.wave.map(band => Uint8Array.from(atob(band), letter => letter.charCodeAt(0)));
    return found;
  } catch {
    looks.delete(id);
    return null;
  }
}

/** Show a track's artwork, or the first letter of its title. */
export function showArt(box, track, look) {
  const letter = box.querySelector("span"), image = box.querySelector("img");
  const initial = (track?.title ?? "").trim().slice(0, 1).toUpperCase();
  if (letter.textContent !== initial) letter.textContent = initial;
  const source = look?.artwork ? "/artwork/" + look.id : "";
  if ((image.getAttribute("src") ?? "") !== source) {
    image.hidden = true;
    image.onload = () => { image.hidden = false; };
    image.onerror = () => setTimeout(() => { if (image.getAttribute("src") === source) image.src = source; }, AGAIN_MS);
    if (source) image.src = source;
    else image.removeAttribute("src");
  }
}
