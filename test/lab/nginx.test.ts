import { expect, it } from 'vitest';
import { nginxConfiguration } from '../../src/lab/nginx.ts';

it('nginx writes nothing outside of its folder, is one process, and says who it is', () => {
  const text = nginxConfiguration({ name: 'fra-r1', site: 'fra', port: 80, folder: '/run/lab/fra-r1' });
  expect(text).toContain('daemon off;\nmaster_process off;\n');
  expect(text).toContain('listen 0.0.0.0:80;');
  expect(text).toContain('location = /healthz { return 200 "fra-r1 fra\\n"; }');
  const paths = [...text.matchAll(/(?:pid|_path) (\S+);/g)].map(([, path = '']) => path);
  expect(paths.length).toBe(6);
  expect(paths.filter((path) => !path.startsWith('/run/lab/fra-r1/'))).toEqual([]);
});
