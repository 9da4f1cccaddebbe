import { isLoopback } from "./isLoopback.ts";

/**
 * Sees to it that nothing on this machine is asked through a proxy, where the environment has Node use one
 * (`NODE_USE_ENV_PROXY`): the proxy would look for it on its own machine.
 *
 * @param hosts - As URLs have them; those of other machines are left to the proxy.
 * @param environment - Its `NO_PROXY` gets these hosts; Node reads it at every request.
 */
export function loopbackDirectly(
  hosts: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): void {
  // The one that Node reads.
  const name = environment.no_proxy === undefined ? "NO_PROXY" : "no_proxy";
  const exempt = (environment[name] ?? "").split(/[\s,]+/).filter((host) => host !== "");
  if (exempt.includes("*")) return;
  environment[name] = [...new Set([...exempt, ...hosts.filter(isLoopback)])].join(",");
}
