import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../../errors.js';
import { readSafetensors } from '../../models/safetensors.js';

/** The file of a training's checkpoint in a folder; one that is damaged is removed, and the training starts over. */
export async function wholeCheckpoint(folder: string, label: string): Promise<string> {
  const file = path.join(folder, 'training');
  if (!existsSync(file)) return file;
  try {
    await readSafetensors(file);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    console.warn(`${label}: its checkpoint was changed or is damaged; the training starts over`);
    rmSync(file);
  }
  return file;
}
