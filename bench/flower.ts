import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BaseError } from "../protocol/BaseError.ts";
import { pythonWith } from "./pythonWith.ts";
import { PYTORCH } from "./pytorch.ts";

const run = promisify(execFile);

/** The version that simulations are measured against. */
const VERSION = "1.42.0";
/** Where it is installed, beside what else is made here and not kept under version control. */
const HOME = join(import.meta.dirname, "..", "cache", `flower-${VERSION}`);

/**
 * A Python that has Flower with its simulation and PyTorch. Flower is installed into an environment of its own, once, on
 * top of a Python that has PyTorch.
 *
 * @param given - A Python that has both, to be used instead.
 * @throws BaseError `BENCH_PYTHON` when it cannot be had here.
 */
export async function pythonWithFlower(given?: string): Promise<string> {
  const python = given ?? join(HOME, "bin", "python");
  if (await hasAll(python)) return python;
  if (given !== undefined) throw missing(`${given} does not import flwr ${VERSION}, ray and torch.`);
  const base = await pythonWith(PYTORCH);
  try {
    if (!existsSync(python)) await run(base, ["-m", "venv", "--system-site-packages", HOME]);
    // Debian's PyTorch knows no newer NumPy.
    const install = ["-m", "pip", "install", "--quiet", `flwr[simulation]==${VERSION}`, "numpy>=1.26,<2"];
    await run(python, install, { maxBuffer: 2 ** 26 });
  } catch (error) {
    throw missing((error as Error).message.trim().split("\n").at(-1)!);
  }
  if (await hasAll(python)) return python;
  throw missing("It was installed, but cannot be imported together with PyTorch.");
}

async function hasAll(python: string): Promise<boolean> {
  const check = `import flwr, ray, torch; assert flwr.__version__ == "${VERSION}"; torch.zeros(1).numpy()`;
  return run(python, ["-c", check]).then(
    () => true,
    () => false,
  );
}

function missing(details: string): BaseError {
  return new BaseError("BENCH_PYTHON", `Flower ${VERSION} cannot be had here, so there are no ratios.`, {
    details,
    next: `Name a Python that has flwr[simulation]==${VERSION} and torch with --flower.`,
  });
}
