import type { DataType } from '@uwdata/flechette';
import { tableOf } from '../tables/table.js';
import type { Measured } from './records.js';

/**
 * Numbers of a run as an Arrow IPC stream. The columns' types are the same for all runs: streams of several can be joined.
 *
 * @param rows - At least one.
 */
export async function arrowStream(rows: readonly Measured[]): Promise<Uint8Array> {
  const { float64, int32, int64, utf8 } = await import('@uwdata/flechette');
  const types: Record<keyof Measured, DataType> = {
    quantity: utf8(),
    value: float64(),
    images: int32(),
    model: utf8(),
    seed: int64(),
    attribution: utf8(),
    level: float64(),
    view: utf8(),
    attack: utf8(),
    seconds: float64(),
    key: utf8(),
  };
  const columns = Object.keys(types);
  // Without `format: 'file'` it is bytes.
  return tableOf(rows.map((row) => ({ ...row }))).toArrowIPC({
    format: 'stream',
    columns,
    types,
  }) as Uint8Array;
}
