// Files that are dropped on a stack's page go into the stack; dropped on the list, into the new stack's.
"use strict";

(() => {
  const { find, findAll } = window.Station;

  const stackId = () => /^\/station\/stacks\/([^/?]+)$/.exec(location.pathname)?.[1];
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

  // One after the other, so that pages are numbered in the files' order.
  async function take(files) {
    const line = find("#dropping");
    line.classList.remove("is-stop");
    line.hidden = false;
    const id = stackId() ?? (await newStack());
    if (!id) return;
    for (const [at, file] of files.entries()) {
      line.textContent = line.dataset.words.replace("%", at + 1).replace("%", files.length);
      if (!(await send(id, file))) {
        line.classList.add("is-stop");
        line.textContent = line.dataset.failed.replace("%", file.name);
        return;
      }
    }
    line.hidden = true;
    if (!stackId()) location.assign(`/station/stacks/${id}`);
  }

  async function send(id, file) {
    try {
      const address = `/station/stacks/${id}/files?name=${encodeURIComponent(file.name.slice(-200))}`;
      return (await fetch(address, { method: "PUT", body: file })).ok;
    } catch {
      return false;
    }
  }

  // The form's own way, but for the scan: a number that can't be is said where it always is.
  async function newStack() {
    const form = find("#new");
    const fields = new URLSearchParams(new FormData(form));
    const answer = await fetch("/station/stacks", { method: "POST", body: fields, headers: { "HX-Request": "true" } });
    const went = answer.headers.get("HX-Redirect");
    if (went) return went.split("/").pop();
    find("#dropping").hidden = true;
    form.requestSubmit(findAll("button[type=submit]", form).pop());
    return null;
  }
})();
