import { Widget, type AnyWidget, type WidgetState } from './widget.js';

/** What a dropdown offers. */
export interface DropdownOptions {
  /** The texts to choose from. */
  options: readonly string[];
  /** Said beside it; default nothing. */
  description?: string;
  /** Which option is chosen at first; default 0. */
  index?: number;
}

/** One of several options; `state.index` is the chosen one. */
export function dropdown({ options, description = '', index = 0 }: DropdownOptions) {
  return new Widget('Dropdown', { _options_labels: options, description, index });
}

/** A slider's range and how its number reads. */
export interface FloatSliderOptions {
  /** The number at its left end. */
  min: number;
  /** The number at its right end. */
  max: number;
  /** Default a hundredth of the range. */
  step?: number;
  /** The number at first; default `min`. */
  value?: number;
  /** Said beside it; default nothing. */
  description?: string;
  /** How the number reads, in d3-format's language; default '.2f'. */
  format?: string;
}

/** A number in a range, which is sent while it is dragged; `state.value` is the number. */
export function floatSlider(options: FloatSliderOptions) {
  const { min, max, step = (max - min) / 100, value = min, description = '', format = '.2f' } = options;
  return new Widget('FloatSlider', {
    ...{ min, max, step, value, description },
    readout_format: format,
    continuous_update: true,
  });
}

/** A picture and its size on the page. */
export interface ImageOptions {
  /** A PNG file's bytes. */
  value: Uint8Array;
  /** Pixels on the page. */
  width: number;
  /** Pixels on the page. */
  height: number;
  /** What it shows, for those who cannot see it; the mouse shows it too. Default ''. */
  tooltip?: string;
}

/** A picture. */
export function imageWidget({ value, width, height, tooltip = '' }: ImageOptions) {
  const size = { width: String(width), height: String(height) };
  // The front asks for the description of whatever has a tooltip.
  return new Widget('Image', { value, format: 'png', tooltip, description: '', ...size });
}

/** Text with HTML in it; `state.value` is the text. */
export function htmlWidget(value: string) {
  return new Widget('HTML', { value });
}

/** Widgets side by side. */
export function row(...children: readonly AnyWidget[]) {
  return new Widget<WidgetState>('HBox', { children });
}

/** Widgets one below the other. */
export function column(...children: readonly AnyWidget[]) {
  return new Widget<WidgetState>('VBox', { children });
}
