/**
 * What a model's outputs are, which decides its loss and its score.
 *
 * | task | outputs | loss | score |
 * |---|---|---|---|
 * | `classification` | a logit a class | cross-entropy of the softmax | share of correct predictions |
 * | `regression` | the target ÷ `outputScale` | mean squared error | share of predictions within [−13, +10] of the target |
 * | `reconstruction` | the input | mean squared error | area under the ROC curve of the error as an anomaly score |
 * | `detection` | of every cell of an image, whether an object is there, its box and its category | `detectionLoss` | mean average precision at an intersection over union of 0.5 |
 */
export type ModelTask = "classification" | "regression" | "reconstruction" | "detection";
