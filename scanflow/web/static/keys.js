// Keys as commands on the pages, and how they are told from a barcode reader and from an input method.
"use strict";

(() => {
  const { find, findAll, typing, step, isZoomed, backToPages, submit } = window.Desk;

  // --- which element a key stands for -------------------------------------------------------------------

  function nameOf(event, key) {
    const letter = /^[a-z]$/i.test(key);
    const name = letter ? key.toLowerCase() : key;
    if (event.ctrlKey) return `Control+${name}`;
    return event.shiftKey && (letter || key.startsWith("Arrow")) ? `Shift+${name}` : name;
  }

  // The elements nearest to the shown page come first: its tools, its paper, then the rest of the page.
  function withKey(key) {
    const places = [find("#large"), find(".paper.is-chosen"), document];
    for (const place of places) {
      if (!place) continue;
      const candidates = findAll(`[data-key="${CSS.escape(key)}"]`, place).filter(
        (element) => !element.disabled && !element.closest("[hidden]") && (place !== document || !element.closest(".large, .paper")),
      );
      if (candidates.length) return candidates[0];
    }
    return null;
  }

  // Shift with a letter that has no command of its own is the letter.
  const elementFor = (name) =>
    name === "n" ? find("a.brand") : withKey(name) ?? (/^Shift\+[a-z]$/.test(name) ? withKey(name.slice(6)) : null);

  function carryOut(name) {
    if (find("dialog[open]") || typing(document.activeElement)) return;
    elementFor(name)?.click();
  }

  // --- a barcode reader ---------------------------------------------------------------------------------
  // It types a code, at its own pace, and Enter. Where no field has the focus none of that may act as a command:
  // not its letters, and above all not its Enter, which would save what is shown. So a letter that is a command
  // waits for a moment: if another character follows at once, both are of a code. And Enter soon after several
  // characters that were no commands ends a code, however slowly they came.

  const HOLD_MS = 100;
  const CODE_MS = 500;
  const CODE_CHARACTERS = 3;

  let run = ""; // the characters without a pause between them so far
  let strange = 0; // how many of them were carried out as no command
  let last = -Infinity; // when the last of them came
  let ended = -Infinity; // when the last code ended: some readers send a second Enter
  let held = null;

  function release({ drop = false } = {}) {
    if (!held) return;
    clearTimeout(held.timer);
    const { name } = held;
    held = null;
    if (!drop) carryOut(name);
  }

  // A character outside of fields: what it may be is decided when the next one comes, or none.
  function character(event, key) {
    const pause = event.timeStamp - last;
    last = event.timeStamp;
    if (pause >= CODE_MS) {
      run = "";
      strange = 0;
    }
    run += key;
    if (pause < HOLD_MS) {
      if (held) strange += 1;
      release({ drop: true });
      strange += 1;
      return;
    }
    release();
    const name = nameOf(event, key);
    if (strange >= CODE_CHARACTERS || !elementFor(name)) {
      strange += 1;
      return;
    }
    const mine = { name };
    // Where the page was busy, the next character may be there already: it comes before the second timer.
    mine.timer = setTimeout(() => setTimeout(() => { if (held === mine) release(); }), HOLD_MS);
    held = mine;
  }

  // Whether an Enter is a reader's: then it does nothing but hand over the code.
  function endsCode(event) {
    if (!run && event.timeStamp - ended < CODE_MS) return true;
    const code = event.timeStamp - last < CODE_MS && strange >= CODE_CHARACTERS ? run : "";
    run = "";
    strange = 0;
    if (!code) return false;
    ended = event.timeStamp;
    scanned(code);
    return true;
  }

  function scanned(code) {
    const number = find("#number");
    if (find("#stack")) submit(find("#coding"), { code });
    else if (number) {
      number.value = code;
      number.focus();
    } else if (find("#next")) location.assign(`/desk?number=${encodeURIComponent(code)}`);
    else noNumber();
  }

  // Says that a code was of no use here.
  function noNumber() {
    const line = find("#reader");
    if (line) line.hidden = false;
  }

  document.addEventListener("no-number", noNumber);

  // In the field of a number a second scan replaces the first: the reader would append to it. What was only begun,
  // by hand or by a reader that stopped for a moment, is no scan: what follows belongs to it.
  let entered = { field: null, value: "" };
  let inField = { field: null, before: "", first: 0, last: 0, count: 0 };

  function noteInField(event) {
    const { target, timeStamp } = event;
    if (event.key.length === 1) {
      if (inField.field !== target || timeStamp - inField.last > CODE_MS) {
        inField = { field: target, before: target.value, first: timeStamp, last: timeStamp, count: 0 };
      }
      inField.last = timeStamp;
      inField.count += 1;
    } else if (event.key === "Enter" && inField.field === target) {
      const { before, first, last: end, count } = inField;
      const fast = count >= 8 && (end - first) / (count - 1) < HOLD_MS;
      const whole = before === target.defaultValue || (entered.field === target && before === entered.value);
      if (fast && before && whole && target.value.startsWith(before)) target.value = target.value.slice(before.length);
      entered = { field: target, value: target.value };
      inField = { ...inField, field: null };
    }
  }

  // --- a Vietnamese input method ------------------------------------------------------------------------
  // Telex makes one letter of two: "o" and "x" come as "o", Backspace, "õ" (Unikey), or as keys of a composition.
  // What is meant is the key that was pressed.

  const MARKS = { "\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j", "\u031b": "w", "\u0306": "w" };
  const REPLACED_MS = 50;
  let typed = [];
  let replaced = [];
  let erased = -Infinity;

  // The key that made the letter `now` of `before`; "" where nothing was changed.
  function pressed(before, now) {
    if (now === before) return "";
    if (/[đĐ]/.test(now)) return "d";
    const had = before.normalize("NFD");
    const [base, ...marks] = now.normalize("NFD");
    const added = marks.find((mark) => !had.includes(mark));
    if (added) return MARKS[added] ?? base.toLowerCase();
    return had.length > 1 && base.toLowerCase() === had[0].toLowerCase() ? "z" : base.toLowerCase();
  }

  function keyBehind(event) {
    if (event.isComposing || event.key === "Process") {
      const physical = /^(?:Key|Digit)(\w)$/.exec(event.code);
      return physical ? physical[1].toLowerCase() : "";
    }
    if (event.key === "Backspace") {
      const letter = typed.pop();
      if (letter) replaced.unshift(letter);
      erased = event.timeStamp;
      return event.key;
    }
    if (event.key.length > 1 || event.ctrlKey) return event.key;
    const instead = event.timeStamp - erased < REPLACED_MS ? replaced.shift() : undefined;
    if (instead === undefined) replaced = [];
    typed = [...typed, event.key].slice(-8);
    if (instead !== undefined) return pressed(instead, event.key);
    return /[^\x00-\x7f]/.test(event.key) ? pressed("", event.key) : event.key;
  }

  // The first letter in a field that a command has opened: the input method still has the command's letter before it.
  function firstInField(event) {
    const { target, key, timeStamp } = event;
    if (!typed.length || target.value) return;
    if (key === "Backspace") {
      erased = timeStamp;
    } else if (key.length === 1) {
      const before = typed.pop();
      typed = [];
      if (timeStamp - erased >= REPLACED_MS) return;
      event.preventDefault();
      target.setRangeText(pressed(before, key), 0, 0, "end");
      target.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }

  // --- keys ---------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (typing(event.target)) {
      firstInField(event);
      if ("code" in event.target.dataset) noteInField(event);
      return;
    }
    if (event.altKey || event.metaKey || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    const key = keyBehind(event);
    if (key === "Enter") {
      const mayBeHeldDown = event.repeat && !event.target.closest(".sheet");
      if (event.isComposing || mayBeHeldDown || endsCode(event)) {
        release({ drop: true });
        event.preventDefault();
        event.stopPropagation();
        return;
      }
    }
    if (event.defaultPrevented || !key) return;
    if (key.length === 1 && !event.ctrlKey && key !== " ") {
      if (find("dialog[open]")) return void character(event, key); // a reader's Enter presses nothing here, too
      character(event, key);
      event.preventDefault();
      return;
    }
    release();
    if (!find("dialog[open]") && other(event, key)) event.preventDefault();
  }, true);

  // A command that waits for the next character is for the page that was chosen when it was pressed: it is
  // carried out before a click chooses another.
  document.addEventListener("pointerdown", () => release(), true);

  // Whether a key that types no character was a command.
  function other(event, key) {
    const { target } = event;
    // Enter activates the button or link that has the focus; on the shown page's small picture it saves.
    if (key === "Enter" && target.closest("a, button, summary, input") && !target.matches(".thumb[aria-current]")) return false;
    if (key === " ") return window.Desk.toggleSelected(target);
    if (key === "Escape") return window.Desk.clearSelected();
    if (key === "PageDown" || key === "PageUp") return window.Desk.scrollSheet(key === "PageDown" ? 1 : -1);
    const name = nameOf(event, key === "Delete" ? "x" : key);
    if (name === "ArrowDown" || name === "ArrowUp") {
      if ((target.closest(".sheet") && isZoomed()) || !find("#papers")) return false;
      step(name === "ArrowDown" ? 1 : -1);
      return true;
    }
    const element = elementFor(name);
    element?.click();
    return element !== null;
  }

  // Escape in a field moves the focus back to the pages, where keys are commands.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("#stack") && typing(event.target)) backToPages();
  }, true);
})();
