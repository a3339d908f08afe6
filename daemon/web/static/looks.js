// What tracks look like, fetched once each: waveforms, cues, artwork. The latest few are kept.

const KEPT = 40;
const looks = new Map();

/** Give a track's look when it is there; null if the library does not know the track. */
export function look(id) {
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
    setTimeout(() => looks.delete(id), 2000); // it may come with the next library
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
    if (source) image.src = source;
    else image.removeAttribute("src");
  }
}
