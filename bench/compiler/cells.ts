/** What is timed in one run: a work at one size, by several contestants in turns. */
export interface Cell {
  /** See `works.ts` for each. */
  readonly work: string;
  /** Of ResNet-18; 0 where there is no network of that kind. */
  readonly width: number;
  /** Images at once. */
  readonly batch: number;
}

/** Works of the network's training and attack, in the letters (a), (b), (c). */
const steps = ['train', 'pgd', 'jacobian'];
/** (d): for one image and for 256. */
const maps = ['saliency', 'smoothGrad', 'integratedGradients'];
const single = ['occlusion', 'gradientShap', 'deepLift'];

const cells = (works: readonly string[], width: number, batch: number): Cell[] =>
  works.map((work) => ({ work, width, batch }));

/** The whole grid, what matters most first: it may be stopped after any cell. */
export const grid: readonly Cell[] = [
  // The machine's rate: 2 · 2048³ operations.
  ...cells(['limit'], 0, 2048),
  ...cells(['train', 'pgd'], 64, 64),
  ...cells(['train', 'pgd'], 16, 128),
  ...cells(['train', 'pgd'], 8, 128),
  ...cells([...maps, 'occlusion'], 64, 1),
  ...cells(['saliency'], 8, 1),
  ...cells(['jacobian'], 16, 128),
  ...cells(['gradientShap', 'deepLift'], 64, 1),
  // (f), (g) and (e).
  ...cells(['removal'], 0, 50_000),
  ...cells(['augment'], 0, 50_000),
  ...cells(['retrain'], 0, 100),
  ...cells(['saliency'], 64, 256),
  ...cells([...maps, ...single], 16, 1),
  ...cells(maps, 16, 256),
  ...cells(steps, 16, 64),
  ...cells(steps, 16, 256),
  ...cells(steps, 8, 64),
  ...cells(steps, 8, 256),
  ...cells(['jacobian'], 8, 128),
  ...cells(['jacobian'], 64, 64),
  ...cells(steps, 32, 128),
  // Cost against the number of attack steps and of images.
  ...cells(['pgd1', 'pgd5', 'pgd20', 'pgd40'], 16, 128),
  ...cells(['removal', 'augment'], 0, 1000),
  ...cells(['removal', 'augment'], 0, 10_000),
  ...cells(['smoothGrad', 'integratedGradients'], 64, 256),
  ...cells(steps, 64, 128),
  ...cells(steps, 64, 256),
];

/** 'train 64 64,saliency 64 1' as cells. */
export function parseCells(text: string): Cell[] {
  return text.split(',').map((part) => {
    const [work = '', width, batch] = part.trim().split(/\s+/);
    return { work, width: Number(width), batch: Number(batch) };
  });
}

export const name = ({ work, width, batch }: Cell): string => `${work} ${width} ${batch}`;
