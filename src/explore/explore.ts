import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core/dist/tensor.js';
import type { Norm } from '../attacks/norms.js';
import { saliency } from '../attribution/saliency.js';
import { gather } from '../data/batches.js';
import type { Dataset } from '../data/dataset.js';
import { display } from '../display/display.js';
import { displaySymbol } from '../display/format.js';
import type { MimeBundle } from '../display/host.js';
import { escaped, withoutTags } from '../display/html.js';
import { column, dropdown, floatSlider, htmlWidget, imageWidget, row } from '../display/widgets/controls.js';
import { hidesStill, stillHtml } from '../display/widgets/still.js';
import { hasWidgets, type Widget } from '../display/widgets/widget.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { imageUrls, mapUrls } from '../figures/pictures.js';
import type { Classifier } from '../models/model.js';
import { normName, radiusName } from '../tables/settings.js';
import { latest } from './latest.js';
import { liveAttack } from './liveAttack.js';

/** Maps of images [N, H, W, C], shaped as they are. */
export type LiveAttribution = (model: Classifier, images: Tensor4D) => Promise<Tensor4D>;

/** What can be chosen, and the attack that is dragged. */
export interface ExploreOptions {
  /** Default 'l2'. */
  norm?: Norm;
  /** Largest radius in pixel units; default 3 for 'l2', 16/255 for 'linf'. */
  maxEpsilon?: number;
  /** Steps of the attack; default 10. */
  steps?: number;
  /** How many images can be chosen, from the first on; default 200. */
  count?: number;
  /** Attribution methods to choose from, by name; default saliency. */
  attributions?: Readonly<Record<string, LiveAttribution>>;
}

/** Marks what a notebook shows as the last pictures of live controls: no result, but where somebody left them. */
export const liveMime = 'application/vnd.roarbook.live+json';

const side = 160;
/** Milliseconds without a change after which the file's pictures are renewed. */
const rest = 500;

/**
 * Controls in a notebook: pick an image, drag ε, and see the attacked image, the prediction and its map change.
 *
 * The attack is PGD from the image itself, away from its true class. The model must stay undisposed while the controls
 * are used.
 *
 * @returns What shows itself as the last expression of a cell; `close` removes it and frees what it holds.
 * @throws {ArgumentError} Outside a notebook, or if an option is out of range.
 */
export async function explore(
  model: Classifier,
  dataset: Dataset,
  options: ExploreOptions = {},
): Promise<Exploration> {
  checkOptions('explore', options);
  const { norm = 'l2', steps = 10, count = 200, attributions = { saliency } } = options;
  const { maxEpsilon = norm === 'l2' ? 3 : 16 / 255 } = options;
  if (!(maxEpsilon > 0 && maxEpsilon < Infinity))
    throw new ArgumentError(`explore: maxEpsilon must be a number > 0, got ${maxEpsilon}`);
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new ArgumentError(`explore: steps must be a positive integer, got ${steps}`);
  const exploration = new Exploration(model, dataset, { norm, steps, count, attributions, maxEpsilon });
  await exploration.update();
  return exploration;
}

