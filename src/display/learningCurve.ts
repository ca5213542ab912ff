/** The horizontal axis of a learning curve. */
export interface CurveAxis {
  /** What is counted along it: 'epoch'. */
  readonly label: string;
  /** Its left end. */
  readonly from: number;
  /** Its right end. */
  readonly to: number;
}

interface Point {
  readonly x: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A longer curve is thinned to half, so that what a notebook stores has a bound: about 6 kB for each measure. */
const longest = 240;
const size = { width: 220, height: 64 };

/** Measurements along a computation, drawn as one small chart for each of them. */
export class LearningCurve {
  readonly #axis: CurveAxis;
  #points: Point[] = [];
  /** Measurements that one point stands for. */
  #stride = 1;
  #waiting: Point[] = [];

  constructor(axis: CurveAxis) {
    this.#axis = axis;
  }

  get isDrawable(): boolean {
    return this.#points.length > 1;
  }

  /** Adds finite measurements at a place of the axis. */
  add(x: number, values: Readonly<Record<string, number>>): void {
    if (!Object.values(values).every(Number.isFinite)) return;
    this.#waiting.push({ x, values });
    if (this.#waiting.length < this.#stride) return;
    this.#points.push(mean(this.#waiting));
    this.#waiting = [];
    if (this.#points.length < longest) return;
    this.#points = pairs(this.#points).map(mean);
    this.#stride *= 2;
  }

  /** One chart for each measure; lines and text take the page's colour, so that they read in every theme. */
  html(): string {
    const names = Object.keys(this.#points[0]?.values ?? {});
    return names.map((name) => this.#chart(name)).join('');
  }

  #chart(name: string): string {
    const { label, from, to } = this.#axis;
    const places = this.#points.map(({ x, values }) => ({ x, y: values[name] ?? NaN }));
    const ys = places.map(({ y }) => y);
    const [low, high] = [Math.min(...ys), Math.max(...ys)];
    const across = (x: number) => (size.width * (x - from)) / (to - from || 1);
    const down = (y: number) => 2 + (size.height - 4) * (high > low ? (high - y) / (high - low) : 0.5);
    const line = places.map(({ x, y }) => `${across(x).toFixed(1)},${down(y).toFixed(1)}`).join(' ');
    const said = `${name} from ${short(ys[0])} to ${short(ys.at(-1))}`;
    return (
      `<figure style="display:inline-block;margin:0.3em 2em 0 0">` +
      `<figcaption><small>${name}, ${short(low)} … ${short(high)}</small></figcaption>` +
      `<svg width="${size.width}" height="${size.height}" role="img" aria-label="${said}" style="overflow:visible">` +
      `<path d="M0,0V${size.height}H${size.width}" fill="none" stroke="currentColor" stroke-opacity="0.35"/>` +
      `<polyline points="${line}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>` +
      `<div style="display:flex;justify-content:space-between;width:${size.width}px">` +
      `<small>${label} ${short(from)}</small><small>${short(to)}</small></div></figure>`
    );
  }
}

function mean(points: readonly Point[]): Point {
  const average = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
  const names = Object.keys(points[0]?.values ?? {});
  return {
    x: average(points.map(({ x }) => x)),
    values: Object.fromEntries(
      names.map((name) => [name, average(points.map(({ values }) => values[name] ?? NaN))]),
    ),
  };
}

function pairs(points: readonly Point[]): Point[][] {
  return Array.from({ length: Math.ceil(points.length / 2) }, (_, i) => points.slice(2 * i, 2 * i + 2));
}

function short(value = NaN): string {
  return String(Number(value.toPrecision(3)));
}
