import { expect, test } from 'vitest';
import { includesPorts } from '../../src/domain/port-ranges.ts';
import {
  closedPort,
  firstSlots,
  isProbeMark,
  isProbeSourcePort,
  probeMark,
  probePort,
  probeSlotLimit,
  probeSourcePort,
  reservedSourcePorts,
} from '../../src/domain/probe.ts';

const slots = Array.from({ length: probeSlotLimit }, (_, index) => index + 1);

test('each slot has a source port and a mark of its own', () => {
  expect(new Set(slots.map(probeSourcePort)).size).toBe(probeSlotLimit);
  expect(new Set(slots.map(probeMark)).size).toBe(probeSlotLimit);
  expect([probeSourcePort(1), probeMark(1)]).toEqual([24_001, 0x43570001]);
});

test('source ports lie outside of the ephemeral range, and are not ports of the probe', () => {
  const ports = slots.map(probeSourcePort);
  expect(ports.filter((port) => port >= 32_768 && port <= 61_000)).toEqual([]);
  expect(ports.every((port) => port > 10_000 && port <= 65_535 && isProbeSourcePort(port))).toBe(true);
  expect([probePort, closedPort, 10_000, 32_768, 61_000].filter(isProbeSourcePort)).toEqual([]);
  expect(() => probeSourcePort(probeSlotLimit + 1)).toThrow(RangeError);
  expect(() => probeSourcePort(0)).toThrow(RangeError);
});

test('a fleet of 24,000 has room', () => {
  expect(probeSlotLimit).toBeGreaterThan(24_000);
});

test.each([
  [0, '24001-28000'],
  [firstSlots, '24001-28000'],
  [firstSlots + 1, '24001-32767'],
  [8_768, '24001-32767,61001-65535'],
  [24_000, '10001-32767,61001-65535'],
])('up to slot %i a host reserves %s', (highest, expected) => {
  expect(reservedSourcePorts(highest)).toBe(expected);
  const reserved = slots
    .slice(0, highest)
    .every((slot) => includesPorts(expected, `${probeSourcePort(slot)}`));
  expect(reserved).toBe(true);
});

test('Causeway knows its marks', () => {
  expect(slots.map(probeMark).every(isProbeMark)).toBe(true);
  for (const mark of [0, 1, probeMark(0), probeMark(probeSlotLimit + 1), 0xffff_ffff]) {
    expect(isProbeMark(mark)).toBe(false);
  }
});
