import { askForOneDnn } from './oneDnn.js';
import { restoreRemovedFunctions } from './removedFunctions.js';

export { compile } from './compile.js';
export type { CompileOptions, Fed, StateOf, Step, StepResult } from './compile.js';
export { bytes, constants, variables, Variables } from './variables.js';
export type { Updates } from './variables.js';
export type { Precision } from './precision.js';
export { batchNormTraining } from './batchNorm.js';
export type { BatchNormResult } from './batchNorm.js';
export { randomInteger, randomNormal, randomUniform } from './draw.js';
export type { IntegerRange } from './draw.js';
export { repeat } from './repeat.js';

askForOneDnn();
restoreRemovedFunctions();
