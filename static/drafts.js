// Never lost: words that are not saved yet wait in this browser, closed with a key that the site hands out to whoever is
// signed in and that is kept nowhere. They are sent when their page is opened again; comments that
// are only begun are put back into their boxes instead. Signing out removes all of it. Needs app.js.
"use strict";
{
  const { statusOf, stateOf, unsaved, body, headers, save, say, renew, page } = prompts;
  const [WAITING, PERSON] = ["accord-waiting", "accord-person"];
  const LONGEST_WAIT = 60_000;
  const ANSWER = /^\/\w+\/[\w-]+\/answers\/\w+(\/[\w-]+)?$/; // what waits is sent nowhere else
  const COMMENT = /^\/\w+\/[\w-]+\/comments\/(comment|reply)\.[\w-]+$/; // and what is begun is put back here
  const me = document.body.dataset.person;
  const live = document.getElementById("live");
  const here = live?.dataset.changes.replace(/\/changes$/, "") ?? "";
  const recordOf = (button) => button.getAttribute("hx-post").split("/comments/")[0];
  const commented = document.querySelector(".comments [hx-post]"); // also on pages where nothing is written but comments
  const keyed = here || (commented ? recordOf(commented) : "");
  const confidential = document.getElementById("main").classList.contains("confidential");
  const closes = Boolean(globalThis.crypto?.subtle); // only over https and on this computer itself
  const bytes = (text) => new TextEncoder().encode(text);
  const packed = (block) => btoa(String.fromCharCode(...new Uint8Array(block)));
  const unpacked = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

  // ---- The storage of this browser, which may be full or switched off
  const store = { get: () => null, set: () => false, remove() {}, names: () => [] };
  try {
    const kept = localStorage;
    store.names = () => Object.keys(kept).filter((name) => name.startsWith(`${WAITING} `));
    store.get = (name) => kept.getItem(name);
    store.remove = (name) => kept.removeItem(name);
    store.set = (name, said) => {
      try {
        kept.setItem(name, said);
        return true;
      } catch {
        return false;
      }
    };
  } catch { /* switched off: words wait on the page alone */ }

  // Whose it is, where it is to be sent, and which open page it was typed on.
  const nameOf = (box) => [WAITING, me, box.getAttribute("hx-post"), page() || "-"].join(" ");
  const whose = (name) => name.split(" ")[1];
  const post = (name) => name.split(" ")[2];
  const record = (name) => post(name).split(/\/(?:answers|comments)\//)[0];
  const boxOf = (name) => document.querySelector(`.prompt[hx-post="${CSS.escape(post(name))}"]`);

  // ---- Closing and opening
  async function keyOf(address, of = "") {
    const answer = await fetch(`${address}/waiting-key?of=${of}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return { refused: [403, 404].includes(answer?.status) };
    const said = await answer.json();
    return { of: said.of, key: await crypto.subtle.importKey("raw", unpacked(said.key), "AES-GCM", false, ["encrypt", "decrypt"]) };
  }

  let mine = null; // the key of this page
  function ask() {
    if (closes && keyed) mine = keyOf(keyed);
  }

  async function closed(name, said) {
    if (!closes) return confidential ? null : said;
    const { of, key } = (await mine) ?? {};
    if (!key) return null;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(name) }, key, bytes(said));
    return JSON.stringify({ of, iv: packed(iv), sealed: packed(sealed) });
  }

  // What waits under a name; null if it cannot be opened now. What can never be opened again is removed.
  async function opened(name) {
    const { of, iv, sealed, ...plain } = JSON.parse(store.get(name));
    if (!closes) return sealed ? null : plain;
    if (!sealed) { // whoever used this browser before may have put it here: it would be sent under another's name
      store.remove(name);
      return null;
    }
    const { key, refused } = await keyOf(record(name), of);
    const found = key && (await crypto.subtle.decrypt({ name: "AES-GCM", iv: unpacked(iv), additionalData: bytes(name) }, key, unpacked(sealed)).catch(() => null));
    if (found) return JSON.parse(new TextDecoder().decode(found));
    if (refused || key) store.remove(name);
    return null;
  }

  const ONLY_HERE = "These words are only on this page. Please keep it open.";

  // ---- Keeping what is typed on this page
  const turns = new Map();
  const kept = new Set();
  const question = (box) => box.querySelector("legend, .question, label")?.textContent.trim() ?? "";

  async function keep(box) {
    const [name, turn] = [nameOf(box), {}];
    turns.set(name, turn);
    if (!stateOf(box).typed) {
      kept.delete(box);
      store.remove(name);
      return tell();
    }
    const said = await closed(name, JSON.stringify({ question: question(box), fields: [...body(box)] })).catch(() => null);
    if (turns.get(name) !== turn) return;
    // Somebody else may use this browser meanwhile, or nobody: then nothing is left in it.
    if (said && store.get(PERSON) === me && store.set(name, said)) kept.add(box);
    else kept.delete(box);
    tell();
  }

  // ---- Keeping comments that are begun
  const nameOfComment = (compose) => {
    const [button, area] = [compose.querySelector("[hx-post]"), compose.querySelector("textarea")];
    return [WAITING, me, `${recordOf(button)}/comments/${area.name}`, page() || "-"].join(" ");
  };
  const begun = new Map(); // name → { compose, safe }: safe if it waits in this browser

  async function keepComment(compose) {
    const [name, turn, words] = [nameOfComment(compose), {}, comments.wordsOf(compose)];
    if (!words && !begun.has(name)) return;
    turns.set(name, turn);
    const said = words && (await closed(name, JSON.stringify(words)).catch(() => null));
    if (turns.get(name) !== turn) return;
    const safe = Boolean(said && store.get(PERSON) === me && store.set(name, said));
    if (words) begun.set(name, { compose, safe, question: words.question });
    else drop(name);
    lineOf(compose, words && (safe ? "Your words wait in this browser, also if you close this page." : ONLY_HERE));
    tell();
  }

  function drop(name) {
    begun.delete(name);
    store.remove(name);
  }

  function lineOf(compose, said) {
    const there = compose.querySelector(".begun");
    const text = `Not sent yet. ${said}`;
    if (!said) there?.remove();
    else if (there) there.textContent = text;
    else compose.querySelector("textarea").after(Object.assign(document.createElement("p"), { className: "hint begun", textContent: text }));
  }

  function keepComments(composes) {
    const there = new Set(comments.composes().map(nameOfComment));
    for (const name of begun.keys()) if (!there.has(name)) drop(name); // it was sent
    composes.forEach(keepComment);
  }

  // What was begun on a page that is gone: into its box, and under the name of this page. Each open page holds a lock.
  const lockOf = (token) => `accord-page ${token}`;
  const onceClosed = (token, then) => (token === "-" || !navigator.locks ? then() : navigator.locks.request(lockOf(token), { mode: "shared" }, then));
  let [earlier, putting] = [[], Promise.resolve()];
  function putBack() {
    for (const name of earlier.splice(0)) {
      onceClosed(name.split(" ")[3], () => (putting = putting.then(() => putOneBack(name)).catch(() => null).then(tell)));
    }
  }

  async function putOneBack(name) {
    const draft = store.get(name) && (await opened(name));
    if (!draft) return store.get(name) && earlier.push(name);
    if (record(name) !== keyed) return begunElsewhere.add(record(name));
    const field = post(name).split("/comments/")[1];
    const compose = globalThis.comments?.composes().find((one) => one.querySelector("textarea").name === field);
    if (!compose) return homeless.set(name, draft);
    comments.fill(compose, draft.fields);
    await keepComment(compose);
    const now = nameOfComment(compose);
    if (now !== name && begun.get(now)?.safe) store.remove(name);
    prompts.announce(`${draft.question}: you began this before, and it is not sent yet.`);
  }

  // ---- Sending what waited
  const [waiting, elsewhere, begunElsewhere, homeless] = [new Map(), new Set(), new Set(), new Map()];

  async function send(name) {
    const draft = await opened(name);
    waiting.delete(name);
    elsewhere.delete(record(name));
    if (!draft) return;
    const box = boxOf(name);
    if (record(name) !== here && !box) return elsewhere.add(record(name));
    if (!live) { // the page shows these very words, because something else on it could not be saved
      stateOf(box).typed = true;
      await keep(box);
      store.remove(name);
      return save(box);
    }
    waiting.set(name, draft);
    const sent = () => fetch(post(name), { method: "POST", body: new URLSearchParams(draft.fields), headers: headers() }).catch(() => null);
    let answer = await sent();
    if (answer?.status === 400 && (await renew())) answer = await sent();
    if (!answer || answer.status === 401 || answer.status === 429 || answer.status >= 500) return;
    waiting.delete(name);
    if (!answer.ok) return homeless.set(name, draft);
    store.remove(name);
    htmx.swap(document.body, await answer.text(), { swapStyle: "none" }); // where two people changed the same words
    await together.ask();
    const now = boxOf(name);
    if (now && !stateOf(now).typed) say(now, "Saved now. You typed this before, and it could not be saved then.", "saved");
  }

  let [sending, tries, timer] = [false, 0, 0];
  async function sendAll() {
    clearTimeout(timer);
    if (!me || sending) return;
    sending = true;
    const ours = new Set([...unsaved()].map(([box]) => nameOf(box)));
    for (const name of store.names()) {
      if (whose(name) !== me || !(ANSWER.test(post(name)) || COMMENT.test(post(name)))) store.remove(name);
      else if (ANSWER.test(post(name)) && !ours.has(name) && !homeless.has(name) && store.get(name)) await send(name).catch(() => null);
    }
    sending = false;
    tell();
    if (store.names().some((name) => ANSWER.test(post(name)) && !ours.has(name) && !homeless.has(name))) timer = setTimeout(sendAll, Math.min(LONGEST_WAIT, 1000 * 2 ** tries++) * (0.5 + Math.random() / 2));
  }

  // ---- Saying which words are not saved yet
  const note = document.getElementById("unsaved");
  const line = (text, ...more) => {
    const said = document.createElement("p");
    said.append(text, ...more);
    return said;
  };
  const named = (questions) => questions.map((one) => `“${one}”`).join(", ");
  const typedIn = ({ fields }) =>
    fields.filter(([name, value]) => value && name !== "page" && !/^(v|quote|tell)\./.test(name)).flatMap(([name, value]) =>
      name.startsWith("ops.") ? JSON.parse(value).flatMap(({ operation }) => operation.filter((part) => typeof part === "string")) : [value]);

  function gone(name, draft) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: "I have copied them" });
    button.addEventListener("click", () => {
      store.remove(name);
      homeless.delete(name);
      tell();
    });
    const words = Object.assign(document.createElement("q"), { dir: "auto", textContent: typedIn(draft).join("\n") });
    const what = draft.comment ? `${draft.question} was not sent, and` : `What you typed for “${draft.question}”`;
    return line(`${what} could not be put in its place any more. Please copy it: `, words, " ", button);
  }

  function link(address, said, then) {
    const a = Object.assign(document.createElement("a"), { href: `${address}/write`, textContent: "Open that page" });
    return line(`${said} yet. `, a, ` to ${then}.`);
  }

  // The notice that somebody is signed out may hide the line at the foot: it says itself what must not be missed.
  function tellSignedOut(said) {
    const notice = document.getElementById("signed-out");
    const there = notice?.querySelector(".only-here");
    if (!said) there?.remove();
    else if (notice && !there) notice.append(Object.assign(document.createElement("p"), { className: "only-here", textContent: ONLY_HERE }));
  }

  function tell() {
    if (!note) return;
    const late = unsaved().map(([box]) => box).filter((box) => statusOf(box).matches(".unsaved, .error"));
    const [safe, only] = [late.filter((box) => kept.has(box)), late.filter((box) => !kept.has(box))].map((boxes) => named(boxes.map(question)));
    const [waits, hangs] = [true, false].map((safe) => [...begun.values()].filter((one) => one.safe === safe && one.compose.isConnected).map(({ question }) => question).join(", "));
    const failed = late.length || !navigator.onLine || document.querySelector(".comments .not-sent");
    tellSignedOut(only || hangs);
    const lines = [
      safe && line(`Not saved yet: ${safe}. Your words wait in this browser, also if you close this page. They are saved when you open it again.`),
      only && line(`Not saved yet: ${only}. ${ONLY_HERE}`),
      waits && failed && line(`Not sent yet: ${waits}. Your words wait in this browser, also if you close this page. They are in their box again when you open it, and you can send them.`),
      hangs && line(`Not sent yet: ${hangs}. ${ONLY_HERE}`),
      waiting.size && line(`Not saved yet, from before: ${named([...waiting.values()].map((one) => one.question))}. Trying again …`),
      ...[...elsewhere].map((one) => link(one, "Words that you typed on another page are not saved", "save them")),
      ...[...begunElsewhere].map((one) => link(one, "A comment that you began on another page is not sent", "go on with it")),
      ...[...homeless].map(([name, draft]) => gone(name, draft)),
    ].filter(Boolean);
    const said = lines.map((one) => one.textContent).join();
    if (note.dataset.said === said) return;
    note.dataset.said = said;
    note.hidden = !said;
    note.replaceChildren(...lines);
  }

  function forget() {
    store.names().forEach(store.remove);
    store.remove(PERSON);
  }

  function again() {
    tries = 0;
    if (mine) mine = mine.then((found) => (found.key ? found : keyOf(keyed)));
    sendAll();
    putBack();
  }

  if (me) {
    store.set(PERSON, me);
    ask();
    document.addEventListener("words", ({ detail }) => keep(detail));
    document.addEventListener("renewed", () => {
      ask();
      for (const [box] of unsaved()) keep(box);
      for (const { compose } of begun.values()) keepComment(compose);
    });
    document.addEventListener("begun", ({ detail }) => keepComments(detail));
    document.addEventListener("htmx:afterRequest", () => setTimeout(tell)); // once all else is said
    addEventListener("offline", tell);
    document.addEventListener("visibilitychange", () => document.hidden || again());
    addEventListener("online", again);
    document.addEventListener("submit", ({ target }) => {
      if (new URL(target.action).pathname === "/sign-out") forget();
    });
    document.addEventListener("DOMContentLoaded", () => {
      if (globalThis.comments) keepComments(comments.composes()); // a page that came back with what could not be kept
      if (page()) navigator.locks?.request(lockOf(page()), () => new Promise(() => {}));
      earlier = store.names().filter((name) => whose(name) === me && COMMENT.test(post(name)) && !begun.has(name));
      sendAll();
      putBack();
    });
  }
}
