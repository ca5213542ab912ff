import { ArgumentError } from '../errors.js';
import type { Batching } from '../models/inBatches.js';
import type { Random } from '../random.js';
import { type Ball, checkBall, type Norm } from './norms.js';

/** All lengths are in pixel units: 8/255, never 8. */
export interface ApgdOptions extends Batching {
  /** 'l2' over all H·W·C entries of an image, 'linf' per entry. */
  norm: Norm;
  /** Radius of the ball, > 0. */
  epsilon: number;
  /** Default 100. */
  steps?: number;
  /** Runs from another starting point for images that none has fooled yet; default 1. */
  restarts?: number;
  /** The step size is halved unless more than this share of steps goes upwards; default 0.75. */
  rho?: number;
  /** Draws the starting points. */
  random: Random;
}

/** The numbers of one run. */
export interface ApgdPlan extends Ball {
  steps: number;
  rho: number;
}

/** Fills in the defaults. @throws {ArgumentError} If a number is out of range. */
export function apgdPlan(name: string, options: ApgdOptions): ApgdPlan {
  const { norm, epsilon, steps = 100, restarts = 1, rho = 0.75 } = options;
  checkBall(name, { norm, epsilon }, '> 0');
  for (const [option, value] of Object.entries({ steps, restarts })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ArgumentError(`${name}: ${option} must be a positive integer, got ${value}`);
    }
  }
  if (!(rho > 0 && rho < 1)) throw new ArgumentError(`${name}: rho must be in (0, 1), got ${rho}`);
  return { norm, epsilon, steps, rho };
}
