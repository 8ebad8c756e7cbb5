// A sound when a scan has ended, and another one when the scanner has failed. Each computer's own setting.
"use strict";

(() => {
  const { find } = window.Desk;

  const NAME = "sound";
  const isOn = () => {
    try { return localStorage.getItem(NAME) !== "off"; } catch { return true; }
  };

  // Hertz and seconds. The end is two tones up, a jam three deep ones.
  const TUNES = {
    done: [[660, 0.12], [880, 0.18]],
    failed: [[330, 0.22], [262, 0.22], [262, 0.3]],
  };

  let audio = null;
  let last = null;

  function play(tune) {
    audio ??= new AudioContext();
    audio.resume();
    let at = audio.currentTime;
    for (const [pitch, length] of tune) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.15, at);
      volume.gain.linearRampToValueAtTime(0, at + length);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + length);
      at += length;
      last = tone;
    }
    // As long as it runs, the browser computes silence.
    last.addEventListener("ended", ({ target }) => { if (target === last) audio.suspend(); });
  }

  window.Desk.scanEnded = (state) => {
    if (!TUNES[state] || !isOn()) return;
    document.body.dataset.sounded = state;
    play(TUNES[state]);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const setting = find("#sound");
    if (!setting) return;
    setting.checked = isOn();
    setting.addEventListener("change", () => {
      try { localStorage.setItem(NAME, setting.checked ? "on" : "off"); } catch { /* nothing is kept here */ }
      if (setting.checked) play(TUNES.done);
    });
  });
})();
