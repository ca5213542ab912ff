/** What this module needs of a tfjs tensor; nothing here imports tfjs. */
interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<unknown>;
}

/** Recognises a tensor of any copy of tfjs. */
export function isTensor(value: object): value is TensorLike {
  return 'dataId' in value && 'dtype' in value && 'shape' in value && 'dataSync' in value;
}

/** Above this many entries a summary would cost more than it tells. */
const summarised = 5_000_000;
const shown = 12;

/** Shape, type, range and mean, and the entries where there are few. */
export function tensorText(tensor: TensorLike): string {
  const head = `Tensor ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (tensor.isDisposed) return `${head} (disposed)`;
  if (tensor.size === 0 || tensor.size > summarised) return head;
  const data = tensor.dataSync();
  const entries = Array.from({ length: Math.min(data.length, shown) }, (_, i) => entry(data[i]));
  const values = `[${entries.join(', ')}${data.length > shown ? ', …' : ''}]`;
  const numeric = tensor.dtype === 'float32' || tensor.dtype === 'int32';
  return [head, ...(numeric ? [range(data)] : []), values].join('\n');
}

function entry(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : String(value);
}

function range(data: ArrayLike<unknown>): string {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let bad = 0;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isFinite(value)) bad++;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
    }
  }
  const finite = data.length - bad;
  const stats =
    finite > 0 ? `min ${entry(min)}, mean ${entry(sum / finite)}, max ${entry(max)}` : 'no finite entry';
  return bad > 0 ? `${stats}, ${bad} not finite` : stats;
}
