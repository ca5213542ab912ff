export { device, deviceInfo } from './device.js';
export type { Device } from './device.js';
