// Pointer, wheel and drag on a stage, in device pixels.

/**
 * Calls `begin(at)`, `move(at, dx, dy, button)` and `end()` during a drag, `hover(at)` always, `wheel(at, dy)`.
 */
export function onDrag(stage, { begin, move, end, hover, wheel }) {
  let last = null, button = 0;
  const place = event => {
    const box = stage.getBoundingClientRect();
    return { x: (event.clientX - box.left) * devicePixelRatio, y: (event.clientY - box.top) * devicePixelRatio };
  };
  stage.addEventListener("pointerdown", event => {
    if (!event.isPrimary) return;
    stage.setPointerCapture(event.pointerId);
    last = place(event);
    button = event.button;
    begin(last);
  });
  stage.addEventListener("pointermove", event => {
    const at = place(event);
    hover(at);
    if (!last || !event.isPrimary) return;
    move(at, at.x - last.x, at.y - last.y, button);
    last = at;
  });
  for (const name of ["pointerup", "pointercancel"]) {
    stage.addEventListener(name, event => {
      if (!last || !event.isPrimary) return;
      last = null;
      end();
    });
  }
  stage.addEventListener("contextmenu", event => event.preventDefault());
  stage.addEventListener("wheel", event => {
    event.preventDefault();
    wheel(place(event), event.deltaY);
  }, { passive: false });
}
