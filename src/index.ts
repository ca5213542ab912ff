// Loading TensorFlow comes first: everything below computes on it.
export { device, deviceInfo } from './native/index.js';
export type { Device } from './native/index.js';
export {
  ArgumentError,
  DataError,
  DivergenceError,
  InterruptedError,
  NativeError,
  RoarbookError,
} from './errors.js';
export { seeded } from './random.js';
export type { Random } from './random.js';

// data
export { cifar10 } from './data/cifar10.js';
export type { Cifar10Options } from './data/cifar10.js';
export { shapes } from './data/shapes.js';
export type { ShapesOptions } from './data/shapes.js';
export { imageFolder } from './data/imageFolder.js';
export type { ImageFolderOptions } from './data/imageFolder.js';
export { numpyDataset } from './data/numpyDataset.js';
export type { NumpyDatasetOptions } from './data/numpyDataset.js';
export { readNpy, writeNpy } from './data/npy.js';
export type { NpyArray } from './data/npy.js';
export { batches } from './data/batches.js';
export type { Batch, BatchOptions } from './data/batches.js';
export { channelMeans } from './data/channelMeans.js';
export { byTurns } from './data/byTurns.js';
export { subset } from './data/subset.js';
export type { DataSource, Dataset, TrainTest } from './data/dataset.js';

// models
export { resnet, resnet18 } from './models/resnet.js';
export type { Normalisation, Resnet18Options, ResnetOptions } from './models/resnet.js';
export { withExplainer } from './models/explainer.js';
export type { ExplainedModel, ExplainerOptions } from './models/explainer.js';
export { loadWeights, saveWeights } from './models/weights.js';
export type { LoadOptions } from './models/weights.js';
export type { Classifier, LayersModel, Model, ModelState, Tensors } from './models/model.js';

// attribution
export { saliency } from './attribution/saliency.js';
export type { AttributionOptions } from './attribution/attribute.js';
export type { SaliencyOptions } from './attribution/saliency.js';
export { gradientTimesInput } from './attribution/gradientTimesInput.js';
export { integratedGradients } from './attribution/integratedGradients.js';
export type { IntegratedGradientsOptions } from './attribution/integratedGradients.js';
export { convergenceDelta } from './attribution/convergenceDelta.js';
export type { ConvergenceDeltaOptions } from './attribution/convergenceDelta.js';
export type { QuadratureRule } from './attribution/quadrature.js';
export { smoothGrad } from './attribution/smoothGrad.js';
export type { SmoothGradOptions } from './attribution/smoothGrad.js';
export { smoothGradSquared } from './attribution/smoothGradSquared.js';
export { varGrad } from './attribution/varGrad.js';
export { guidedBackprop } from './attribution/guidedBackprop.js';
export { gradCam } from './attribution/gradCam.js';
export type { GradCamOptions } from './attribution/gradCam.js';
export { deepLift } from './attribution/deepLift.js';
export type { DeepLiftOptions } from './attribution/deepLift.js';
export { gradientShap } from './attribution/gradientShap.js';
export type { GradientShapOptions } from './attribution/gradientShap.js';
export { occlusion } from './attribution/occlusion.js';
export type { OcclusionOptions } from './attribution/occlusion.js';
export { robustAttribution } from './attribution/robustAttribution.js';
export { explainer } from './attribution/explainer.js';
export { randomMap } from './attribution/randomMap.js';
export type { RandomMapOptions } from './attribution/randomMap.js';
export { sobel } from './attribution/sobel.js';
export type { Baseline } from './attribution/baseline.js';
export { mapDataset } from './attribution/mapDataset.js';
export type { Attribution } from './attribution/mapDataset.js';
export type { NoiseOptions } from './attribution/noisyGradients.js';
export type { Targets } from './attribution/attribute.js';

// attacks
export { pgd } from './attacks/pgd.js';
export type { PgdOptions } from './attacks/pgd.js';
export { fgsm } from './attacks/fgsm.js';
export type { FgsmOptions } from './attacks/fgsm.js';
export { attackPath } from './attacks/attackPath.js';
export type { AttackPath } from './attacks/attackPath.js';
export { apgd, apgdTargeted, strongAttack } from './attacks/apgd.js';
export type {
  ApgdLossName,
  ApgdOptions,
  TargetedApgdOptions,
  UntargetedApgdOptions,
} from './attacks/apgd.js';
export { deepFool } from './attacks/deepFool.js';
export type { DeepFoolOptions } from './attacks/deepFool.js';
export { ddn } from './attacks/ddn.js';
export type { DdnOptions } from './attacks/ddn.js';

