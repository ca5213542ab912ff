import type { Claim } from '../tables/claims.js';
import type { Defense } from './kinds/model.js';
import { Laboratory } from './laboratory.js';
import type { Measurement } from './laboratory.js';
import type { Profile } from './profiles.js';

/** The four models of section A3. */
export type Method = 'standard' | 'distilled' | 'jacobian' | 'pgd';
/** What decides which pixels are removed; 'random' and 'mask' are controls. */
export type Removal = Method | 'random' | 'mask';

const methods: readonly Method[] = ['standard', 'distilled', 'jacobian', 'pgd'];
const removals: readonly Removal[] = [...methods, 'random', 'mask'];
