import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";

/** y = w₁x₁ + w₂x₂ + b with another w and other x for each worker: as heterogeneous as can be. */
export function workersData(sizes: readonly number[]): Dataset[] {
  return sizes.map((size, worker) => {
    const random = new SeededRandom(11, "data", worker);
    const draw = () => 2 * random.uniform() - 1;
    const truth = [draw(), draw(), draw()];
    const stretch = [0.3 + 1.4 * random.uniform(), 0.3 + 1.4 * random.uniform()];
    const features = new Float32Array(2 * size);
    const labels = new Float32Array(size);
    for (let row = 0; row < size; row++) {
      const [a, b] = [stretch[0]! * draw(), stretch[1]! * draw()];
      features.set([a, b], 2 * row);
      labels[row] = truth[0]! * a + truth[1]! * b + truth[2]! + 0.1 * draw();
    }
    return { features, sampleShape: [2], scale: 1, labels, classes: 0 };
  });
}

/** Gradient of the mean of (w₁x₁ + w₂x₂ + b − y)² / 2. */
export function gradientOf(
  { features, labels }: Pick<Dataset, "features" | "labels">,
  w: readonly number[],
): number[] {
  const gradient = [0, 0, 0];
  const n = labels.length;
  for (let row = 0; row < n; row++) {
    const x = [features[2 * row]!, features[2 * row + 1]!, 1];
    const error = w[0]! * x[0]! + w[1]! * x[1]! + w[2]! - labels[row]!;
    for (let k = 0; k < 3; k++) gradient[k]! += (error * x[k]!) / n;
  }
  return gradient;
}

/** Where the gradient of all workers' samples together vanishes, by many small steps. */
export function centralizedOptimum(datasets: readonly Dataset[]): number[] {
  const features = Float32Array.from(datasets.flatMap((dataset) => [...dataset.features]));
  const labels = Float32Array.from(datasets.flatMap((dataset) => [...dataset.labels]));
  const w = [0, 0, 0];
  for (let step = 0; step < 3000; step++) {
    for (const [k, g] of gradientOf({ features, labels }, w).entries()) w[k]! -= 0.5 * g;
  }
  return w;
}
