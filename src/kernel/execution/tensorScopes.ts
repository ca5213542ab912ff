/** What tfjs, any copy of it, keeps of the calls that are under way. */
interface Engine {
  readonly state: {
    gradientDepth: number;
    kernelDepth: number;
    /** Operations recorded for a gradient, with the tensors that they keep for it. */
    activeTape: readonly { saved?: readonly { dispose(): void }[] }[] | null;
    readonly scopeStack: readonly unknown[];
  };
  endScope(): void;
}

/**
 * Closes what force left open in tfjs, whose `finally` blocks did not run: gradients that were being taken, kernels that
 * ran, and `tf.tidy` scopes, whose tensors are freed. Called when no JavaScript is under way.
 */
export function closeTensorScopes(): void {
  // Where tfjs keeps its engine, so that all copies of it share one.
  const { _tfengine: engine } = globalThis as { _tfengine?: Engine };
  if (!engine) return;
  for (const { saved = [] } of engine.state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
  Object.assign(engine.state, { gradientDepth: 0, kernelDepth: 0, activeTape: null });
  while (engine.state.scopeStack.length > 0) engine.endScope();
}
