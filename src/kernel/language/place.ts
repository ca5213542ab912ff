import ts from 'typescript';

/** Gives a made node the place of the one that it stands for, for source maps. */
export function at<T extends ts.Node>(made: T, original: ts.Node): T {
  return ts.setOriginalNode(ts.setTextRange(made, original), original);
}
