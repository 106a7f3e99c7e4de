// Changes of a text by several people at once. An operation is what webapp/documents/text_operations.py says: a number above
// 0 keeps so many code points, one below 0 takes them out, a string is put in, before what is taken out there.
"use strict";
{
  const points = (text) => Array.from(text);
  const sizeOf = (part) => (typeof part === "string" ? points(part).length : Math.abs(part));
  const keeps = (part) => typeof part === "number" && part > 0; // a text like "-5" is put in, and is no number
  const takesOut = (part) => typeof part === "number" && part < 0;
  const refuse = () => { throw new RangeError("The operation does not belong to this text."); };

  function add(operation, part) {
    if (!part) return operation;
    const last = operation.at(-1);
    if (typeof part === "string") {
      if (typeof last === "string") operation[operation.length - 1] += part;
      else if (last < 0 && typeof operation.at(-2) === "string") operation[operation.length - 2] += part;
      else if (last < 0) operation.splice(-1, 0, part);
      else operation.push(part);
    } else if (typeof last === "number" && last * part > 0) operation[operation.length - 1] += part;
    else operation.push(part);
    return operation;
  }

  const normal = (parts) => parts.reduce(add, []);
  const lengthBefore = (operation) => operation.reduce((sum, part) => sum + (typeof part === "number" ? Math.abs(part) : 0), 0);

  function apply(operation, text) {
    const all = points(text);
    if (lengthBefore(operation) !== all.length) refuse();
    let here = 0;
    let said = "";
    for (const part of operation) {
      if (typeof part === "string") said += part;
      else {
        if (part > 0) said += all.slice(here, here + part).join("");
        here += Math.abs(part);
      }
    }
    return said;
  }

  function invert(operation, text) {
    const all = points(text);
    if (lengthBefore(operation) !== all.length) refuse();
    const back = [];
    let here = 0;
    for (const part of operation) {
      if (typeof part === "string") add(back, -sizeOf(part));
      else {
        add(back, part > 0 ? part : all.slice(here, here - part).join(""));
        here += Math.abs(part);
      }
    }
    return back;
  }

  class Walk {
    #parts;
    constructor(operation) {
      this.#parts = operation.values();
      this.#next();
    }
    #next() {
      this.part = this.#parts.next().value ?? 0;
      this.size = sizeOf(this.part);
    }
    take(size = this.size) {
      let taken = this.part;
      if (size === this.size) this.#next();
      else {
        this.size -= size;
        if (typeof taken === "string") {
          const all = points(taken);
          [taken, this.part] = [all.slice(0, size).join(""), all.slice(size).join("")];
        } else {
          taken = taken > 0 ? size : -size;
          this.part -= taken;
        }
      }
      return taken;
    }
  }

  function compose(first, then) {
    const [one, two, both] = [new Walk(first), new Walk(then), []];
    while (one.part || two.part) {
      if (takesOut(one.part)) add(both, one.take());
      else if (typeof two.part === "string") add(both, two.take());
      else {
        const size = Math.min(one.size, two.size) || refuse();
        const [made, kept] = [one.take(size), two.take(size)];
        if (keeps(kept)) add(both, made);
        else if (typeof made === "number") add(both, -size);
      }
    }
    return both;
  }

  // What two did in the same text, each after the other. `theirs` is what the server has already, `mine` what arrives.
  function transform(mine, theirs) {
    const [my, their, myAfter, theirAfter] = [new Walk(mine.operation), new Walk(theirs.operation), [], []];
    const theyFirst = goesFirst(theirs, mine);
    let here = 0;
    while (my.part || their.part) {
      const theyGoOn = typeof their.part === "string" && here === theyFirst;
      if (typeof my.part === "string" && !theyGoOn) {
        add(theirAfter, my.size);
        add(myAfter, my.take());
      } else if (typeof their.part === "string") {
        add(myAfter, their.size);
        add(theirAfter, their.take());
      } else {
        const size = Math.min(my.size, their.size) || refuse();
        const [one, two] = [my.take(size), their.take(size)];
        here += size;
        if (keeps(two)) add(myAfter, one);
        if (keeps(one)) add(theirAfter, two);
      }
    }
    const moved = ({ goes_on: at }, operation) => (at === null ? null : moveCaret(operation, at, true));
    return [
      { operation: myAfter, goes_on: moved(mine, theirs.operation) },
      { operation: theirAfter, goes_on: moved(theirs, mine.operation) },
    ];
  }

  // Where theirs goes before mine because they go on there. Who took out there what they had typed, and types anew, stood
  // behind it: they go after somebody who has always gone on there.
  function goesFirst(theirs, mine) {
    const [there, here] = [theirs, mine].map(({ operation, goes_on: at }) => (at === null ? null : begins(operation, at)));
    const mineFirst = here === there && (mine.goes_on === here || theirs.goes_on !== there);
    return mineFirst ? null : there;
  }

  function moveCaret(operation, position, typing = false) {
    let [here, moved] = [0, position];
    for (const part of operation) {
      if (here > position) break;
      if (typeof part === "string") moved += here < position || !typing ? sizeOf(part) : 0;
      else {
        if (part < 0) moved -= Math.min(-part, position - here);
        here += Math.abs(part);
      }
    }
    return moved;
  }

  // Where it puts in what goes on there: further to the front, if something was taken out backwards from there first.
  function begins(operation, goesOn) {
    let here = 0;
    for (const part of operation) {
      if (takesOut(part) && here <= goesOn && goesOn <= here - part) return here;
      if (typeof part === "number") here += Math.abs(part);
    }
    return goesOn;
  }

  globalThis.textOperations = Object.freeze({ points, keeps, takesOut, normal, apply, compose, transform, invert, moveCaret, begins });
}
