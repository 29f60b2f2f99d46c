import type { TopLevelSpec } from 'vega-lite';

/** A drawing taken apart: what it has in common with others of its kind, and what is its own. */
export interface TakenApart {
  /** The drawing with names where its sizes, domains, ticks, places, texts, colours and rows were; it has neither name nor description. */
  shape: TopLevelSpec;
  /** What the names stand for: signals of the compiled drawing. */
  signals: ReadonlyMap<string, unknown>;
  /** Rows by the name of their data set. */
  rows: ReadonlyMap<string, readonly object[]>;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isConstant = (value: unknown) => typeof value === 'number' || typeof value === 'string';

/** Properties of a mark that differ from carrier to carrier, or with the room that names need. */
const ownOfMark = ['color', 'fill', 'stroke', 'dx', 'dy'];

/**
 * Takes out of a layered drawing what Vega-Lite hands on to Vega as it is. It compiles the shape without having seen what is taken out, so
 * that drawings of one shape can share what it made: nothing of the one can be in the other.
 */
export function takeApart(spec: TopLevelSpec): TakenApart {
  const { name: _name, description: _description, title, ...view } = spec as unknown as Json;
  const own = new OwnParts();
  const shape = {
    ...takeView(view, own),
    ...(isObject(title) ? { title: hide(title, ['text'], own) } : { title }),
    params: [...own.signals.keys()].map((name) => ({ name, value: null })),
  };
  const sizes = ['width', 'height'].filter((size) => typeof view[size] === 'number');
  return {
    // Vega has a signal for each size already
    shape: { ...shape, ...Object.fromEntries(sizes.map((size) => [size, 1])) } as unknown as TopLevelSpec,
    signals: new Map([...own.signals, ...sizes.map((size) => [size, view[size]] as const)]),
    rows: own.rows,
  };
}

/** Names for what is taken out, in the order in which it stands. */
class OwnParts {
  readonly signals = new Map<string, unknown>();
  readonly rows = new Map<string, readonly object[]>();
  readonly #shared = new Map<unknown, string>();

  nameConstant(value: unknown): { expr: string } {
    const name = `own_${this.signals.size}`;
    this.signals.set(name, value);
    return { expr: name };
  }

  /** Layers with equal domains or ticks share a scale or an axis, which Vega-Lite has to see. */
  nameList(use: string, values: readonly unknown[]): { expr: string } {
    const key = `${use} ${JSON.stringify(values)}`;
    const name = this.#shared.get(key);
    if (name !== undefined) return { expr: name };
    const given = this.nameConstant(values);
    this.#shared.set(key, given.expr);
    return given;
  }

  nameRows(values: readonly object[]): { name: string } {
    const name = this.#shared.get(values) ?? `rows_${this.rows.size}`;
    this.#shared.set(values, name);
    this.rows.set(name, values);
    return { name };
  }
}

function takeView(view: Json, own: OwnParts): Json {
  const { data, mark, encoding, layer } = view;
  return {
    ...view,
    ...(isObject(data) && Array.isArray(data.values) ? { data: own.nameRows(data.values) } : {}),
    ...(isObject(mark) ? { mark: hide(mark, ownOfMark, own) } : {}),
    ...(isObject(encoding) ? { encoding: takeEncoding(encoding, own) } : {}),
    ...(Array.isArray(layer) ? { layer: layer.map((each: Json) => takeView(each, own)) } : {}),
  };
}

function takeEncoding(encoding: Json, own: OwnParts): Json {
  return Object.fromEntries(
    Object.entries(encoding).map(([channel, def]) => [
      channel,
      isObject(def) ? takeChannel(channel, def, own) : def,
    ]),
  );
}

function takeChannel(channel: string, def: Json, own: OwnParts): Json {
  const { scale, axis } = def;
  const list = (name: string, part: unknown) =>
    isObject(part) && Array.isArray(part[name])
      ? { ...part, [name]: own.nameList(`${channel} ${name}`, part[name]) }
      : part;
  // what a colour's or a dash's scale maps is part of how the drawing is made
  if (channel !== 'x' && channel !== 'y') return hide(def, ['value'], own);
  return {
    ...hide(def, ['value'], own),
    ...(scale === undefined ? {} : { scale: list('domain', scale) }),
    ...(axis === undefined ? {} : { axis: list('values', axis) }),
  };
}

function hide(part: Json, names: readonly string[], own: OwnParts): Json {
  const hidden = names.filter((name) => isConstant(part[name]));
  return { ...part, ...Object.fromEntries(hidden.map((name) => [name, own.nameConstant(part[name])])) };
}
