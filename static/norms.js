// "I agree" beside a norm: it says who agrees to the words that stand there, also while somebody types in that row, and a tick
// that did not arrive does not stay. The tick is sent with the words that the page shows. Needs app.js.
"use strict";
{
  const busy = (row) => row.contains(document.activeElement) || prompts.unsaved().some(([box]) => row.contains(box));

  // A list came anew. Rows that somebody is in are left as they are; who agrees is said there all the same.
  function hear(list) {
    for (const fresh of list.querySelectorAll(".agreement")) {
      const old = document.getElementById(fresh.id);
      if (old && busy(old.closest("li")) && !old.matches(".htmx-request")) put(old, fresh.cloneNode(true));
    }
  }

  const version = (agreement) => agreement.querySelector("[name^='a.']")?.value;
  function put(old, fresh) {
    const said = old.querySelector(".now-says");
    if (said && version(old) === version(fresh)) { // these words are shown nowhere else in this row
      fresh.prepend(said);
      fresh.setAttribute("hx-include", "this");
    }
    const id = old.contains(document.activeElement) && document.activeElement.id;
    old.replaceWith(fresh);
    htmx.process(fresh);
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
  }

  const WHY = { 401: "Please sign in again.", 403: "You cannot agree here any more.", 404: "Somebody has taken this out." };
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { elt: agreement, xhr: { status } } = detail;
    if (!agreement.matches(".agreement") || !agreement.isConnected || status === 409 || (status >= 200 && status < 300)) return;
    const tick = agreement.querySelector("[type=checkbox]");
    tick.checked = tick.defaultChecked;
    agreement.querySelector(".error")?.remove();
    const text = `This was not noted. ${WHY[status] ?? "The site does not answer. Please try again."}`;
    agreement.append(Object.assign(document.createElement("p"), { className: "error", role: "alert", textContent: text }));
  });

  globalThis.norms = Object.freeze({ hear });
}
