// What a person does before the other scripts of a page have begun is kept, and done when they have: keys, clicks
// on what only scripts carry out, forms that scripts send, dropped files. This script is the page's first and is
// waited for, so nothing comes before it; the others are deferred.
"use strict";

(() => {
  const kept = [];
  const changed = new Set();
  let begun = false;
  let again = false; // while what was kept is done

  const LONGEST_PAUSE = 600;
  const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";
  const PRESSED = "a, button, summary";
  // Native links and the buttons of native forms do without scripts.
  const SCRIPTED = "button[type=button], button[hx-get], button[hx-post], .thumb, [data-field-box], rect[data-word]";
  const SENT = "form[hx-get], form[hx-post], form[data-scripted]";
  const MOVES = ["Tab", " ", "PageUp", "PageDown", "Home", "End", "Shift", "Control", "Alt", "Meta", "CapsLock"];

  function keep(event, act) {
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push({ at: event.timeStamp, act });
  }

  const waits = (event) => !begun && !again && event.isTrusted;

  document.addEventListener("keydown", (event) => {
    // An Enter that is held down since the page before presses nothing on this one.
    if (event.key === "Enter" && event.repeat && event.target.closest(PRESSED)) {
      event.preventDefault();
      return;
    }
    if (begun || again || event.isComposing || event.altKey || event.metaKey || MOVES.includes(event.key)) return;
    const { key, code, ctrlKey, shiftKey, target } = event;
    if (target.closest(TYPED)) {
      const letter = key.length === 1 && !ctrlKey;
      if (letter && kept.length) keep(event, () => type({ key, code, shiftKey }));
      if (key !== "Enter" || !target.closest(`${SENT}, [data-combo]`)) return;
    } else if (key === "Enter" && target.closest(PRESSED)) {
      return; // a click follows
    }
    keep(event, () => press({ key, code, ctrlKey, shiftKey }));
  }, true);

  // Where the focus is by now, which what came before may have moved.
  function type(how) {
    if (document.activeElement?.matches(TYPED)) document.execCommand("insertText", false, how.key);
    else press(how);
  }

  // A browser does nothing of its own after keys that a script presses.
  function press(how) {
    const target = document.activeElement ?? document.body;
    const done = !target.dispatchEvent(new KeyboardEvent("keydown", { ...how, bubbles: true, cancelable: true }));
    if (done || how.key !== "Enter") return;
    if (target.matches(PRESSED)) target.click();
    else if (target.matches("input")) sendForm(target.form);
  }

  // As a browser does for Enter in a field: by the form's first button.
  function sendForm(form) {
    const button = [...(form?.elements ?? [])].find((each) => each.type === "submit");
    if (button) button.click();
    else form?.requestSubmit();
  }

  // What is the same element where a part of the page is drawn anew.
  function selectorOf(element) {
    if (element.id) return `#${CSS.escape(element.id)}`;
    const told = [...element.attributes].filter(({ name }) => /^(data|hx)-/.test(name));
    return element.localName + told.map(({ name, value }) => `[${name}="${CSS.escape(value)}"]`).join("");
  }

  document.addEventListener("click", (event) => {
    const { target, detail, ctrlKey, shiftKey } = event;
    const clicked = target.closest(SCRIPTED);
    if (!waits(event) || !clicked) return;
    const same = selectorOf(clicked);
    const click = new MouseEvent("click", { detail, ctrlKey, shiftKey, bubbles: true, cancelable: true });
    keep(event, () => (target.isConnected ? target : document.querySelector(same))?.dispatchEvent(click));
  }, true);

  document.addEventListener("submit", (event) => {
    if (!waits(event) || !event.target.matches(SENT)) return;
    const { target, submitter } = event;
    keep(event, () => target.requestSubmit(submitter));
  }, true);

  document.addEventListener("change", (event) => { if (waits(event)) changed.add(event.target); }, true);

  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  document.addEventListener("dragover", (event) => { if (!begun && hasFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!waits(event) || !hasFiles(event)) return;
    const { target } = event;
    const dataTransfer = new DataTransfer(); // the event's own is empty afterwards
    for (const file of event.dataTransfer.files) dataTransfer.items.add(file);
    keep(event, () => target.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true })));
  }, true);

  // At the pace at which it was done: scripts tell a barcode reader from a hand by its pace. What is done meanwhile
  // waits behind it.
  function next() {
    const first = kept.shift();
    if (!first) {
      begun = true;
      document.body.dataset.ready = "true";
      return;
    }
    again = true;
    try {
      first.act();
    } finally {
      again = false;
      setTimeout(next, kept.length ? Math.min(kept[0].at - first.at, LONGEST_PAUSE) : 0);
    }
  }

  function begin() {
    again = true;
    for (const each of changed) {
      if (each.isConnected) each.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (const each of document.querySelectorAll("details[open][hx-get]")) each.dispatchEvent(new Event("toggle"));
    again = false;
    next();
  }

  // After the other scripts' own listeners of this event.
  document.addEventListener("DOMContentLoaded", () => setTimeout(begin));
})();
