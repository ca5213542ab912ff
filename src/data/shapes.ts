import { noteUse } from '../display/session.js';
import { ArgumentError, checkOptions } from '../errors.js';
import { checkRandom, type Random } from '../random.js';
import { checksum, combineChecksums } from './checksum.js';
import type { Dataset, SourcedTrainTest } from './dataset.js';

/** How many images are drawn. */
export interface ShapesOptions {
  /** Training images. */
  count: number;
  /** Test images, drawn apart from the training images; default a quarter of `count`, at least 1. */
  test?: number;
  /** Draws forms, places and colours; the same seed gives the same images. */
  random: Random;
}

const side = 32;

type Point = readonly [x: number, y: number];

/** Whether a point of the plane lies in a shape of radius 1 around the origin; y points down. */
const shapeTests = {
  disc: ([x, y]: Point) => Math.hypot(x, y) < 0.95,
  square: ([x, y]: Point) => Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  triangle: ([x, y]: Point) => y < 0.75 && y > 2 * Math.abs(x) * 0.9 - 1,
  ring: ([x, y]: Point) => Math.hypot(x, y) < 1 && Math.hypot(x, y) > 0.55,
  frame: ([x, y]: Point) => between(Math.max(Math.abs(x), Math.abs(y)), [0.5, 0.9]),
  plus: ([x, y]: Point) =>
    Math.min(Math.abs(x), Math.abs(y)) < 0.28 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  cross: ([x, y]: Point) => Math.min(Math.abs(x - y), Math.abs(x + y)) < 0.4 && Math.hypot(x, y) < 1.05,
  diamond: ([x, y]: Point) => Math.abs(x) * 1.3 + Math.abs(y) < 1,
  stripes: ([x, y]: Point) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.abs(y) > 0.35,
  bowl: ([x, y]: Point) => Math.hypot(x, y) < 1 && y > 0,
} satisfies Record<string, (point: Point) => boolean>;

/** The ten classes of `shapes`, in the order of their labels. */
export const shapeClasses = Object.keys(shapeTests);

const insides = Object.values(shapeTests);

/**
 * Generated 32×32 colour images of ten shapes, with a mask of the pixels that decide the class.
 *
 * Each image shows one shape at a random place, of a random size (radius 9 to 13 pixels) and a random colour on a
 * background of two random colours that flow into each other; both carry noise. Neither colour depends on the class.
 * The classes are balanced in every ten images; an image depends on `random`'s seed and its position alone, so a
 * larger set begins with the smaller one, and the same seed gives the same bytes.
 *
 * @returns Bytes [N, 32, 32, 3]; masks [N, 32, 32] are 1 on the pixels whose centre the shape covers.
 * @throws {ArgumentError} If a count is not a positive integer.
 */
export function shapes(options: ShapesOptions): SourcedTrainTest {
  checkOptions('shapes', options);
  const { count, test = Math.max(1, Math.round(count / 4)), random } = options;
  for (const [name, value] of Object.entries({ count, test }))
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`shapes: ${name} must be a positive integer, got ${value}`);
  checkRandom('shapes', random);
  const phrases = {
    train: `${count.toLocaleString('en')} training`,
    test: `${test.toLocaleString('en')} test`,
  };
  const sets = {
    train: draw(count, random.fork('train'), phrases.train),
    test: draw(test, random.fork('test'), phrases.test),
  };
  const sum = combineChecksums(sets.train.source.checksum, sets.test.source.checksum);
  const both = source(`${phrases.train} and ${phrases.test}`, sum);
  noteUse('datasets', sum, { caption: both.caption, checksum: sum });
  return { ...sets, source: both };
}

function source(phrase: string, sum: string) {
  return {
    name: 'generated shapes',
    official: null,
    checksum: sum,
    caption: `generated shapes, ${phrase} images`,
  };
}

function draw(count: number, random: Random, phrase: string): Dataset {
  const images = new Uint8Array(count * side * side * 3);
  const masks = new Uint8Array(count * side * side);
  const labels = new Int32Array(count);
  for (let start = 0; start < count; start += insides.length) {
    const order = random.fork(`order ${start}`).permutation(insides.length);
    labels.set(order.subarray(0, count - start), start);
  }
  labels.forEach((label, i) => {
    const mask = masks.subarray(i * side * side, (i + 1) * side * side);
    paint(images.subarray(i * mask.length * 3, (i + 1) * mask.length * 3), mask, {
      inside: insides[label] ?? (() => false),
      random: random.fork(i),
    });
  });
  const shape = [side, side, 3] as const;
  const sum = checksum({ images, labels, shape });
  return { images, labels, shape, classes: shapeClasses, masks, source: source(phrase, sum) };
}

function paint(
  image: Uint8Array,
  mask: Uint8Array,
  { inside, random }: { inside: (point: Point) => boolean; random: Random },
): void {
  const within = (low: number, high: number) => low + (high - low) * random.uniform();
  const radius = within(9, 13);
  const centre = [within(radius, side - radius), within(radius, side - radius)] as const;
  const ends = [colour(random), colour(random)] as const;
  const fill = farColour(ends, random);
  const direction = within(0, 2 * Math.PI);
  const [across, along] = [Math.cos(direction) / side, Math.sin(direction) / side];
  for (let i = 0; i < mask.length; i++) {
    const [x, y] = [(i % side) + 0.5, Math.floor(i / side) + 0.5];
    const covered = inside([(x - centre[0]) / radius, (y - centre[1]) / radius]);
    mask[i] = covered ? 1 : 0;
    const blend = 0.5 + (x - side / 2) * across + (y - side / 2) * along;
    for (let channel = 0; channel < 3; channel++) {
      const ground = (ends[0][channel] ?? 0) * (1 - blend) + (ends[1][channel] ?? 0) * blend;
      const level = covered ? (fill[channel] ?? 0) : ground;
      image[3 * i + channel] = Math.min(255, Math.max(0, Math.round(level + 12 * random.normal())));
    }
  }
}

function colour(random: Random): number[] {
  return Array.from({ length: 3 }, () => 255 * random.uniform());
}

/** A colour at least 100 levels (Euclidean, of 442) from both ends of the background and their middle. */
function farColour(ends: readonly [number[], number[]], random: Random): number[] {
  for (;;) {
    const candidate = colour(random);
    const middle = candidate.map((_, channel) => ((ends[0][channel] ?? 0) + (ends[1][channel] ?? 0)) / 2);
    const distances = [...ends, middle].map((end) =>
      Math.hypot(...end.map((value, channel) => value - (candidate[channel] ?? 0))),
    );
    if (Math.min(...distances) > 100) return candidate;
  }
}

function between(value: number, [low, high]: Point): boolean {
  return value > low && value < high;
}
