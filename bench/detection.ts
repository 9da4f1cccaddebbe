/**
 * The evaluation of detectors against the reference evaluator on the same made-up images.
 *
 *     ./freshet bench detection --json
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { averagePrecision, type EvaluatedImage } from "../learning/detection/averagePrecision.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { type DrawnCase, drawnDetections } from "./drawnDetections.ts";
import { pythonWith } from "./pythonWith.ts";

const PYCOCOTOOLS = {
  name: "pycocotools",
  module: "pycocotools",
  debian: ["python3-pycocotools"],
  pip: "pycocotools",
} as const;

/** How the evaluations compare. */
export interface DetectionBench {
  peer: string;
  seed: number;
  /** Sets of images that both evaluated. */
  cases: number;
  images: number;
  objects: number;
  detections: number;
  /** Largest absolute differences over all cases; of `byCategory` over all categories. */
  differences: { map: number; map50: number; byCategory: number };
  /** Seconds for all cases. */
  ourSeconds: number;
  peerSeconds: number;
}

/** What the reference says of a case; −1 for a mean over nothing. */
interface PeerAnswer {
  map: number;
  map50: number;
  byCategory: number[];
  seconds?: number;
}

/**
 * Evaluates made-up images with both.
 *
 * @throws BaseError `BENCH_PYTHON` when pycocotools cannot be had; `BENCH_PEER` when it fails, or says other things of
 * what there is to find.
 */
export async function benchDetection(
  { cases, seed }: { cases: number; seed: number },
  clock: () => number,
): Promise<DetectionBench> {
  const random = new SeededRandom(seed, "detections");
  const drawn = Array.from({ length: cases }, () => drawnDetections(random));
  const began = clock();
  const ours = drawn.map(({ images, categories }) => averagePrecision(images, categories));
  const ourSeconds = clock() - began;
  const { version, answers } = await askPeer(drawn);
  const differences = { map: 0, map50: 0, byCategory: 0 };
  const compare = (name: keyof typeof differences, our: number | undefined, peer: number) => {
    const isOurNone = our === undefined || Number.isNaN(our);
    if (isOurNone !== (peer === -1)) {
      throw new BaseError(
        "BENCH_PEER",
        `One finds ${name} in what the other finds none: ${our} and ${peer}.`,
      );
    }
    if (!isOurNone) differences[name] = Math.max(differences[name], Math.abs(our! - peer));
  };
  for (const [at, answer] of answers.entries()) {
    const { map, map50, byCategory } = ours[at]!;
    compare("map", map, answer.map);
    compare("map50", map50, answer.map50);
    for (const [category, peer] of answer.byCategory.entries()) {
      compare("byCategory", byCategory[category]?.map50, peer);
    }
  }
  const images = drawn.flatMap((one) => one.images);
  return {
    peer: version,
    seed,
    cases,
    images: images.length,
    objects: images.reduce((sum, { objects }) => sum + objects.length, 0),
    detections: images.reduce((sum, { detections }) => sum + detections.length, 0),
    differences,
    ourSeconds,
    peerSeconds: answers.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
  };
}

async function askPeer(cases: readonly DrawnCase[]): Promise<{ version: string; answers: PeerAnswer[] }> {
  const python = await pythonWith(PYCOCOTOOLS);
  const peer = spawn(python, [join(import.meta.dirname, "detectionPeer.py")]);
  const exited = new Promise<number | null>((resolve) => peer.on("exit", resolve));
  peer.stdin.end(
    JSON.stringify({
      cases: cases.map(({ images, categories }) => ({ categories, images: images.map(rowsOf) })),
    }),
  );
  const [answer, complaint] = await Promise.all([text(peer.stdout), text(peer.stderr), exited]);
  if (answer === "") {
    throw new BaseError("BENCH_PEER", "pycocotools has ended without an answer.", { details: complaint });
  }
  return JSON.parse(answer);
}

/** An image as the peer reads it. */
export function rowsOf({ objects, detections }: EvaluatedImage): {
  objects: number[][];
  detections: number[][];
} {
  return {
    objects: objects.map(({ box, category, crowd, ignored }) => [
      ...[box.left, box.top, box.right, box.bottom, category],
      ...[Number(crowd === true), Number(ignored === true)],
    ]),
    detections: detections.map(({ box, category, score }) => [
      ...[box.left, box.top, box.right, box.bottom, category, score],
    ]),
  };
}
