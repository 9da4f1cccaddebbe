import { networkConfigSchema } from "./chains/networkConfig.ts";
import { readTaskSpec } from "./chains/taskSpec.ts";
import { readWorkersConfig } from "./workers/workerConfig.ts";
import { runDemo } from "./scripts/runDemo.ts";
import { Terminal } from "./scripts/Terminal.ts";
const t = new Terminal({json:false});
const d = await runDemo({config: networkConfigSchema.parse({directory:"/tmp/frdemo"}), spec: await readTaskSpec("examples/mnist.json"), workers: await readWorkersConfig("examples/workers.json")}, t);
console.log(JSON.stringify(d.result,null,1));
await d.stop();
