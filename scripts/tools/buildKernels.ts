import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { BaseError } from "../../protocol/BaseError.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const source = join(root, "learning/engine/kernels");
const COMPILER = "ziglang-0.17.1";

/** Floating point as written: nothing fused, nothing reordered. */
const STRICT = ["-ffp-contract=off"];
const COMMON = ["-std=c11", "-O3", "-g0", "-Wall", "-fno-builtin", "-fno-sanitize=all", "-fno-ident"];

const WASM = [
  ...["-target", "wasm32-freestanding", "-msimd128", "-nostdlib", ...STRICT],
  ...["-Wl,--no-entry", "-Wl,--import-memory", "-Wl,--export=__stack_pointer", "-Wl,--strip-all"],
];
const NATIVE = ["-target", "x86_64-linux-gnu.2.17", "-fPIC", "-fvisibility=hidden"];
/** One compilation of the pack an instruction set. */
const LEVELS: Readonly<Record<string, readonly string[]>> = {
  sse2: ["-DVL=4", "-mcpu=x86_64", ...STRICT],
  avx2: ["-DVL=8", "-mcpu=x86_64_v3-fma", ...STRICT],
  avx512: ["-DVL=16", "-mcpu=x86_64_v3+avx512f", "-mprefer-vector-width=512", ...STRICT],
  fast_avx2: ["-DVL=8", "-mcpu=x86_64_v3", "-ffp-contract=fast"],
  fast_avx512: ["-DVL=16", "-mcpu=x86_64_v3+avx512f", "-mprefer-vector-width=512", "-ffp-contract=fast"],
};

/** The built kernel pack. */
export interface BuiltKernels {
  /** learning/engine/kernels/pack.wasm. */
  readonly wasm: Buffer;
  /** learning/engine/kernels/linux-x64.node. */
  readonly addon: Buffer;
}

/**
 * Compiles the kernel pack with the pinned compiler, which pip brings from PyPI on
 * the first call (100 MB, into node_modules/.cache). The same source gives the
 * same bytes.
 *
 * @throws BaseError `KERNEL_COMPILER` when the compiler cannot be had here,
 * `KERNEL_BUILD` when the source does not compile or has data of its own.
 */
export async function buildKernels(): Promise<BuiltKernels> {
  const zig = await compiler();
  const work = await mkdtemp(join(tmpdir(), "freshet-kernels-"));
  const cache = join(root, "node_modules/.cache", COMPILER, "cache");
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  const compile = async (...parts: readonly string[]) => {
    try {
      await run(zig, ["cc", ...COMMON, ...parts], { cwd: source, env });
    } catch (cause) {
      throw new BaseError("KERNEL_BUILD", "The kernel pack does not compile.", {
        details: (cause as Error).message,
      });
    }
  };
  try {
    const wasmFile = join(work, "pack.wasm");
    await compile(...WASM, "-o", wasmFile, "pack.c");
    const objects: string[] = [];
    for (const [level, flags] of Object.entries(LEVELS)) {
      const object = join(work, `${level}.o`);
      await compile(...NATIVE, ...flags, `-DTABLE=kernels_${level}`, "-c", "-o", object, "pack.c");
      objects.push(object);
    }
    const addonObject = join(work, "addon.o");
    await compile(...NATIVE, "-mcpu=x86_64", "-c", "-o", addonObject, "addon.c");
    const addonFile = join(work, "linux-x64.node");
    await compile(
      ...NATIVE,
      ...["-shared", "-Wl,--strip-all", "-Wl,--build-id=none", "-Wl,-z,lazy", "-Wl,--allow-shlib-undefined"],
      ...["-o", addonFile, addonObject, ...objects],
    );
    const wasm = await readFile(wasmFile);
    assertNoData(wasm);
    return { wasm, addon: await readFile(addonFile) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The compiler's path; brings it unless it is there. */
async function compiler(): Promise<string> {
  const directory = join(root, "node_modules/.cache", COMPILER);
  const zig = join(directory, "ziglang/zig");
  if (existsSync(zig)) return zig;
  const requirements = join(root, "tools/zig/requirements.txt");
  const half = `${directory}.${process.pid}`;
  try {
    await mkdir(half, { recursive: true });
    await run("python3", [
      ...["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"],
      ...["--target", half, "-r", requirements],
    ]);
    await chmod(join(half, "ziglang/zig"), 0o755);
    await rename(half, directory);
  } catch (cause) {
    await rm(half, { recursive: true, force: true });
    throw new BaseError("KERNEL_COMPILER", "The compiler of the kernel pack cannot be had here.", {
      details: (cause as Error).message.split("\n").slice(0, 3).join(" "),
      next: "Use linux-x64 with Python 3, pip and a way to PyPI; the built files are committed.",
    });
  }
  return zig;
}

/** The module shares tfjs's memory: a data section would overwrite what is there. */
function assertNoData(wasm: Buffer): void {
  for (let at = 8; at < wasm.length; ) {
    const section = wasm[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++]!;
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (section === 11) {
      throw new BaseError("KERNEL_BUILD", "The kernel pack's WebAssembly has data of its own.", {
        next: "Leave out constant tables and strings: they would land on tfjs's heap.",
      });
    }
    at += size;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { wasm, addon } = await buildKernels();
  await writeFile(join(source, "pack.wasm"), wasm);
  await writeFile(join(source, "linux-x64.node"), addon);
}
