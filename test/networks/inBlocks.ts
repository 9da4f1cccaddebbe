import type { GethChain } from "./GethChain.ts";
import type { ManagedProcess } from "./ManagedProcess.ts";

/** How often it is looked whether something is so, milliseconds. */
const LOOK_MILLISECONDS = 500;

/**
 * Waits until something is so, for as many blocks as a chain makes meanwhile: a busy machine makes fewer of them.
 *
 * @throws naming it when it is not so by then.
 */
export async function inBlocks(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { chain, blocks }: { chain: GethChain; blocks: number },
): Promise<void> {
  const { consensus } = chain;
  const last = consensus.head.number + blocks;
  while (!(await isSo())) {
    if (consensus.head.number > last)
      throw new Error(`${what}: not within ${blocks} blocks of ${chain.name}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
  }
}

/** What a program printed when it has ended well; it is killed when it does not end within so many blocks. */
export async function endedInBlocks(
  program: ManagedProcess,
  within: { chain: GethChain; blocks: number },
): Promise<string> {
  try {
    await inBlocks(`the end of ${program.name}`, () => !program.lives, within);
  } catch (cause) {
    await program.kill();
    throw new Error(`${(cause as Error).message} It printed, at last:\n${program.printed.slice(-3000)}`);
  }
  return program.ended(1000);
}

/** Waits until a program has said something, which it does within so many blocks. */
export async function saidInBlocks(
  program: ManagedProcess,
  text: RegExp,
  within: { chain: GethChain; blocks: number },
): Promise<void> {
  await inBlocks(
    `"${text.source}" of ${program.name}`,
    () => text.test(program.printed) || !program.lives,
    within,
  );
  // What has ended is looked at once more, and told with what it printed.
  await program.said(text, 1000);
}
