import { Command } from "commander";

import { benchDetection } from "../../../bench/detection.ts";
import { wholeNumber } from "../../settings.ts";
import { Terminal } from "../../Terminal.ts";

/** `freshet bench detection`. */
export const detectionCommand = new Command("detection")
  .description("mean average precision against pycocotools on the same made-up images")
  .option("--cases <n>", "sets of images", "200")
  .option("--seed <n>", "of the images", "1")
  .option("--json", "print JSON")
  .action(async (options: { cases: string; seed: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const cases = wholeNumber(options.cases, "--cases", 1, 100_000);
    const seed = wholeNumber(options.seed, "--seed", 0, 2 ** 31 - 1);
    terminal.status("evaluating …");
    const result = await benchDetection({ cases, seed }, () => performance.now() / 1000);
    const { differences, peer, images, objects, detections, ourSeconds, peerSeconds } = result;
    terminal.status("");
    terminal.line(
      `${peer}: ${cases} sets of ${images} images in all, ${objects} objects, ${detections} detections`,
    );
    terminal.line(
      `largest difference: mAP ${differences.map}, mAP@50 ${differences.map50}, a category's AP@50 ${differences.byCategory}`,
    );
    terminal.line(`seconds: ours ${ourSeconds.toFixed(2)}, the peer's ${peerSeconds.toFixed(2)}`);
    terminal.result(result);
  });
