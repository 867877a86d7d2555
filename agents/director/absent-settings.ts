/** Settings of IPVS that were chosen and this kernel does not have: they are left out and named, and all others hold. */
import type { HostState } from '../../src/domain/host-state.ts';
import { type IpvsSettings, ipvsSettingFacts, ipvsSettingNames } from '../../src/domain/ipvs-settings.ts';
import { named } from '../../src/domain/named.ts';
import type { Host } from '../../src/kernel/host.ts';

export interface AbsentSettings {
  /** What is wanted of the host, without those of them that were chosen: what Causeway itself needs is refused by name where it is absent. */
  without(wanted: HostState, chosen: IpvsSettings | undefined): HostState;
  /** Undefined: none of these is absent. */
  trouble(chosen: IpvsSettings | undefined): string | undefined;
}

/** Asked once: they come and go with the kernel. What can't be read counts as there, and says so when it is written. */
export async function absentSettings(host: Pick<Host, 'sysctl'>): Promise<AbsentSettings> {
  const absent = new Set<string>();
  for (const name of ipvsSettingNames) {
    const { sysctl } = ipvsSettingFacts[name];
    const isThere = await host.sysctl(sysctl).then(
      (value) => value !== undefined,
      () => true,
    );
    if (!isThere) absent.add(sysctl);
  }
  const absentOf = (chosen: IpvsSettings) =>
    ipvsSettingNames.filter(
      (name) => chosen[name] !== undefined && absent.has(ipvsSettingFacts[name].sysctl),
    );
  return {
    without(wanted, chosen = {}) {
      const names = new Set<string>(absentOf(chosen).map((name) => ipvsSettingFacts[name].sysctl));
      if (names.size === 0) return wanted;
      return { ...wanted, sysctls: wanted.sysctls.filter(({ name }) => !names.has(name)) };
    },
    trouble(chosen = {}) {
      const names = absentOf(chosen);
      if (names.length === 0) return undefined;
      return `this kernel has no ${named(names)}, which the Settings choose: the others hold; a newer kernel has it, or leave it out`;
    },
  };
}
