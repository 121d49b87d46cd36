// One scenario at a time beside the base.
"use strict";
(() => {
  const panels = document.querySelectorAll("[data-panel]");
  const buttons = document.querySelectorAll("button[data-show]");

  const show = number => {
    for (const panel of panels) panel.hidden = panel.dataset.panel !== number;
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.show === number);
  };

  const drawn = () => {
    const page = Bokeh.documents[0];
    if (!page || !page.is_idle) { setTimeout(drawn, 10); return; }
    for (const button of buttons) button.addEventListener("click", () => show(button.dataset.show));
    show("0");
    document.body.dataset.ready = Math.round(performance.now());
  };
  drawn();
})();
