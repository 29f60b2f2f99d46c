// What the page uses of Vega's parts, which come without types of their own.
declare module 'vega-view' {
  export class View {
    constructor(runtime: unknown, options: Record<string, unknown>);
    data(name: string, values: readonly object[]): this;
    toSVG(): Promise<string>;
    finalize(): this;
  }
}
declare module 'vega-dataflow' {
  export const transforms: Record<string, unknown>;
}
declare module 'vega-scenegraph' {
  export const textMetrics: {
    width: (item: { fontSize?: number; fontWeight?: string | number }, text: unknown) => number;
  };
}
declare module 'vega-transforms' {
  export const aggregate: unknown;
  export const collect: unknown;
  export const facet: unknown;
  export const filter: unknown;
  export const formula: unknown;
  export const prefacet: unknown;
  export const proxy: unknown;
  export const relay: unknown;
  export const sieve: unknown;
  export const subflow: unknown;
}
declare module 'vega-view-transforms' {
  export const bound: unknown;
  export const mark: unknown;
  export const overlap: unknown;
  export const render: unknown;
  export const viewlayout: unknown;
}
declare module 'vega-encode' {
  export const axisticks: unknown;
  export const datajoin: unknown;
  export const encode: unknown;
  export const scale: unknown;
  export const sortitems: unknown;
}
