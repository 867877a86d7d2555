// The application behind the VIP in the lab: nginx, with nothing of the machine's own nginx.
import { join } from 'node:path';

export interface NginxSite {
  /** Who answers. */
  readonly name: string;
  readonly site: string;
  readonly port: number;
  /** Of its own: what nginx writes besides its log. */
  readonly folder: string;
}

/**
 * One process, which neither forks nor changes its user: it is the application, and ends with its signal. It says who it is on
 * `/` and on `/healthz`, and keeps connections open for as long as anybody asks.
 */
export function nginxConfiguration({ name, site, port, folder }: NginxSite): string {
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
error_log stderr warn;
events { worker_connections 1024; }
http {
${bodies.map((what) => `  ${what}_temp_path ${join(folder, what)};\n`).join('')}  access_log off;
  server_tokens off;
  default_type text/plain;
  keepalive_timeout 120s;
  keepalive_requests 1000000;
  tcp_nodelay on;
  server {
    listen 0.0.0.0:${port};
    add_header x-served-by ${name} always;
    add_header x-site ${site} always;
    location = / { return 200 "${name} ${site}\\n"; }
    location = /healthz { return 200 "${name} ${site}\\n"; }
    location / { return 404 "not here\\n"; }
  }
}
`;
}

export function nginxArguments(folder: string, configuration: string): string[] {
  return ['nginx', '-p', folder, '-c', configuration];
}
