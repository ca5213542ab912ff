import type { Config } from 'vega-lite';
import { methodName } from '../tables/methods.js';
import { fontStack } from './fonts.js';

/** Text sizes in pixels. */
export const textSizes = { title: 14, subtitle: 11, label: 11, direct: 12 } as const;

/** What stands above one of several panels: as far above the plot in each, whatever their axes take. */
export function panelTitle(text: string) {
  return {
    text,
    fontSize: textSizes.direct,
    fontWeight: 'normal',
    frame: 'group',
    anchor: 'start',
    offset: 12,
  };
}

const ink = '#1a1a1a';
const faint = '#595959';
const grid = '#e4e4e4';

/**
 * How one method looks in every figure.
 *
 * Colours are Okabe and Ito's, darkened until text in them has a contrast of at least 4.5 on white; the point's shape
 * tells methods apart without colour.
 */
export interface MethodStyle {
  readonly label: string;
  readonly colour: string;
  /** A Vega point shape. */
  readonly shape: string;
}

const styles: Readonly<Record<string, Omit<MethodStyle, 'label'>>> = {
  standard: { colour: '#0068a8', shape: 'circle' },
  distilled: { colour: '#a8457a', shape: 'diamond' },
  jacobian: { colour: '#00785a', shape: 'square' },
  pgd: { colour: '#b84a00', shape: 'triangle-up' },
  random: { colour: '#6e6e6e', shape: 'cross' },
  saliency: { colour: '#0068a8', shape: 'circle' },
  integratedGradients: { colour: '#3f5fc4', shape: 'square' },
  deepLift: { colour: '#7a4fb5', shape: 'triangle-down' },
  gradientShap: { colour: '#a8457a', shape: 'diamond' },
  occlusion: { colour: '#7d6733', shape: 'triangle-right' },
  smoothGrad: { colour: '#007a8a', shape: 'triangle-left' },
  robustAttribution: { colour: '#00785a', shape: 'square' },
  explainer: { colour: '#b84a00', shape: 'triangle-up' },
  explainerStandard: { colour: '#9a5a2a', shape: 'cross' },
  mask: { colour: '#7d6733', shape: 'triangle-down' },
};

/** A method's label, colour and shape; one that is not in the paper is black. */
export function methodStyle(method: string): MethodStyle {
  return { label: methodName(method), ...(styles[method] ?? { colour: ink, shape: 'circle' }) };
}

/**
 * The house theme as a Vega-Lite configuration.
 *
 * It sets every colour that JupyterLab's dark theme would otherwise replace, so that a figure is a white card there, and
 * what is seen equals what is printed.
 */
export const theme: Config = {
  background: 'white',
  font: fontStack,
  padding: 10,
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'bounds',
    color: ink,
    fontSize: textSizes.title,
    fontWeight: 'bold',
    subtitleColor: faint,
    subtitleFontSize: textSizes.subtitle,
    subtitlePadding: 6,
    offset: 12,
  },
  style: { 'guide-label': { fill: ink }, 'guide-title': { fill: ink } },
  axis: {
    labelFontSize: textSizes.label,
    titleFontSize: textSizes.label,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelLimit: 360,
    labelColor: ink,
    titleColor: ink,
    domainColor: faint,
    tickColor: faint,
    gridColor: grid,
  },
  legend: {
    labelFontSize: textSizes.label,
    titleFontSize: textSizes.label,
    titleFontWeight: 'normal',
    labelColor: ink,
    titleColor: ink,
    symbolStrokeColor: ink,
    labelLimit: 360,
  },
};
