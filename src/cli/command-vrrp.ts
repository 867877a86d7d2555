/** `causeway vrrp`: the configuration of keepalived for a director whose VIPs stand on one link with others'. */
import { Command } from 'commander';
import { type VrrpQuestion, vrrpFragment } from '../plan/vrrp-fragment.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { Refusal } from './refusal.ts';
import { openSession } from './session.ts';

interface VrrpOptions {
  readonly interface: string;
  readonly routerId?: string;
}

export function vrrpCommand(io: CliIo): Command {
  return new Command('vrrp')
    .description('print keepalived’s configuration for a director of a site with announce: vrrp')
    .argument('<DIRECTOR>')
    .requiredOption('--interface <NAME>', 'of the director, on the link of the VIPs')
    .option(
      '--router-id <NUMBER>',
      '1 to 255, of nobody else on that link (default: made of the site’s name)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  causeway vrrp fra-d1 --interface eth0 > /etc/keepalived/keepalived.conf && systemctl reload keepalived',
    )
    .action(async (director: string, options: VrrpOptions, command: Command) => {
      const session = openSession(command, io);
      const routerId = routerIdOf(options.routerId);
      const { question, announce } = await session.withAdmin(async (admin) => {
        const [{ agents, services }, { resources }] = await Promise.all([
          admin.status({ isSummary: true }),
          admin.list('Site'),
        ]);
        const all = agents.filter(({ role }) => role === 'director');
        const site = all.find(({ name }) => name === director)?.site;
        if (site === undefined)
          throw new Refusal([`causeway: no director ${director} is known: causeway status shows them`]);
        const question: VrrpQuestion = {
          ...{ site, director, link: options.interface },
          directors: all.filter((one) => one.site === site),
          vips: services.flatMap(({ vips }) => vips),
          ...(routerId === undefined ? {} : { routerId }),
        };
        const known = resources.find((one) => one.kind === 'Site' && one.name === site);
        return { question, announce: known?.kind === 'Site' ? (known.announce ?? 'link') : 'link' };
      });
      // Whoever changes over has the one before the other.
      if (announce !== 'vrrp') {
        io.stderr(
          `warning: Site/${question.site}: spec.announce: found ${announce}, expected vrrp: until then each of its directors answers for the VIPs itself\n`,
        );
      }
      const text = vrrpFragment(question);
      session.print({
        table: () => text,
        data: () => ({ director, site: question.site, configuration: text }),
      });
    });
}

function routerIdOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const id = Number(text);
  if (/^\d{1,3}$/.test(text) && id >= 1 && id <= 255) return id;
  throw new Misuse(`--router-id: found ${JSON.stringify(text)}, expected a number from 1 to 255`);
}
