// Files that are dropped on a stack's page go into the stack; dropped on the list, into the new stack's.
"use strict";

(() => {
  const { find, findAll } = window.Desk;

  const stackId = () => /^\/desk\/stacks\/([^/?]+)$/.exec(location.pathname)?.[1];
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files") && find("#stack, #new") !== null;

  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("is-dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("is-dropping");
    take([...event.dataTransfer.files]);
  });

  // One after the other, so that pages are numbered in the files' order. Each comes in pieces and goes on by
  // itself when the connection is back; the button pauses it.
  async function take(files) {
    const line = find("#dropping");
    const said = find("[data-said]", line);
    const pause = find("button", line);
    line.classList.remove("is-stop");
    line.hidden = false;
    pause.hidden = true;
    const id = stackId() ?? (await newStack());
    if (!id) return;
    for (const [at, file] of files.entries()) {
      const tell = (part) => {
        const of = line.dataset.words.replace("%", at + 1).replace("%", files.length);
        said.textContent = `${of} · ${Math.floor(100 * part)} %`;
      };
      tell(0);
      const problem = await send(id, file, { tell, line, said, pause });
      if (problem !== null) {
        line.classList.add("is-stop");
        pause.hidden = true;
        said.textContent = `${line.dataset.failed.replace("%", file.name)} ${problem}`;
        return;
      }
    }
    line.hidden = true;
    if (!stackId()) location.assign(`/desk/stacks/${id}`);
  }

  // Null when the file is in the stack, else what keeps it out.
  async function send(id, file, { tell, line, said, pause }) {
    const how = { progress: tell, waiting: (is) => is && (said.textContent = line.dataset.waiting) };
    for (;;) {
      const control = new AbortController();
      const stop = () => control.abort(new DOMException("paused", "AbortError"));
      pause.hidden = false;
      pause.textContent = line.dataset.pause;
      pause.addEventListener("click", stop, { once: true });
      try {
        const done = await window.Tus.send(file, { hold: id }, { ...how, signal: control.signal });
        await window.Tus.hand(done.id, `/desk/stacks/${id}/uploads/${done.id}`, { ...how, signal: control.signal });
        pause.removeEventListener("click", stop);
        return null;
      } catch (error) {
        pause.removeEventListener("click", stop);
        if (error.name !== "AbortError") return error instanceof window.Tus.Refused ? error.message : "";
        pause.textContent = line.dataset.resume;
        said.textContent = line.dataset.paused;
        await new Promise((go) => pause.addEventListener("click", go, { once: true }));
      }
    }
  }

  // The form's own way, but for the scan: a number that can't be is said where it always is.
  async function newStack() {
    const form = find("#new");
    const fields = new URLSearchParams(new FormData(form));
    const answer = await fetch("/desk/stacks", { method: "POST", body: fields, headers: { "HX-Request": "true" } });
    const went = answer.headers.get("HX-Redirect");
    if (went) return went.split("/").pop();
    find("#dropping").hidden = true;
    form.requestSubmit(findAll("button[type=submit]", form).pop());
    return null;
  }
})();
