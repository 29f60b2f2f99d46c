// The pages are complete without this script: it sorts tables, saves their rows, copies SQL, shows a mark's text beside the pointer and
// hides carriers on request. Nothing is fetched, and every text is set as text.
(() => {
  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

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

  // Tooltips: a mark's own title, shown at once. The drawing as a whole has its text for screen readers.
  const tip = element('div', 'tip');
  tip.hidden = true;
  document.body.append(tip);
  const hide = () => {
    tip.hidden = true;
  };
  const show = (text, x, y) => {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, x + 12), document.documentElement.clientWidth - box.width - 8);
    const top = y - box.height - 12 < 0 ? y + 18 : y - box.height - 12;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  };
  for (const title of document.querySelectorAll('.figure svg title')) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  for (const figure of document.querySelectorAll('.figure')) {
    figure.addEventListener('pointermove', (event) => {
      const mark = event.target.closest('[data-tip]');
      if (mark) show(mark.dataset.tip, event.clientX, event.clientY);
      else hide();
    });
    figure.addEventListener('pointerleave', hide);
  }
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
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
