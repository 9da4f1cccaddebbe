/** κ = (P_peak − P_idle)/(s f_max³) of eqs 9–11: κ f² is J a cycle. Cores are those of the whole server, unscaled. */
export function kappaOf(peakWatts: number, idleWatts: number, cores: number, mostHz: number): number {
  return (peakWatts - idleWatts) / (cores * mostHz * mostHz * mostHz);
}
