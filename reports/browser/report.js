// The pages are complete without this script: it sorts tables, saves their rows, copies SQL, shows a mark's text by pointer, tap or keys, and
// hides carriers on request. Nothing is fetched, and every text is set as text.
(() => {
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // On a phone the pages stand in one line that scrolls: this one in sight.
  const navigation = document.querySelector('.top nav');
  const current = navigation?.querySelector('[aria-current]');
  if (current) navigation.scrollLeft = current.offsetLeft - navigation.offsetLeft - 16;

  // Tables: cells without data-value (withheld, too few) stay at the end in either direction.
  const keyOf = (row, index) => {
    const value = row.cells[index]?.dataset.value;
    if (value === undefined || value === '') return null;
    const number = Number(value);
    return Number.isNaN(number) ? value : number;
  };
  const compare = (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left).localeCompare(String(right), document.documentElement.lang || undefined, {
      numeric: true,
    });
  };
  const sort = (table, header, index) => {
    const first = header.dataset.first === 'descending' ? 'descending' : 'ascending';
    const other = first === 'ascending' ? 'descending' : 'ascending';
    const direction = header.getAttribute('aria-sort') === first ? other : first;
    for (const each of table.tHead.rows[0].cells) each.removeAttribute('aria-sort');
    header.setAttribute('aria-sort', direction);
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({
      row,
      key: keyOf(row, index),
      isLast: row.classList.contains('total'),
    }));
    rows.sort((a, b) => {
      if (a.isLast !== b.isLast) return a.isLast ? 1 : -1;
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return direction === 'ascending' ? compare(a.key, b.key) : compare(b.key, a.key);
    });
    body.append(...rows.map((each) => each.row));
  };
  for (const table of document.querySelectorAll('table[data-sortable]')) {
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      if (header.dataset.unsorted !== undefined) return;
      const button = element('button');
      button.type = 'button';
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener('click', () => sort(table, header, index));
    });
  }

  // Rows as CSV, as reports/parts/csv.ts writes them: a text that a spreadsheet would run gets an apostrophe, numbers stay numbers.
  const toCell = (value) => {
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const textOf = (nodes) =>
    nodes
      .map((node) => node.textContent)
      .join(' ')
      .replace(/\s+/g, ' ')
      .trim();
  // A number to its sort key's digits; what stands below it goes into a column of its own.
  const readCell = (cell) => {
    const below = [...cell.querySelectorAll('.sub')];
    const own = cell.cloneNode(true);
    for (const each of own.querySelectorAll('.sub, svg')) each.remove();
    const { value } = cell.dataset;
    const isNumber =
      cell.classList.contains('num') && value !== undefined && value !== '' && !Number.isNaN(Number(value));
    return { value: isNumber ? Number(value) : textOf([own]), detail: textOf(below) };
  };
  const toCsv = (table) => {
    const rows = [...table.tBodies]
      .flatMap((body) => [...body.rows])
      .map((row) => [...row.cells].map(readCell));
    const heads = [...table.tHead.rows[0].cells].map((cell) => textOf([cell]));
    const detailed = heads.map((_, index) => rows.some((row) => row[index]?.detail));
    const widen = (cells) => cells.flatMap((pair, index) => (detailed[index] ? pair : pair.slice(0, 1)));
    const lines = [
      widen(heads.map((head) => [head, `${head}, detail`])),
      ...rows.map((row) => widen(row.map(({ value, detail }) => [value, detail]))),
    ];
    return lines.map((cells) => `${cells.map(toCell).join(',')}\r\n`).join('');
  };
  const pageName =
    location.pathname
      .split('/')
      .pop()
      .replace(/\.html$/, '') || 'report';
  for (const frame of document.querySelectorAll('.table')) {
    const table = frame.querySelector('table');
    if (!table?.tHead || table.tBodies.length === 0) continue;
    const label = frame.getAttribute('aria-label') ?? 'table';
    const button = element('button', '', 'Rows as CSV');
    button.type = 'button';
    button.setAttribute('aria-label', `Rows as CSV: ${label}`);
    button.addEventListener('click', () => {
      const link = element('a');
      const url = URL.createObjectURL(new Blob([toCsv(table)], { type: 'text/csv;charset=utf-8' }));
      link.href = url;
      const name = `${pageName}-${frame.closest('section')?.id ?? ''}-${label}`;
      link.download = `${name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/-$/, '')}.csv`;
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
    const line = element('p', 'save no-print');
    line.append(button);
    frame.after(line);
  }

  // Copy buttons.
  const select = (node) => {
    const selection = getSelection();
    selection.removeAllRanges();
    const range = document.createRange();
    range.selectNodeContents(node);
    selection.addRange(range);
  };
  for (const block of document.querySelectorAll('.sql')) {
    const button = element('button', '', 'Copy');
    button.type = 'button';
    button.addEventListener('click', async () => {
      const text = block.querySelector('pre').textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
      } catch {
        select(block.querySelector('pre'));
        button.textContent = 'Selected: press Ctrl+C';
      }
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 2000);
    });
    block.prepend(button);
  }

  // Tooltips: a mark's own title, shown at once, by pointer, tap or arrow keys. The drawing as a whole has its text for screen readers.
  const tip = element('div', 'tip');
  tip.hidden = true;
  tip.setAttribute('role', 'status');
  document.body.append(tip);
  let pointed = null;
  const hide = () => {
    tip.hidden = true;
    pointed?.classList.remove('is-pointed');
    pointed = null;
  };
  const show = (mark, x, y) => {
    if (mark !== pointed) {
      pointed?.classList.remove('is-pointed');
      mark.classList.add('is-pointed');
      pointed = mark;
      tip.textContent = mark.dataset.tip;
    }
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, x + 12), document.documentElement.clientWidth - box.width - 8);
    const top = y - box.height - 12 < 0 ? y + 18 : y - box.height - 12;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  };
  // The narrow drawing names a text of the wide one by its number.
  for (const figure of document.querySelectorAll('.figure')) {
    const titles = [...figure.querySelectorAll('.wide title')].map((title) => title.textContent);
    const texts = [...new Set(titles)];
    for (const number of figure.querySelectorAll('.narrow metadata')) {
      number.parentNode.dataset.tip = texts[Number(number.textContent)] ?? '';
      number.remove();
    }
  }
  for (const title of document.querySelectorAll('.figure svg title')) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  const middleOf = (mark) => {
    const { left, top, width, height } = mark.getBoundingClientRect();
    return { mark, x: left + width / 2, y: top + height / 2, isSeen: width + height > 0 };
  };
  const reachPx = 24;
  for (const figure of document.querySelectorAll('.figure')) {
    const marks = [...figure.querySelectorAll('[data-tip]')];
    if (marks.length === 0) continue;
    // Of the drawing that is shown: the wide or the narrow one, without what is hidden.
    const list = () => marks.map(middleOf).filter(({ mark, isSeen }) => isSeen && !mark.closest('.is-off'));
    const point = ({ mark, x, y }) => show(mark, x, y);
    figure.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'touch') return;
      const mark = event.target.closest('[data-tip]');
      if (mark) show(mark, event.clientX, event.clientY);
      else hide();
    });
    figure.addEventListener('pointerleave', (event) => {
      if (event.pointerType !== 'touch') hide();
    });
    // A finger is wider than a mark: the nearest within reach is meant.
    figure.addEventListener('click', (event) => {
      if (event.target.closest('button, a')) return;
      const hit = event.target.closest('[data-tip]');
      const far = ({ x, y }) => Math.hypot(x - event.clientX, y - event.clientY);
      const nearest = list().sort((a, b) => far(a) - far(b))[0];
      if (hit) show(hit, event.clientX, event.clientY);
      else if (nearest && far(nearest) <= reachPx) point(nearest);
      else hide();
    });
    figure.tabIndex = 0;
    figure.addEventListener('blur', hide);
    figure.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: 0, End: 0 }[event.key];
      if (step === undefined || event.target !== figure) return;
      event.preventDefault();
      const [first, second] = event.key === 'ArrowUp' || event.key === 'ArrowDown' ? ['y', 'x'] : ['x', 'y'];
      const sorted = list().sort((a, b) => a[first] - b[first] || a[second] - b[second]);
      if (sorted.length === 0) return;
      const at = sorted.findIndex(({ mark }) => mark === pointed);
      let next = at + step;
      if (event.key === 'Home' || (at < 0 && step > 0)) next = 0;
      if (event.key === 'End' || (at < 0 && step < 0)) next = sorted.length - 1;
      const target = sorted[Math.min(Math.max(next, 0), sorted.length - 1)];
      if (!target) return;
      const { y } = target;
      if (y < 0 || y > innerHeight) target.mark.scrollIntoView({ block: 'center' });
      point(middleOf(target.mark));
    });
  }
  addEventListener('click', (event) => {
    if (!event.target.closest('.figure')) hide();
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });

  // On paper, and in a PDF that is sent, a link to another page leads nowhere: its text stays.
  const unlinked = new Map();
  addEventListener('beforeprint', () => {
    hide();
    for (const link of document.querySelectorAll('a[href]:not([href^="#"])')) {
      unlinked.set(link, link.getAttribute('href'));
      link.removeAttribute('href');
    }
  });
  addEventListener('afterprint', () => {
    for (const [link, href] of unlinked) link.setAttribute('href', href);
    unlinked.clear();
  });

  // Carrier toggles: a press hides or shows a carrier, the pointer or the focus on a button brings its limits out.
  for (const figure of document.querySelectorAll('.figure[data-carriers]')) {
    const marksOf = new Map();
    for (const mark of figure.querySelectorAll('[data-carrier]')) {
      const marks = marksOf.get(mark.dataset.carrier) ?? [];
      marks.push(mark);
      marksOf.set(mark.dataset.carrier, marks);
    }
    const shown = JSON.parse(figure.dataset.carriers).filter(([code]) => marksOf.has(code));
    if (shown.length < 2 || shown.length > 16) continue;
    const group = element('div', 'toggles');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', 'Carriers shown');
    const off = new Set();
    const draw = (active) => {
      for (const [code, marks] of marksOf) {
        for (const mark of marks) {
          mark.classList.toggle('is-off', off.has(code));
          mark.classList.toggle('is-faded', active !== null && active !== code && !off.has(code));
          mark.classList.toggle('is-active', active === code && !off.has(code));
        }
      }
    };
    for (const [code, name] of shown) {
      const button = element('button', '', name);
      button.type = 'button';
      button.setAttribute('aria-pressed', 'true');
      button.addEventListener('click', () => {
        if (!off.delete(code)) off.add(code);
        button.setAttribute('aria-pressed', String(!off.has(code)));
        draw(off.has(code) ? null : code);
      });
      for (const type of ['pointerenter', 'focus'])
        button.addEventListener(type, () => draw(off.has(code) ? null : code));
      for (const type of ['pointerleave', 'blur']) button.addEventListener(type, () => draw(null));
      group.append(button);
    }
    figure.prepend(group);
  }
})();
