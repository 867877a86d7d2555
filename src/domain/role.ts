/** The parts that agents play: what each is called, what it looks after, what bears its name. One entry a role. */

interface RoleFacts {
  /** As operators name it: `Director/fra-d1`. */
  readonly kind: string;
  /** As the subject of an order. */
  readonly subject: string;
  /** In sentences. */
  readonly title: string;
  readonly program: string;
  /** What it looks after, and leaves as it is when it ends. */
  readonly keeps: string;
  /** Default port of /metrics and /healthz. */
  readonly httpPort: number;
  /** The nft table of ours on its host. */
  readonly nftTable: string;
  /** What the names of its metrics begin with. */
  readonly metrics: string;
}

export const roles = {
  director: {
    kind: 'Director',
    subject: 'director',
    title: 'director',
    program: 'causeway-director',
    keeps: 'kernel',
    httpPort: 7481,
    nftTable: 'causeway_director',
    metrics: 'causeway_director',
  },
  realserver: {
    kind: 'RealServer',
    subject: 'realServer',
    title: 'real server',
    program: 'causeway-realserver',
    keeps: 'host',
    httpPort: 7482,
    nftTable: 'causeway_realserver',
    metrics: 'causeway_realserver',
  },
} as const satisfies Readonly<Record<string, RoleFacts>>;

export type AgentRole = keyof typeof roles;
export const agentRoles = Object.keys(roles) as [AgentRole, ...AgentRole[]];

/** As operators write it: `RealServer/web-1`, `Director/fra-1`. */
export function memberId(role: AgentRole, name: string): string {
  return `${roles[role].kind}/${name}`;
}
