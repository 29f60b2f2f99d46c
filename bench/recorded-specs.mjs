import { renderSvg as render } from '../dist/reports/drawing/render.js';

export * from '../dist/reports/drawing/render.js';

export const recorded = [];

/** Draws, and keeps what was drawn. */
export function renderSvg(spec, options) {
  recorded.push({ spec, options });
  return render(spec, options);
}
