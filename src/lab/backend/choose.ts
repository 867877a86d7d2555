// Which kernel the lab uses: the host's own, where it can do everything the lab needs, or a machine of its own.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CausewayError } from '../../domain/error.ts';
import { factsOf, tunnelTypeNames, tunnelTypes } from '../../domain/tunnel.ts';

export type BackendKind = 'native' | 'vm';

export interface BackendChoice {
  readonly kind: BackendKind;
  /** Why, in words for the person who waits. */
  readonly reason: string;
}

/** Runs a command and says whether it succeeded. */
export type TryCommand = (argv: readonly string[]) => Promise<boolean>;

export interface HostFacts {
  readonly platform: string;
  readonly uid: number;
  readonly tryCommand: TryCommand;
}

/** Devices of the tunnels that a site may ask for, over IPv4. */
const tunnelLinks = [...new Set(tunnelTypeNames.map((type) => tunnelTypes[type].devices.ipv4.ipv4))];

/**
 * What proves that the module is there, each in a namespace that ends with the command. Asking the kernel for the
 * thing itself finds modules built in, and finds out a container's root that may not.
 */
const proofs: ReadonlyArray<{ module: string; proof: string }> = [
  { module: 'ip_vs', proof: 'test -e /proc/net/ip_vs' },
  ...tunnelLinks.map((type) => ({
    module: factsOf(type).module,
    proof: `ip link add lab0 type ${type} external`,
  })),
  { module: 'nf_tables', proof: 'nft add table inet lab' },
  { module: 'sch_netem', proof: 'tc qdisc add dev lo root netem delay 1ms' },
  { module: 'veth', proof: 'ip link add lab0 type veth peer name lab1' },
];

const proofTimeoutMs = 10_000;

/** Throws `unsupported` where `native` is asked for by name and the host cannot. */
export async function chooseBackend(
  wanted: 'auto' | BackendKind,
  facts: HostFacts = thisHost(),
): Promise<BackendChoice> {
  if (wanted === 'vm') return { kind: 'vm', reason: 'asked for' };
  const obstacle = await whyNotNative(facts);
  if (obstacle === undefined) return { kind: 'native', reason: 'this kernel has all that the lab needs' };
  if (wanted === 'native') {
    throw new CausewayError({
      code: 'unsupported',
      operation: 'choose the lab backend',
      subject: 'native',
      message: `${obstacle}; use --backend vm, which brings its own kernel`,
    });
  }
  return { kind: 'vm', reason: obstacle };
}

async function whyNotNative(facts: HostFacts): Promise<string | undefined> {
  if (facts.platform !== 'linux') return `this is ${facts.platform}, not Linux`;
  if (facts.uid !== 0) return 'not root';
  const missing: string[] = [];
  for (const { module, proof } of proofs) {
    await facts.tryCommand(['modprobe', '-q', module]);
    if (!(await facts.tryCommand(['unshare', '--net', 'sh', '-c', proof]))) missing.push(module);
  }
  return missing.length === 0 ? undefined : `this kernel lacks ${missing.join(', ')}`;
}

function thisHost(): HostFacts {
  const run = promisify(execFile);
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    tryCommand: ([program = '', ...rest]) =>
      run(program, rest, { timeout: proofTimeoutMs }).then(
        () => true,
        () => false,
      ),
  };
}
