// Somebody with the network's reach and no key, then with what one real server holds: each try with what came of it.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { encodeAnswer, encodeRequest } from '../../src/probe/datagram.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { createProbeKeys, pairKeyHex } from '../../src/probe/keys.ts';
import { pairEnds, type Seal } from '../../src/probe/seal.ts';
import {
  type AgentPlace,
  addresses,
  directorSnapshot,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  until,
  vip,
  wire,
} from './agent-network.ts';
import { inside, run, withNamespaces } from './namespace.ts';
import { deadline, deadlineSeconds } from './pace.ts';
import { listener, scan } from './scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-attacker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const epoch = 1_700_000_000;
const ring = createProbeKeys([{ epoch, secretHex: randomBytes(32).toString('hex') }], epoch);
const keyOf = (name: string) => ring.ofRealServer(name)[0]?.keyHex ?? '';

/** As the director would ask that real server, by the key of one. */
function sealBy(ownKeyHex: string, realServer: 'first' | 'second'): Seal {
  const ends = pairEnds(addresses.director, addresses[realServer]);
  return { key: probeKey(pairKeyHex(ownKeyHex, 'director')), pair: { epoch, director: 'director', ends } };
}

/** A datagram as it is told to `sender`: from, to, ports, what it says; through: outer from, outer to, its protocol. */
interface Packet {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly [from: number, to: number];
  readonly says: Buffer;
  readonly through?: { readonly from: string; readonly to: string; readonly protocol: 'ipip' | 'gre' };
}

const sender = `
  use strict; use Socket;
  socket(my $out, AF_INET, SOCK_RAW, 255) or die $!;
  sub check { my $sum = 0; $sum += $_ for unpack('n*', $_[0]); $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16; return ~$sum & 0xffff }
  sub header { my ($bytes, $protocol, $from, $to) = @_;
    my @words = (0x45, 0, $bytes, 0, 0, 64, $protocol);
    my $ends = inet_aton($from) . inet_aton($to);
    return pack('CCnnnCCn', @words, check(pack('CCnnnCCn', @words, 0) . $ends)) . $ends }
  while (my $line = <STDIN>) {
    chomp $line;
    my ($from, $to, $source, $target, $hex, $outer_from, $outer_to, $protocol) = split / /, $line;
    my $says = pack('H*', $hex);
    my $udp = pack('nnnn', $source, $target, 8 + length $says, 0) . $says;
    my $packet = header(20 + length $udp, 17, $from, $to) . $udp;
    if ($outer_to) {
      $packet = pack('nn', 0, 0x0800) . $packet if $protocol eq 'gre';
      $packet = header(20 + length $packet, $protocol eq 'gre' ? 47 : 4, $outer_from, $outer_to) . $packet;
    }
    send($out, $packet, 0, pack_sockaddr_in(0, inet_aton($outer_to || $to))) or die $!;
  }`;

/** Each UDP packet that comes from the VIP's probe port, and each that comes by IPIP, what it says, for so many seconds. */
const hearer = `
  use strict; use Socket;
  my ($protocol, $seconds) = @ARGV;
  socket(my $in, AF_INET, SOCK_RAW, $protocol) or die $!;
  $| = 1; print "listening\\n";
  local $SIG{ALRM} = sub { exit }; alarm $seconds;
  while (defined recv($in, my $bytes, 2048, 0)) {
    my $at = 4 * (ord($bytes) & 15);
    $at += 20 if $protocol == 4;
    print unpack('H*', substr($bytes, $at + 8)), "\\n";
  }`;

const children: ChildProcess[] = [];

function start(namespace: string, argv: readonly string[], onText: (text: string) => void = () => {}) {
  const [program = '', ...words] = inside(namespace, argv);
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.on('data', (chunk) => onText(String(chunk)));
  children.push(child);
  return child;
}

