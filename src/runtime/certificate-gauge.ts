/** What every program shows to Prometheus of its certificate. */
import { Gauge, type Registry } from 'prom-client';

/** `endsMs`: since the epoch; undefined: it has none, and shows nothing. */
export function showCertificate(registry: Registry, prefix: string, endsMs: () => number | undefined): void {
  new Gauge({
    name: `${prefix}_certificate_expires_timestamp_seconds`,
    help: 'When the certificate that this program shows ends; absent: it has none.',
    registers: [registry],
    collect() {
      const ms = endsMs();
      if (ms === undefined) this.remove();
      else this.set(ms / 1_000);
    },
  });
}
