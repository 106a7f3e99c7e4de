// The fields of a box that is not one text: of a row, ticks, choices, dates. What the server holds comes into each of them,
// beside what was typed there since it was sent. Needs app.js, text_operations.js and text_box.js.
"use strict";
{
  const { points, normal, apply, transform, moveCaret } = textOperations;
  const { held, fieldsOf, showAlong, statusOf } = prompts;
  const isTick = (field) => /checkbox|radio/.test(field.type);
  const isWords = (field) => field.matches("textarea, input[type=text]:not([inputmode])");

  // What the fields of a box that the server has drawn hold, as an answer to a save says it: name → value, of ticks all that are set.
  function drawn(fresh) {
    const kept = {};
    for (const field of fieldsOf(fresh)) {
      if (!isTick(field)) kept[field.name] = field.value;
      else (kept[field.name] ??= []).push(...(field.checked ? [field.value] : []));
    }
    return kept;
  }

  // Puts in what the server holds. `sent`: what the fields held when the server was told; what was typed since stays, and words stand beside it.
  function take(box, kept, sent) {
    const all = fieldsOf(box);
    const touched = new Set(all.filter((field, at) => field.type === "radio" && held(field) !== sent[at]).map(({ name }) => name));
    for (const [at, field] of all.entries()) {
      const there = kept[field.name];
      if (there === undefined) continue;
      if (isWords(field)) write(field, sent[at], there);
      else if (held(field) === sent[at] && !touched.has(field.name)) choose(field, there);
      showAlong(field);
    }
  }

  function choose(field, there) {
    if (isTick(field)) return void (field.checked = [there].flat().includes(field.value));
    if (field.value === there) return;
    if (field.matches("select") && ![...field.options].some(({ value }) => value === there)) field.add(new Option("Added just now", there));
    field.value = there;
  }

  // The space around words is not kept: whoever types there still needs it.
  function change(sent, there) {
    const core = sent.trim();
    const [before, after] = [sent.slice(0, sent.indexOf(core)), sent.slice(sent.indexOf(core) + core.length)].map((space) => points(space).length);
    return normal([before, ...textBox.edit(points(core), points(there.trim()), 0), after]);
  }

  function write(field, sent, there) {
    if (sent.trim() === there.trim()) return;
    const since = { operation: textBox.edit(points(sent), points(field.value), 0), goes_on: null };
    const [, { operation }] = transform(since, { operation: change(sent, there), goes_on: null });
    const caret = [field.selectionStart, field.selectionEnd].map((at) => moveCaret(operation, points(field.value.slice(0, at)).length, true));
    const { scrollTop, selectionDirection } = field;
    field.value = apply(operation, field.value);
    if (document.activeElement === field) {
      const text = points(field.value);
      field.setSelectionRange(...caret.map((at) => text.slice(0, at).join("").length), selectionDirection);
    }
    field.scrollTop = scrollTop;
  }

  const now = (box) => fieldsOf(box).map(held);

  globalThis.fields = Object.freeze({
    // The answer to a save of what the fields held then: others may have written there, too.
    answered: (box, sent) => take(box, JSON.parse(statusOf(box).dataset.kept ?? "{}"), sent),
    // A box of which everything is saved, as the server has drawn it by now.
    bring: (box, fresh) => take(box, drawn(fresh), now(box)),
  });
}
