// One scenario at a time beside the base.
"use strict";
(() => {
  const panels = document.querySelectorAll("[data-panel]");
  const buttons = document.querySelectorAll("button[data-show]");

  const show = number => {
    for (const panel of panels) panel.hidden = panel.dataset.panel !== number;
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.show === number);
  };

  // As many metres to a pixel upwards as across, whatever room the toolbar takes: all maps have the same ranges.
  const square = map => {
    const { x_range, y_range, inner_width, inner_height } = map;
    const metres = Math.max((x_range.end - x_range.start) / inner_width, (y_range.end - y_range.start) / inner_height);
    for (const [range, pixels] of [[x_range, inner_width], [y_range, inner_height]]) {
      const middle = (range.start + range.end) / 2;
      const [start, end] = [middle - metres * pixels / 2, middle + metres * pixels / 2];
      range.setv({ start, end, reset_start: start, reset_end: end });
    }
  };

  const drawn = () => {
    const page = Bokeh.documents[0];
    if (!page || !page.is_idle) { setTimeout(drawn, 10); return; }
    square(page.get_model_by_name("map-0-before"));
    for (const button of buttons) button.addEventListener("click", () => show(button.dataset.show));
    show("0");
    document.body.dataset.ready = Math.round(performance.now());
  };
  drawn();
})();