// training
export { trainStandard } from './training/standard.js';
export type { StandardOptions } from './training/standard.js';
export { trainAdversarial } from './training/adversarial.js';
export type { AdversarialOptions } from './training/adversarial.js';
export { trainJacobian } from './training/jacobian.js';
export type { JacobianOptions } from './training/jacobian.js';
export { distill } from './training/distillation.js';
export type { DistillOptions } from './training/distillation.js';
export { trainExplainer } from './training/explainer.js';
export type { ExplainerTrainOptions } from './training/explainer.js';
export type { EpochResult, TrainOptions, TrainResult } from './training/options.js';
export type { Schedule } from './training/schedule.js';

// evaluation
export { accuracy } from './evaluation/accuracy.js';
export type { Accuracy } from './evaluation/accuracy.js';
export { robustAccuracy } from './evaluation/robustAccuracy.js';
export { strongAccuracy } from './evaluation/strongAccuracy.js';
export { removePixels, keepPixels, maskOnly, rankPixels } from './evaluation/removal.js';
export type { MaskOptions, RankPixelsOptions, RemovalOptions } from './evaluation/removal.js';
export { kar, maskControl, roar } from './evaluation/roar.js';
export type { MapSource, RoarOptions, RoarRow } from './evaluation/roar.js';
export type { Filling } from './evaluation/fillings.js';
export { blurred } from './evaluation/fillings.js';
export type { BlurOptions } from './evaluation/fillings.js';
export { road } from './evaluation/road.js';
export type { RoadOptions, RoadRow } from './evaluation/road.js';
export { imputePixels } from './evaluation/imputation.js';
export type { ImputationOptions, RemovalOrder } from './evaluation/imputation.js';
export { deletion, insertion } from './evaluation/curves.js';
export type { Curve, CurveOptions } from './evaluation/curves.js';
export { infidelity } from './evaluation/infidelity.js';
export type { InfidelityOptions } from './evaluation/infidelity.js';
export { maxSensitivity } from './evaluation/maxSensitivity.js';
export type { SensitivityOptions } from './evaluation/maxSensitivity.js';
export { localisation } from './evaluation/localisation.js';
export type { Localisation } from './evaluation/localisation.js';
export { alignment } from './evaluation/alignment.js';
export type { Alignment, AlignmentOptions } from './evaluation/alignment.js';
export { boundaryDistance } from './evaluation/boundaryDistance.js';
export type { BoundaryDistance } from './evaluation/boundaryDistance.js';
export { minimalDistance } from './evaluation/minimalDistance.js';
export { sanityCheck } from './evaluation/sanityCheck.js';
export type { SanityOptions, SanityRow } from './evaluation/sanityCheck.js';
export { agreement } from './evaluation/agreement.js';
export type { AgreementOptions, AgreementRow } from './evaluation/agreement.js';
export { spearman, ssim, topOverlap } from './evaluation/similarity.js';
export type { ExplainOptions, Method } from './evaluation/method.js';
export type { PerImage } from './evaluation/perImage.js';

// tables
export { Table, table } from './tables/table.js';
export type { Column, Row as TableRow, TableOptions } from './tables/table.js';
export { compare } from './tables/compare.js';
export type { Comparison, Result, Results } from './tables/compare.js';
export { comparisonTable } from './tables/comparisonTable.js';
export type { ComparisonOptions } from './tables/comparisonTable.js';
export { pairedInterval, tInterval } from './tables/statistics.js';
export type { BootstrapOptions, Interval, PairedDifferences } from './tables/statistics.js';

// figures
export { Figure } from './figures/figure.js';
export { mapGrid } from './figures/mapGrid.js';
export type { MapGrid, MapGridOptions } from './figures/mapGrid.js';
// exploration
export { explore } from './explore/explore.js';
export type { Exploration, ExploreOptions, LiveAttribution } from './explore/explore.js';

// experiments
export { profile } from './experiments/profiles.js';
export type { Profile, ProfileChanges, ProfileName, Row } from './experiments/profiles.js';
export { section } from './experiments/sections/index.js';
export { sweep } from './experiments/sweep/sweep.js';
export type { SweepOptions } from './experiments/sweep/sweep.js';
export type { FailedJob, RunningJob, SweepState } from './experiments/sweep/state.js';

// notebooks
export { provenance } from './notebook/provenance.js';
export type { NotebookProvenance } from './notebook/provenance.js';
