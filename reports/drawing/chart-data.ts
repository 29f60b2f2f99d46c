import type { TopLevelSpec } from 'vega-lite';

/** The rows of one layer. */
type LayerValues = readonly object[];

interface Layers {
  layer: { data?: { values?: unknown; name?: string } }[];
}

const hasLayers = (spec: TopLevelSpec | null): spec is TopLevelSpec & Layers =>
  spec !== null && 'layer' in spec;

/** How the data set of a layer is called in a template. */
export const nameLayerData = (place: number) => `layer_${place}`;

/** The rows of each layer of a drawing, in its order. */
export function readLayerValues(spec: TopLevelSpec | null): LayerValues[] {
  if (!hasLayers(spec)) return [];
  return spec.layer.map(({ data }) => (Array.isArray(data?.values) ? (data.values as object[]) : []));
}

/** The same drawing without its rows: each layer waits for a data set of its own name. */
export function dropLayerValues(spec: TopLevelSpec): TopLevelSpec {
  if (!hasLayers(spec)) return spec;
  return {
    ...spec,
    layer: spec.layer.map((each, place) => ({ ...each, data: { name: nameLayerData(place) } })),
  } as TopLevelSpec;
}
