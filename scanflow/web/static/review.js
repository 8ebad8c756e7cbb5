// Functions of the reviewers' pages: turning pages, zoom, words and their boxes, keys.
"use strict";

(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- one page of a document -------------------------------------------------------------------------

  const viewer = () => find("#viewer");
  const current = () => Number(find("#page")?.dataset.no ?? 0);
  let zoomed = 1;
  let turned = 0;
  let coming = 0;

  function query(values) {
    const { query: q, version } = viewer().dataset;
    const wanted = new URLSearchParams(values);
    if (version) wanted.set("version", version);
    if (q) wanted.set("q", q);
    return wanted.toString();
  }

  // Replaces the page's part; the address says which page is shown.
  async function go(no) {
    if (no < 1 || no > Number(viewer().dataset.pages)) return;
    const mine = ++coming;
    const { base } = viewer().dataset;
    let answer;
    try {
      answer = await fetch(`${base}/pages/${no}?${query({})}`, { headers: { "HX-Request": "true" } });
    } catch {
      find("#offline").hidden = false;
      return;
    }
    // A session that has ended, or an error: the whole page says which.
    if (!answer.ok || answer.headers.get("HX-Redirect")) {
      location.assign(`${base}?${query({ page: no })}`);
      return;
    }
    const text = await answer.text();
    if (mine !== coming) return;
    find("#offline").hidden = true;
    const focused = document.activeElement?.id;
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("page");
    find("#page").replaceWith(fresh);
    history.replaceState(null, "", `${base}?${query({ page: no })}`);
    arrange();
    if (focused) find(`#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
  }

  // Where the page's picture does not come (its file is lost, the store is away, the session has ended), that is
  // said. An SVG's image may have failed before this program began: the same picture, which the browser fetches
  // once, is asked of an image of our own.
  function watchPicture() {
    const page = find("#page");
    const same = new Image();
    same.onerror = () => (find("#picture-lost", page).hidden = false);
    same.src = find("#picture", page).getAttribute("href");
  }

  function arrange() {
    if (!find("#page")) return;
    watchPicture();
    for (const thumb of findAll(".thumb[aria-current]")) thumb.removeAttribute("aria-current");
    const thumb = find(`#thumb-${current()}`);
    thumb?.setAttribute("aria-current", "true");
    thumb?.scrollIntoView({ block: "nearest" });
    show();
    showBoxes();
    find(".box.is-hit")?.scrollIntoView({ block: "center", inline: "nearest" });
    // The next picture is fetched in advance, so that nobody waits at each turn.
    const { next } = find("#page").dataset;
    if (next) new Image().src = `${next}1100`;
  }

  function show() {
    const sheet = find("#sheet");
    const width = Number(sheet.dataset.width);
    const height = Number(sheet.dataset.height);
    const across = turned % 180 === 0;
    sheet.setAttribute("viewBox", across ? `0 0 ${width} ${height}` : `0 0 ${height} ${width}`);
    const moves = { 0: "", 90: `translate(${height} 0) `, 180: `translate(${width} ${height}) `, 270: `translate(0 ${width}) ` };
    find("#turned").setAttribute("transform", `${moves[turned]}rotate(${turned})`);
    sheet.style.width = `${zoomed * 100}%`;
    if (zoomed > 1) sharpen();
  }

  function sharpen() {
    const picture = find("#picture");
    const sharp = `${find("#page").dataset.picture}2000`;
    const larger = new Image();
    larger.onload = () => { if (picture.isConnected) picture.setAttribute("href", sharp); };
    larger.src = sharp;
  }

  function zoom(by) {
    zoomed = Math.min(4, Math.max(0.5, zoomed * (by > 0 ? 1.25 : 0.8)));
    show();
  }

  function turn() {
    turned = (turned + 90) % 360;
    show();
  }

  function showBoxes() {
    const on = document.body.classList.contains("with-boxes");
    find("[data-boxes]")?.setAttribute("aria-pressed", on);
  }

  function toggleBoxes() {
    document.body.classList.toggle("with-boxes");
    showBoxes();
  }

  function point(no, on) {
    for (const each of findAll(`[data-word="${CSS.escape(no)}"]`)) each.classList.toggle("is-pointed", on);
  }

  async function showField(field) {
    const no = Number(field.dataset.fieldPage);
    if (no !== current()) await go(no);
    const [x, y, width, height] = field.dataset.fieldBox.split(" ");
    const box = find("#field-box");
    for (const [name, value] of Object.entries({ x, y, width, height })) box.setAttribute(name, value);
    box.scrollIntoView({ block: "center", inline: "nearest" });
  }

  async function copy(button) {
    const answer = await fetch(button.dataset.copy);
    if (!answer.ok) return;
    const text = await answer.text();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https browsers have no clipboard for scripts: the text is selected, and copied the older way.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    find("#copied").textContent = button.dataset.done;
  }

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target.closest("[data-go], [data-zoom], [data-turn], [data-boxes], [data-copy], [data-opens], [data-field-box], rect[data-word]");
    if (!target) return;
    if (target.dataset.go && viewer()) {
      event.preventDefault();
      go(Number(target.dataset.go));
    } else if (target.dataset.zoom) zoom(Number(target.dataset.zoom));
    else if ("turn" in target.dataset) turn();
    else if ("boxes" in target.dataset) toggleBoxes();
    else if (target.dataset.copy) copy(target);
    else if (target.dataset.opens) find(`#${target.dataset.opens}`).showModal();
    else if (target.dataset.fieldBox) showField(target);
    else if (target.dataset.word) find(`.word[data-word="${CSS.escape(target.dataset.word)}"]`)?.scrollIntoView({ block: "center" });
  });
  for (const [kind, on] of [["pointerover", true], ["pointerout", false]]) {
    document.addEventListener(kind, (event) => {
      const word = event.target.closest?.("[data-word]");
      if (word) point(word.dataset.word, on);
    });
  }

  // --- correcting lines ---------------------------------------------------------------------------------

  const lines = () => findAll(".key-line");
  const fieldOf = (line) => find("input[name=text]", line);
  const isChanged = (line) => fieldOf(line).value !== fieldOf(line).defaultValue;

  // Enter confirms a line and goes on: to the next doubtful one, at the end to the button.
  document.addEventListener("keydown", (event) => {
    const line = event.target.closest?.(".key-line");
    if (event.key !== "Enter" || event.isComposing || !line) return;
    event.preventDefault();
    line.classList.add("is-confirmed");
    const all = lines();
    const next = all.slice(all.indexOf(line) + 1).find((each) => each.matches(".is-doubtful:not(.is-confirmed)"));
    (next ? fieldOf(next) : find("#save")).focus();
  });

  // Only lines that a person changed or confirmed are sent.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "correcting") return;
    for (const line of lines()) line.disabled = !isChanged(line) && !line.classList.contains("is-confirmed");
  });

  document.addEventListener("DOMContentLoaded", () => {
    const first = find(".key-line.is-doubtful") ?? find(".key-line");
    // Where a person is typing already, the focus stays.
    if (first && !typing(document.activeElement)) fieldOf(first).focus();
  });

  // What was typed before htmx listened has told it nothing.
  document.addEventListener("DOMContentLoaded", () => {
    const box = find("#q");
    if (box && box.value !== box.defaultValue) htmx.trigger(box, "search-now");
  });

  // --- pages put right -----------------------------------------------------------------------------------

  function say(name, sheet, place) {
    const said = find("#moved");
    if (said) said.textContent = said.dataset[name].replace("%", sheet.dataset.sheet).replace("#", place);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shift], [data-quarter]");
    const sheet = button?.closest("[data-sheet]");
    if (!sheet) return;
    if ("quarter" in button.dataset) {
      const field = find("input[name=turn]", sheet);
      field.value = (Number(field.value) + 90) % 360;
      find("img", sheet).dataset.turned = field.value;
      say("turned", sheet, field.value);
      return;
    }
    const beside = Number(button.dataset.shift) < 0 ? sheet.previousElementSibling : sheet.nextElementSibling;
    if (!beside) return;
    if (Number(button.dataset.shift) < 0) beside.before(sheet);
    else beside.after(sheet);
    button.focus();
    say("moved", sheet, [...sheet.parentElement.children].indexOf(sheet) + 1);
  });

  // --- another scan in place of a page in quarantine -----------------------------------------------------

  document.addEventListener("change", async (event) => {
    const field = event.target.closest("[data-replaces]");
    const file = field?.files[0];
    if (!file) return;
    const said = find("#replacing");
    said.textContent = "…";
    let answer;
    try {
      answer = await fetch(`${field.dataset.replaces}?name=${encodeURIComponent(file.name)}`, { method: "PUT", body: file });
    } catch {
      answer = { ok: false };
    }
    if (answer.ok) location.assign("/review/queue?done=taken");
    else said.textContent = field.dataset.failed;
  });

  // --- keys -------------------------------------------------------------------------------------------

  const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select") !== null;

  document.addEventListener("keydown", (event) => {
    // An Enter that is held down since the page before decides nothing on this one.
    if (event.key === "Enter" && event.repeat && event.target.closest("a, button, summary")) return event.preventDefault();
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || find("dialog[open]")) return;
    if (event.key === "Enter" && event.target.closest("[data-field-box]")) showField(event.target);
    if (typing(event.target)) return;
    // Buttons that say their key; a list that a key opens gets the focus.
    const pressed = event.key.length === 1 && find(`[data-press="${CSS.escape(event.key.toLowerCase())}"]`);
    if (pressed) {
      event.preventDefault();
      pressed.click();
      pressed.parentElement.querySelector("select")?.focus();
      return;
    }
    const acts = {
      "?": () => find("#help")?.showModal(),
      ...(viewer() && {
        ArrowRight: () => go(current() + 1),
        ArrowLeft: () => go(current() - 1),
        "+": () => zoom(1),
        "=": () => zoom(1),
        "-": () => zoom(-1),
        r: turn,
        b: toggleBoxes,
        f: () => find("#next-hit")?.click(),
        F: () => find("#previous-hit")?.click(),
      }),
    };
    if (!Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    acts[event.key]();
  });

  document.addEventListener("DOMContentLoaded", arrange);
})();
