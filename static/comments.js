// Comments beside the writing: sent in their place, shown as they come. Needs app.js. Without it, comments are plain forms.
"use strict";
{
  const say = (words) => (document.getElementById("announce").textContent = words);
  const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // ---- Sending: htmx sends the comments of one section; the form of the whole page stays.
  document.addEventListener("submit", (event) => {
    if (!event.submitter?.matches(".comments [hx-post]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // What is typed while they are on their way stays.
  const words = (comments) => new Map([...comments.querySelectorAll("textarea")].map((area) => [area.id, area.value]));
  let [sent, later] = [new Map(), new Map()];
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const comments = detail.elt.closest(".comments");
    if (comments) sent = words(comments);
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.target?.matches(".comments")) return;
    detail.target.querySelectorAll(".at-words").forEach(quoting.goBack);
    later = new Map([...words(detail.target)].filter(([id, value]) => value !== sent.get(id)));
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const fresh = detail.target?.id.startsWith("comment-") && document.getElementById(detail.target.id);
    if (fresh) fresh.open = true;
    for (const [id, value] of later) {
      const area = document.getElementById(id);
      if (area) area.value = value;
    }
    later.clear();
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const comments = detail.elt.closest(".comments");
    const { status } = detail.xhr;
    if (!comments || status === 401 || status === 422 || (status >= 200 && status < 300)) return;
    const why = status === 403 || status === 404 ? "You cannot comment here any more." : "The site does not answer. Please try again.";
    comments.querySelector(".not-sent")?.remove();
    detail.elt.after(element("p", { className: "error not-sent", role: "alert", textContent: `Not sent. ${why} Your words are still here.` }));
  });

  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const fresh = detail.target?.id && document.getElementById(detail.target.id);
    if (!fresh?.matches(".comments")) return;
    const error = fresh.querySelector(".error");
    if (!error) say("Your comments are saved.");
    const box = error?.closest(".compose")?.querySelector("textarea");
    if (box) return box.focus();
    if (!fresh.contains(document.activeElement) || !document.activeElement.checkVisibility()) fresh.querySelector("summary").focus();
  });

  // ---- What is begun waits in this browser until its writer sends it (drafts.js)
  const composes = () => [...document.querySelectorAll(".comments .compose")];
  const begun = (compose) => document.dispatchEvent(new CustomEvent("begun", { detail: compose ? [compose] : composes() }));
  document.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.matches(".comments") && begun());
  document.addEventListener("input", ({ target }) => {
    const compose = target.closest(".comments .compose");
    if (compose) begun(compose);
  });

  // All that one box holds; null if nobody has begun anything there.
  function wordsOf(compose) {
    const fields = [...compose.querySelectorAll("[name]")]
      .filter((field) => field.name !== "shared" && (field.type === "checkbox" ? field.checked : field.value.trim()))
      .map(({ name, value }) => [name, value]);
    if (!fields.some(([name]) => !name.startsWith("tell."))) return null;
    return { comment: true, question: compose.querySelector("label").textContent.trim(), fields };
  }

  // Puts back what was begun before, after what stands there now.
  function fill(compose, fields) {
    const area = compose.querySelector("textarea");
    for (const [name, value] of fields) {
      const field = [...compose.querySelectorAll("[name]")].find((one) => one.name === name && (one.type !== "checkbox" || one.value === value));
      if (field === area) {
        if (!area.value.includes(value)) area.value = [area.value, value].filter(Boolean).join("\n\n");
      } else if (field?.type === "checkbox") {
        field.checked = true;
        field.closest("details").open = true;
      } else if (field && !field.value) quoting.quote(compose, JSON.parse(value));
    }
    for (let around = compose.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    prompts.grow(area);
  }

  const typed = (node) => [...node.querySelectorAll("textarea")].some((area) => area.value.trim() || area === document.activeElement) ||
    [...node.querySelectorAll("[type=checkbox], [name^='quote.']")].some((field) => (field.type === "checkbox" ? field.checked : field.value));
  let leaving = false;
  document.addEventListener("submit", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("beforeunload", (event) => {
    const boxes = [...document.querySelectorAll(".comments textarea")];
    if (!leaving && boxes.some((area) => area.value.trim())) event.preventDefault();
  });

  // ---- What others say: threads are put in their place, but for a box in which somebody types.
  function place(old, fresh) {
    for (const details of fresh.querySelectorAll("details[id]")) details.open ||= document.getElementById(details.id)?.open ?? false;
    old.open ||= fresh.open;
    old.querySelector("summary").replaceChildren(...fresh.querySelector("summary").childNodes);
    const [list, wanted] = [old, fresh].map((one) => one.querySelector(":scope > .threads"));
    const ids = new Set([...wanted.children].map(({ id }) => id));
    for (const gone of [...list.children]) {
      if (ids.has(gone.id)) continue;
      if (typed(gone)) resolvedMeanwhile(gone, fresh.querySelector(`.resolved [id="${gone.id}"] > .hint`));
      else gone.remove();
    }
    for (const thread of [...wanted.children]) join(list, thread);
    renew(old, fresh, ":scope > .resolved", (resolved) => list.after(resolved));
    renew(old, fresh, ":scope > .compose");
  }

  // Somebody is answering: they are told what their answer does now.
  function resolvedMeanwhile(thread, hint) {
    const compose = thread.querySelector(".compose");
    if (!hint || compose.querySelector(".opens-again")) return;
    const textContent = `${hint.textContent}. Answering opens this thread again.`;
    compose.append(element("p", { className: "hint opens-again", textContent }));
    say(textContent);
  }

  function join(list, thread) {
    const here = [...list.children].find(({ id }) => id === thread.id);
    here?.querySelector(".opens-again")?.remove();
    if (!here) list.append(thread);
    else if (typed(here)) here.querySelector(".said").replaceWith(thread.querySelector(".said"));
    else swap(here, thread);
    htmx.process(list);
  }

  function renew(old, fresh, where, put = () => {}) {
    const [here, there] = [old, fresh].map((one) => one.querySelector(where));
    if (here && typed(here)) return;
    if (here && there) swap(here, there);
    else if (there) put(there);
    else here?.remove();
    if (there) htmx.process(there);
  }

  // What has the focus keeps it.
  function swap(old, fresh) {
    const id = old.contains(document.activeElement) && document.activeElement.id;
    old.replaceWith(fresh);
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
  }

  globalThis.comments = Object.freeze({ place, composes, begun, wordsOf, fill, element, say });

  // A link from elsewhere leads to the comments of a section: they are open then.
  const wanted = location.hash.startsWith("#comment-") && document.getElementById(location.hash.slice(1));
  if (wanted) wanted.open = true;
}
