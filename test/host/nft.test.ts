// nft as a program: what it is asked, what its silence, its absence and its refusals become.
import { describe, expect, it } from 'vitest';
import { createNft } from '../../src/kernel/nft.ts';
import { createNftRunner, type NftResult } from '../../src/kernel/nft-run.ts';

const table = {
  kind: 'probe-marks',
  name: 'causeway',
  vips: ['192.0.2.10'],
  probePort: 7483,
  marks: [],
} as const;

function answering(result: Partial<NftResult>) {
  const asked: { args: readonly string[]; input: string | undefined }[] = [];
  const nft = createNft(async (args, input) => {
    asked.push({ args, input });
    return { status: 0, stdout: '', stderr: '', ...result };
  });
  return { nft, asked };
}

describe('nft', () => {
  it('is given one transaction', async () => {
    const { nft, asked } = answering({});
    await nft.load(table);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.args).toEqual(['-j', '-f', '/proc/self/fd/0']);
    expect(JSON.parse(asked[0]?.input ?? '')).toHaveProperty('nftables');
  });

  it('lists a table again only when a transaction came between, or nobody can tell', async () => {
    for (const [generations, listings] of [
      [[7, 7, 7], 1],
      [[7, 8, 8], 2],
      [[7, undefined, 7], 3],
    ] as const) {
      const left = [...generations];
      let asked = 0;
      const run = async () => {
        asked += 1;
        return { status: 1, stdout: '', stderr: 'Error: No such file or directory' };
      };
      const nft = createNft(run, { generation: async () => left.shift(), exists: async () => undefined });
      for (const _ of generations) expect(await nft.read('causeway')).toBeUndefined();
      expect(asked).toBe(listings);
    }
  });

  it('lists no table that the kernel says is absent', async () => {
    let asked = 0;
    const run = async () => {
      asked += 1;
      return { status: 0, stdout: '{"nftables": []}', stderr: '' };
    };
    const there = new Set(['causeway']);
    const nft = createNft(run, {
      generation: async () => undefined,
      exists: async (name) => there.has(name),
    });
    expect(await nft.read('other')).toBeUndefined();
    expect(asked).toBe(0);
    await nft.read('causeway');
    expect(asked).toBe(1);
  });

  it('says that a table is absent', async () => {
    const stderr = 'Error: No such file or directory\nlist table inet causeway\n                ^^^^^^^^';
    expect(await answering({ status: 1, stderr }).nft.read('causeway')).toBeUndefined();
  });

  it.each([
    ['Error: Could not process rule: Operation not permitted', 'permission'],
    ['Operation not permitted (you must be root)', 'permission'],
    ['Error: cache initialization failed: Operation not supported', 'unsupported'],
    ['Unable to initialize Netlink socket: Protocol not supported', 'unsupported'],
    ['internal:0:0-0: Error: Could not process rule: Device or resource busy', 'kernel'],
    ['', 'kernel'],
  ])('refuses with %j', async (stderr, code) => {
    const { nft } = answering({ status: 1, stderr });
    await expect(nft.load(table)).rejects.toMatchObject({
      code,
      operation: 'load nft table',
      subject: 'causeway',
    });
  });

  it('keeps the place of a JSON command, which says nothing, out of the message', async () => {
    const { nft } = answering({
      status: 1,
      stderr: 'internal:0:0-0: Error: Could not process rule: Device or resource busy',
    });
    await expect(nft.load(table)).rejects.toThrow(
      'load nft table causeway: Could not process rule: Device or resource busy',
    );
  });

  it.each(['a;flush ruleset', '', '1a', '-f', 'a b', 'a\nb'])(
    'is never asked about a table named %j',
    async (name) => {
      const { nft, asked } = answering({});
      await expect(nft.read(name)).rejects.toMatchObject({ code: 'invalid' });
      await expect(nft.remove(name)).rejects.toMatchObject({ code: 'invalid' });
      await expect(nft.load({ ...table, name })).rejects.toMatchObject({ code: 'invalid' });
      expect(asked).toEqual([]);
    },
  );

  it('tells an nft without JSON', async () => {
    const { nft } = answering({ stdout: 'table inet causeway {' });
    await expect(nft.read('causeway')).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('running nft', () => {
  it('hands over standard input through a real pipe, and collects what is said', async () => {
    // As nft does, the program opens its standard input by name.
    const run = createNftRunner({ program: '/bin/sh' });
    const result = await run(['-c', 'cat /proc/self/fd/0; echo word >&2; exit 3'], 'text');
    expect(result).toEqual({ status: 3, stdout: 'text', stderr: 'word' });
  });

  it.each([undefined, 'text'])('names the remedy where there is no nft (input %j)', async (input) => {
    const run = createNftRunner({ program: '/nonexistent/nft' });
    await expect(run(['-j'], input)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('install the package nftables'),
    });
  });

  it.each([undefined, 'text'])('kills what does not answer (input %j)', async (input) => {
    const run = createNftRunner({ program: '/bin/sleep', timeoutMs: 20 });
    await expect(run(['60'], input)).rejects.toMatchObject({ code: 'deadline' });
  });
});
