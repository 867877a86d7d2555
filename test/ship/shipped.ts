/** What the runner has made or found for the tests of what is shipped; absent: the tests that need it are skipped. */
import * as z from 'zod';

const shippedShape = z.object({
  /** Executables. */
  x64: z.string(),
  arm64: z.string().optional(),
  /** Debian's qemu-aarch64-static, and a folder with the libraries that it needs. */
  qemu: z.string().optional(),
  arm64Libraries: z.string().optional(),
  /** Packages as they are released, and the same of a later version. */
  packages: z.array(z.string()).optional(),
  laterPackages: z.array(z.string()).optional(),
  /** The archive of the Terraform provider for this machine, and for the other. */
  provider: z.string().optional(),
  arm64Provider: z.string().optional(),
  /** An archive (tar) of a Debian 12 without Node, with systemd and lintian. */
  debian: z.string().optional(),
  /** Why no systemd can be process 1 of namespaces on this machine; absent: it can. */
  whyNotLive: z.string().optional(),
  /** Where there is a kernel with IPVS and tunnels: this machine's own, or the lab's machine. */
  lab: z.enum(['native', 'vm']).optional(),
  /** Archives (tar) of a Debian 12 with buildah, and of one that images may stand on; the folder that images are built from. */
  imageBuilder: z.string().optional(),
  imageBase: z.string().optional(),
  imageContext: z.string().optional(),
});

export type Shipped = z.infer<typeof shippedShape>;

/** The variable by which the runner tells. */
export const shippedVariable = 'CAUSEWAY_SHIPPED';

export function readShipped(env: NodeJS.ProcessEnv): Shipped {
  return shippedShape.parse(JSON.parse(env[shippedVariable] ?? 'null'));
}
