/** An element of the page by its id. @throws Error where the page lacks it. */
export function find<Found extends Element = HTMLElement>(id: string): Found {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as unknown as Found;
}

/** A new element with a text. */
export function make(name: string, text: string, className = ''): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}
