import { expect, test } from 'vitest';
import { createAskers } from '../../../agents/realserver/askers.ts';

const director = (port: number, vip = '192.0.2.10') => ({ address: '10.1.0.2', port, vip });

test('each asker of a VIP once, with its last request; then all is forgotten', () => {
  const askers = createAskers<string>(10);
  askers.asked(director(24_001), 'first', 0);
  askers.asked(director(24_001), 'second', 150);
  askers.asked(director(24_001, '192.0.2.11'), 'other VIP', 160);
  askers.asked({ ...director(24_001), address: '10.2.0.2' }, 'other director', 170);
  expect(askers.of('192.0.2.10', 160).map(({ address }) => address)).toEqual(['10.2.0.2']);
  expect(askers.of('192.0.2.10', 0).map(({ request }) => request)).toEqual(['second', 'other director']);
  expect(askers.take(0).map(({ address, vip, request }) => `${address} ${vip} ${request}`)).toEqual([
    '10.1.0.2 192.0.2.10 second',
    '10.1.0.2 192.0.2.11 other VIP',
    '10.2.0.2 192.0.2.10 other director',
  ]);
  expect(askers.take(0)).toEqual([]);
});

test('bounded in age and number: who was silent longest goes first', () => {
  const askers = createAskers<number>(3);
  for (const [port, atMs] of [
    [1, 0],
    [2, 10],
    [3, 20],
    [1, 30],
    [4, 40],
  ] as const)
    askers.asked(director(port), port, atMs);
  expect(askers.take(25).map(({ port }) => port)).toEqual([1, 4]);
  for (let port = 1; port <= 10_000; port++) askers.asked(director(port), port, port);
  expect(askers.take(0).map(({ port }) => port)).toEqual([9_998, 9_999, 10_000]);
});
