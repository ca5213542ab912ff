/** `roarbook/kernel`: what code in a cell, or a package that may run in one, uses of the notebook. */
export { comm } from './comm.js';
export { display, type DisplayHandle, type DisplayOptions } from './display.js';
export { displaySymbol, format } from './format.js';
export { host, type Comm, type CommData, type Host, type MimeBundle } from './host.js';
export { metadataSymbol } from './metadata.js';
export { input, type InputOptions } from './input.js';
export { interruptSignal } from './interrupt.js';
export { progress, type Progress, type ProgressOptions } from './progress.js';
export { column, dropdown, floatSlider, htmlWidget, imageWidget, row } from './widgets/controls.js';
export { Widget, type WidgetState } from './widgets/widget.js';