async function send(namespace: string, packets: readonly Packet[]): Promise<void> {
  const child = start(namespace, ['perl', '-e', sender]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = packets.map(({ from, to, ports, says, through }) =>
    [
      from,
      to,
      ...ports,
      says.toString('hex'),
      ...(through ? [through.from, through.to, through.protocol] : []),
    ].join(' '),
  );
  child.stdin.end(`${lines.join('\n')}\n`);
  expect(await ended).toBe(0);
}

/** What comes from the probe ports, in hex, from now on. */
async function hear(namespace: string, protocol: 'udp' | 'ipip'): Promise<{ text(): string }> {
  let text = '';
  start(namespace, ['perl', '-e', hearer, protocol === 'udp' ? '17' : '4', '300'], (part) => {
    text += part;
  });
  await until('it listens', () => text.includes('listening') || undefined);
  return { text: () => text };
}

test('what somebody on the network can do with no key, and with that of one real server', {
  timeout: deadline(300_000),
}, async () => {
  await withNamespaces(['at', 'di', 'r1', 'r2', 'ro'], async (attacker, director, first, second, router) => {
    await wire(router, { client: attacker, director, first, second });
    const places = {
      director: { role: 'director', name: 'director', namespace: director, folder },
      first: { role: 'realserver', name: 'first', namespace: first, folder },
      second: { role: 'realserver', name: 'second', namespace: second, folder },
    } as const satisfies Record<string, AgentPlace>;
    const { checksum: _, probe, ...content } = directorSnapshot();
    const keyless = { ...probe, keyHex: '' };
    const keys = ['first', 'second'].flatMap((name) => ring.between('director', name) ?? []);
    placeSnapshot(places.director, signed<DirectorSnapshot>({ ...content, probe: keyless, keys }));
    for (const [name, tunnel] of [
      ['first', 'ipip'],
      ['second', 'gre'],
    ] as const) {
      const { checksum: __, ...own } = realServerSnapshot(tunnel);
      placeSnapshot(
        places[name],
        signed<RealServerSnapshot>({ ...own, probe: keyless, keys: ring.ofRealServer(name) }),
      );
    }
    const home = join(folder, 'www');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index.html'), 'served\n');
    for (const namespace of [first, second])
      start(namespace, ['busybox', 'httpd', '-f', '-p', '80', '-h', home]);
    for (const namespace of [director, first]) start(namespace, ['perl', '-e', listener, '22', '2379']);
    const agents = Object.values(places).map(startAgent);
    const [directorAgent] = agents;
    try {
      const weights = async () => (await run(director, ['ipvsadm', '-Sn'])).match(/:80 -i -w 100/g)?.length;
      await until('both serve', async () => ((await weights()) === 2 ? true : undefined), 90_000);
      const told = () =>
        directorAgent?.log().filter(({ msg, to }) => msg === 'application changed' && to === 'healthy')
          .length;
      // The kernel has it before the log does.
      await until('the director has said so', () => (told() === 2 ? true : undefined), 90_000);
      const linesBefore = directorAgent?.log().length ?? 0;
      const rows: [tried: string, came: unknown, expected: unknown][] = [];

      const toAttacker = await hear(attacker, 'udp');
      const toDirector = await hear(director, 'udp');
      const atFirst = await hear(first, 'ipip');
      let nonce = 0x1100_0000_0000_0000n;
      const question = (by: Seal) => {
        nonce += 1n;
        const hex = nonce.toString(16).padStart(16, '0');
        return { hex, says: encodeRequest({ nonce, sentAtUs: 1, vip }, 1, by) };
      };
      const asked: [tried: string, packet: Packet, hex: string, from: string, answered: boolean][] = [];
      const add = (
        tried: string,
        by: Seal,
        packet: Omit<Packet, 'says' | 'to' | 'ports'>,
        { from = attacker, answered = false } = {},
      ) => {
        const { hex, says } = question(by);
        asked.push([tried, { ...packet, to: vip, ports: [24_001, 7_483], says }, hex, from, answered]);
      };
      const forged = (to: 'first' | 'second', protocol: 'ipip' | 'gre') =>
        ({ from: addresses.director, to: addresses[to], protocol }) as const;
      const open = (to: 'first' | 'second', protocol: 'ipip' | 'gre') =>
        ({ from: addresses.client, to: addresses[to], protocol }) as const;
      const guess = sealBy('ab'.repeat(32), 'first');
      add('asks the VIP, without a key', guess, { from: addresses.client });
      add('asks by IPIP from its own address', guess, {
        from: addresses.client,
        through: open('first', 'ipip'),
      });
      add('asks by GRE from its own address', guess, {
        from: addresses.client,
        through: open('second', 'gre'),
      });
      add('asks by IPIP as the director, without a key', guess, {
        from: addresses.director,
        through: forged('first', 'ipip'),
      });
      const own = sealBy(keyOf('first'), 'first');
      add('with the key of first: asks it by IPIP from its own address', own, {
        from: addresses.client,
        through: open('first', 'ipip'),
      });
      add('with the key of first: asks it from its own address through a forged tunnel', own, {
        from: addresses.client,
        through: forged('first', 'ipip'),
      });
      add('with the key of first: asks second as the director', sealBy(keyOf('first'), 'second'), {
        from: addresses.director,
        through: forged('second', 'gre'),
      });
      // That the others would have been seen: who has the right key, and forges both addresses, has the director answered.
      add(
        'with the key of second: asks second as the director',
        sealBy(keyOf('second'), 'second'),
        { from: addresses.director, through: forged('second', 'gre') },
        { answered: true },
      );
      for (const [, packet, , from] of asked) await send(from, [packet]);
      const last = asked.at(-1)?.[2] ?? '';
      await until('the right one is answered', () => toDirector.text().includes(last) || undefined);
      for (const [tried, , hex, , answered] of asked) {
        const came = toDirector.text().includes(hex) || toAttacker.text().includes(hex);
        rows.push([tried, came ? 'answered' : 'silence', answered ? 'answered' : 'silence']);
      }

      // A question of the director's, recorded on its way, and sent again when it was answered.
      const recorded = /43570301([0-9a-f]{16})[0-9a-f]+/.exec(atFirst.text());
      const [payload = '', recordedNonce = ''] = recorded ?? [];
      expect(recordedNonce).not.toBe('');
      const again = { to: vip, ports: [24_001, 7_483], says: Buffer.from(payload, 'hex') } as const;
      const answersBefore = toDirector.text().split(recordedNonce).length;
      await send(attacker, [
        ...Array.from({ length: 20 }, () => ({
          ...again,
          from: addresses.director,
          through: forged('first', 'ipip'),
        })),
        { ...again, from: addresses.client, through: forged('first', 'ipip') },
      ]);
      // By the time that a new one is answered, they all would have been.
      const fresh = question(own);
      const asDirector = { from: addresses.director, through: forged('first', 'ipip') };
      await send(director, [{ ...asDirector, to: vip, ports: [24_001, 7_483], says: fresh.says }]);
      await until('a new one is answered', () => toDirector.text().includes(fresh.hex) || undefined);
      rows.push([
        'sends a recorded question again, 21 times',
        [
          toDirector.text().split(recordedNonce).length - answersBefore,
          toAttacker.text().includes(recordedNonce),
        ],
        [0, false],
      ]);
      // Answers to the director, of an unhealthy service, by a key that is not second's, and with numbers that are not awaited.
      const verdicts = [{ port: 80, protocol: 'tcp', verdict: 'unhealthy' }] as const;
      const answers = Array.from({ length: 50 }, (_, index): Packet => {
        const by = sealBy(keyOf(index % 2 === 0 ? 'first' : 'second'), 'second');
        const said = {
          nonce: index < 2 ? BigInt(`0x${recordedNonce}`) : BigInt(index),
          sentAtUs: 1,
          verdicts,
        };
        return {
          from: vip,
          to: addresses.director,
          ports: [7_483, 24_002],
          says: encodeAnswer(said, { vip }, 200, by),
        };
      });
      await send(attacker, answers);
      // The director reads them in order: it has done with them when it has long been reading others.
      const lastForged = answers.at(-1)?.says.toString('hex') ?? '';
      const since = () => toDirector.text().split(lastForged)[1]?.split('\n').length ?? 0;
      await until('the director has read on', () => since() > 20 || undefined);
      // (An agent that gets no processor for a moment is absent for as long: that is no word of the attacker's.)
      const changes = (what: RegExp) =>
        (directorAgent?.log() ?? []).slice(linesBefore).filter(({ msg }) => what.test(String(msg)));
      const changedByAnswers = changes(/^(application|path|held) changed$/);
      rows.push(['tells the director that second is unhealthy', changedByAnswers, []]);

      // Whatever listens on all addresses: by the VIP, and out of a tunnel that anybody may send into.
      const few = { first: 1, last: 2_500 };
      const outside = await scan(attacker, { from: addresses.client, to: vip, ...few });
      rows.push(['asks the VIP for 2,500 ports', outside.open, [80]]);
      for (const to of [vip, addresses.first]) {
        const through = { from: addresses.client, to: addresses.first };
        const found = await scan(attacker, { from: addresses.client, to, ...few, through });
        rows.push([`asks ${to} by IPIP from its own address`, found.open, []]);
      }
      const hidden = await scan(attacker, {
        from: addresses.client,
        to: addresses.first,
        ...few,
        through: { from: addresses.director, to: addresses.first },
      });
      rows.push([`asks ${addresses.first} by IPIP as the director`, hidden.open, []]);

      // (Ten thousand packets at once may leave one machine no time for the answers of anybody: the director holds then.)
      const changedByScans = changes(/^(application|path) changed$/);
      rows.push(['has the director think less of a real server', changedByScans, []]);
      const serves = await run(attacker, ['curl', '-s', '-m', deadlineSeconds(5), `http://${vip}/`]);
      rows.push(['is served like anybody', serves, 'served\n']);
      for (const [tried, came] of rows) process.stdout.write(`${tried}: ${JSON.stringify(came)}\n`);
      expect(rows.map(([tried, came]) => [tried, came])).toEqual(
        rows.map(([tried, , expected]) => [tried, expected]),
      );

      // No key in what the programs say, nor in what ps shows.
      const secrets = [...keys, ...ring.ofRealServer('first'), ...ring.ofRealServer('second')].map(
        (key) => key.keyHex,
      );
      const logs = Object.keys(places).map((name) => readFileSync(join(folder, `${name}.log`), 'utf8'));
      const shown = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((pid) => {
          try {
            return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          } catch {
            return '';
          }
        });
      expect(shown.some((line) => line.includes('causeway-director'))).toBe(true);
      for (const secret of secrets)
        expect([...logs, ...shown].some((text) => text.includes(secret))).toBe(false);
    } finally {
      for (const agent of agents) await agent.kill('SIGKILL');
      for (const child of children.splice(0)) child.kill('SIGKILL');
    }
  });
});