/** The controls of `explore` and what they show. */
export class Exploration {
  readonly #image;
  readonly #epsilon;
  readonly #method;
  readonly #pictures = [0, 1, 2].map(() =>
    imageWidget({ value: new Uint8Array(), width: side, height: side }),
  );
  readonly #texts = [0, 1, 2].map(() => htmlWidget(''));
  readonly #whole: Widget;
  /** The pictures have an output of their own, which is renewed when the controls have come to rest. */
  #kept = false;
  #rest: NodeJS.Timeout | undefined;
  readonly #attack;

  constructor(
    private readonly model: Classifier,
    private readonly dataset: Dataset,
    private readonly options: Required<ExploreOptions>,
  ) {
    const { norm, maxEpsilon, count, attributions } = options;
    const names = Array.from(
      dataset.labels.subarray(0, count),
      (label, i) => `${i}: ${this.#className(label)}`,
    );
    this.#image = dropdown({ options: names, description: 'image' });
    const format = norm === 'l2' ? '.2f' : '.4f';
    this.#epsilon = floatSlider({ min: 0, max: maxEpsilon, value: 0, description: 'ε', format });
    this.#method = dropdown({ options: Object.keys(attributions), description: 'map' });
    this.#attack = liveAttack(model, options);
    const panels = this.#pictures.map((picture, i) => column(picture, this.#texts[i] ?? htmlWidget('')));
    // The slider has a line of its own: beside two menus its track is too short to drag.
    const live = htmlWidget('');
    this.#whole = column(row(this.#image, this.#method), this.#epsilon, row(...panels), live);
    live.set({ value: hidesStill(this.#whole.id) });
    const failed = (error: unknown) =>
      this.#texts[0]?.set({ value: `<b>failed</b>: ${escaped(String(error))}` });
    const update = latest(() => this.update(), failed);
    for (const control of [this.#image, this.#epsilon, this.#method]) control.onChange(update);
  }

  /** Computes and shows what the controls now ask for. */
  async update(): Promise<void> {
    const { dataset, model, options } = this;
    const index = this.#image.state.index;
    const epsilon = this.#epsilon.state.value;
    const method = Object.values(options.attributions)[this.#method.state.index] ?? saliency;
    const label = dataset.labels[index] ?? 0;
    const inputs = {
      images: tf.tensor4d(gather(dataset, Int32Array.of(index)), [1, ...dataset.shape]),
      labels: tf.tensor1d([label], 'int32'),
      epsilon: tf.scalar(Math.max(epsilon, 1e-9)),
    };
    const { attacked, logits } = this.#attack.run(inputs);
    const map = await method(model, attacked);
    try {
      const said = await prediction(logits, (k) => this.#className(k));
      // Float32 tensors give Float32Arrays.
      const [images, values] = [(await attacked.data()) as Float32Array, (await map.data()) as Float32Array];
      const shape = dataset.shape;
      const urls = [
        ...imageUrls(gather(dataset, Int32Array.of(index)), shape),
        ...imageUrls(images, shape),
        ...mapUrls(values, { name: 'explore: a map', count: 1, shape }),
      ];
      this.#show(urls, [
        `${this.#className(label)}, as it is`,
        `attacked: <b>${escaped(said)}</b>`,
        `${escaped(Object.keys(options.attributions)[this.#method.state.index] ?? '')} of the attacked image`,
      ]);
    } finally {
      tf.dispose([inputs, attacked, logits, map]);
    }
  }

  /** Removes the controls and frees what they hold; the model stays. */
  close(): void {
    clearTimeout(this.#rest);
    this.#attack.dispose();
    this.#whole.close();
  }

  /** What a notebook shows: the controls; the pictures as they are, for viewers without widgets and for later. */
  [displaySymbol](): MimeBundle {
    const view = this.#whole[displaySymbol]();
    if (!hasWidgets()) return { ...view, [liveMime]: {}, 'text/html': this.#still() };
    this.#keepStill();
    return view;
  }

  /** An output of its own, which the file keeps: a notebook that is opened without its kernel shows the last pictures. */
  #keepStill(): void {
    const { id } = this.#whole;
    const said = [this.#attackName(), ...this.#texts.map(({ state }) => withoutTags(state.value))].join('; ');
    const bundle = { [liveMime]: {}, 'text/html': stillHtml(id, this.#still()), 'text/plain': said };
    display.bundle(bundle, { id: `still-${id}` });
    this.#kept = true;
  }

  /** What the slider says, for who does not see it: 'PGD-ℓ2, ε = 0.5, 10 steps'. */
  #attackName(): string {
    const { norm, steps } = this.options;
    const radius = radiusName({ norm, epsilon: this.#epsilon.state.value });
    return `PGD-${normName(norm)}, ε = ${radius}, ${steps} steps`;
  }

  /** The pictures and what is said of them. */
  #still(): string {
    const figures = this.#pictures.map(({ state }, i) => {
      const base64 = Buffer.from(state.value).toString('base64');
      const image = `<img width="${side}" height="${side}" alt="" src="data:image/png;base64,${base64}">`;
      return `<figure style="display:inline-block;margin:0 1em 0 0">${image}<figcaption>${this.#texts[i]?.state.value}</figcaption></figure>`;
    });
    return `<div>${this.#attackName()}</div>${figures.join('')}`;
  }

  #show(urls: readonly string[], texts: readonly string[]): void {
    urls.forEach((url, i) => {
      const said = texts[i] ?? '';
      // The widget has no other alternative for those who cannot see it.
      const value = Buffer.from(url.split(',')[1] ?? '', 'base64');
      this.#pictures[i]?.set({ value, tooltip: withoutTags(said) });
      this.#texts[i]?.set({ value: said });
    });
    if (!this.#kept) return;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#keepStill(), rest);
  }

  #className(index: number): string {
    return this.dataset.classes[index] ?? String(index);
  }
}

/** The largest logit's class and its probability: 'cat, 93 %'. */
async function prediction(logits: Tensor2D, name: (index: number) => string): Promise<string> {
  const probabilities = tf.softmax(logits);
  const values = await probabilities.data();
  probabilities.dispose();
  const best = values.indexOf(Math.max(...values));
  return `${name(best)}, ${Math.round(100 * (values[best] ?? 0))} %`;
}
