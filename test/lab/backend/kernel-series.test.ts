import { describe, expect, it } from 'vitest';
import {
  findKernel,
  isOfSeries,
  kernelSeries,
  kernelSources,
} from '../../../src/lab/backend/kernel-series.ts';

const pinned = kernelSources['6.12'].pinned;

describe('findKernel', () => {
  it.each([
    { name: 'the pinned release', has: ['6.12.43+deb12', '6.12.95+deb12', '6.12.99+deb12'], takes: pinned },
    { name: 'else the newest', has: ['6.12.9+deb12', '6.12.90+deb12'], takes: '6.12.90+deb12-cloud-amd64' },
    {
      name: 'a rebuild is newer',
      has: ['6.12.90+deb12.1', '6.12.90+deb12'],
      takes: '6.12.90+deb12.1-cloud-amd64',
    },
    { name: 'of that series only', has: ['6.1.0-50', '6.13.1+deb12'], takes: undefined },
  ])('takes $name', ({ has, takes }) => {
    const names = has.map((version) => `linux-image-${version}-cloud-amd64`);
    expect(findKernel(names, '6.12')?.release).toBe(takes);
  });

  it('takes no debug symbols, unsigned images or kernels for bare metal', () => {
    const release = '6.12.95+deb12-cloud-amd64';
    const names = [
      `linux-image-${release}-dbg`,
      `linux-image-${release}-unsigned`,
      'linux-image-6.12.95+deb12-amd64',
    ];
    expect(findKernel(names, '6.12')).toBeUndefined();
  });

  it('takes one package, or three where image and modules come apart', () => {
    const whole = 'linux-image-6.1.0-56-cloud-amd64';
    expect(findKernel([whole], '6.1')?.packages).toEqual([whole]);
    const release = '7.2.12+deb14-cloud-amd64';
    const names = ['image', 'base', 'binary', 'modules', 'headers'].map((part) => `linux-${part}-${release}`);
    expect(findKernel(names, '7.2')?.packages).toEqual([
      `linux-binary-${release}`,
      `linux-modules-${release}`,
      `linux-base-${release}`,
    ]);
  });
});

it('a pinned release is of its series, and of no other', () => {
  for (const series of kernelSeries) {
    expect(kernelSeries.filter((one) => isOfSeries(kernelSources[series].pinned, one))).toEqual([series]);
  }
});
