import { dtypes, kinds, typeAttribute, type Attribute, type TensorMetadata } from './native.js';

type Execute = (op: string, ids: readonly number[], further: readonly Attribute[]) => TensorMetadata[];

/**
 * A softmax over the last axis in the operations that TensorFlow's own kernel for the CPU consists of, with the same bits.
 *
 * Within functions TensorFlow replaces that kernel by oneDNN's, which rounds otherwise; eagerly it does not.
 */
export function softmaxParts(logits: number, axis: number, execute: Execute): TensorMetadata[] {
  const reduce = [
    { name: 'keep_dims', type: kinds.boolean, value: true },
    typeAttribute('Tidx', dtypes.int32),
  ];
  const one = (op: string, ids: readonly number[], further: readonly Attribute[] = []) =>
    execute(op, ids, further)[0]?.id ?? 0;
  const exponentials = one('Exp', [one('Sub', [logits, one('Max', [logits, axis], reduce)])]);
  const sums = one('Sum', [exponentials, axis], reduce);
  return execute('Mul', [exponentials, one('Inv', [sums])], []);
}
