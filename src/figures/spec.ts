/** A Vega-Lite 5 specification: plain JSON. */
export type Spec = Record<string, unknown>;
