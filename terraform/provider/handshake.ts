/** How whoever starts a plugin and the plugin find each other: variables one way, one line on standard output the other. Pure. */

/** By it a plugin knows that it was not started by a person. The same for all of Terraform's and OpenTofu's. */
const cookie = {
  name: 'TF_PLUGIN_MAGIC_COOKIE',
  value: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
} as const;

const coreProtocol = 1;
const protocol = 6;

export interface Handshake {
  /** PEM: the only one who may call. */
  readonly clientCertificate: string;
  /** Where the socket goes; undefined: the system's folder for such. */
  readonly socketFolder: string | undefined;
  /** The caller wants to hear whether it may use one connection for all. */
  readonly asksMultiplex: boolean;
}

/** What to serve, or what to say to a person. */
export function readHandshake(
  env: Readonly<Record<string, string | undefined>>,
): Handshake | { readonly words: string } {
  if (env[cookie.name] !== cookie.value) {
    const words =
      'This is the Terraform provider of Causeway. Terraform and OpenTofu start it by themselves: terraform/README.md tells how they find it.';
    return { words };
  }
  const versions = (env.PLUGIN_PROTOCOL_VERSIONS ?? '').split(',');
  if (!versions.includes(String(protocol))) {
    const known = versions.join(', ') || 'none';
    return {
      words: `This provider speaks version ${protocol} of the plugin protocol, and whoever has started it: ${known}. Terraform 1.0 and newer, and OpenTofu, speak it.`,
    };
  }
  const clientCertificate = env.PLUGIN_CLIENT_CERT ?? '';
  if (clientCertificate === '')
    return {
      words:
        'Whoever has started this provider has no certificate (PLUGIN_CLIENT_CERT): it serves nobody else.',
    };
  return {
    clientCertificate,
    socketFolder: env.PLUGIN_UNIX_SOCKET_DIR || undefined,
    asksMultiplex: (env.PLUGIN_MULTIPLEX_GRPC ?? '') !== '',
  };
}

/** `certificate`: the plugin's own, DER. */
export function handshakeLine(socket: string, certificate: Uint8Array, { asksMultiplex }: Handshake): string {
  const base64 = Buffer.from(certificate).toString('base64').replace(/=+$/, '');
  const fields = [coreProtocol, protocol, 'unix', socket, 'grpc', base64];
  return `${[...fields, ...(asksMultiplex ? [false] : [])].join('|')}\n`;
}
