const names: Readonly<Record<string, string>> = {
  standard: 'Standard',
  distilled: 'Distillation',
  jacobian: 'Jacobian',
  pgd: 'PGD ℓ2',
  random: 'Random pixels',
  mask: 'Mask only',
  saliency: 'Saliency',
  integratedGradients: 'Integrated Gradients',
  deepLift: 'DeepLIFT',
  gradientShap: 'GradientSHAP',
  occlusion: 'Occlusion',
  smoothGrad: 'SmoothGrad',
  smoothGradSquared: 'SmoothGrad²',
  varGrad: 'VarGrad',
  gradientTimesInput: 'Gradient × Input',
  guidedBackprop: 'Guided Backprop',
  gradCam: 'Grad-CAM',
  sobel: 'Sobel edges',
  robustAttribution: 'Robust Attribution',
  explainer: 'Explainer',
  explainerStandard: 'Explainer, standard maps',
};

/** What tables and figures call a method; one that is not in the paper keeps its own name. */
export function methodName(method: string): string {
  return names[method] ?? method;
}
