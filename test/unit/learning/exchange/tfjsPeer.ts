/**
 * Loads exported models with TensorFlow.js' own loader, and prints what they give, as JSON: a process of its own,
 * because the tests' own TensorFlow.js has Freshet's kernels.
 *
 * Its argument is a file with a list of cases: { model: folder, shape: of the inputs, inputs: path of float32 }.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";

interface Case {
  model: string;
  shape: number[];
  inputs: string;
}

/** Tells of a folder as a web server would: TensorFlow.js has no file system without tfjs-node. */
async function artifacts(folder: string): Promise<tf.io.ModelArtifacts> {
  const model = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as tf.io.ModelJSON;
  return tf.io.getModelArtifactsForJSON(model, async (manifest) => {
    const files = manifest.flatMap(({ paths }) => paths);
    const parts = await Promise.all(files.map((file) => readFile(join(folder, file))));
    return [manifest.flatMap(({ weights }) => weights), new Uint8Array(Buffer.concat(parts)).buffer];
  });
}

await tf.setBackend("cpu");
const outputs: number[][] = [];
for (const { model: folder, shape, inputs } of JSON.parse(
  await readFile(process.argv[2]!, "utf8"),
) as Case[]) {
  const model = await tf.loadLayersModel({ load: () => artifacts(folder) });
  const values = new Float32Array(new Uint8Array(await readFile(inputs)).buffer);
  const result = model.predict(tf.tensor(values, shape)) as tf.Tensor;
  outputs.push([...(await result.data())]);
}
console.log(JSON.stringify({ version: tf.version.tfjs, outputs }));
