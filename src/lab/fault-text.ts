// What is done to the lab, in a few words.
import type { ControlFault, Fault } from './scenario-schema.ts';

export function faultText(fault: Fault): string {
  const during = fault.during.map((one) => `while ${controlText(one)}`);
  return [ownText(fault), ...during].join(', ');
}

function ownText(fault: Fault): string {
  switch (fault.kind) {
    case 'stop-application':
      return `${fault.host}'s application ends`;
    case 'kill-host':
      return `nothing comes from ${fault.host} or gets to it`;
    case 'tunnel-down':
      return `${fault.host}'s tunnel device is held down for ${fault.holdSeconds} s`;
    case 'wan-rtt':
      return `between ${fault.between.join(' and ')}, and it stays so`;
    case 'kill':
    case 'stop':
    case 'cut':
    case 'clock':
    case 'wan-loss':
      return `${controlText(fault)}; over after ${fault.downSeconds} s`;
    case 'restart-agents':
      return 'coordinators, directors, real servers: SIGTERM at once, and started again';
    case 'kill-site-servers':
      return `all of ${fault.site}'s at once`;
    case 'apply':
      return `${fault.resource}: ${JSON.stringify(fault.spec)}, and it stays so`;
  }
}

function controlText(fault: ControlFault): string {
  switch (fault.kind) {
    case 'kill':
      return `${fault.programs.join(', ')}: SIGKILL`;
    case 'stop':
      return `${fault.programs.join(', ')}: SIGSTOP`;
    case 'cut': {
      const [one, other] = fault.between;
      const way = `${one} ${fault.oneWay ? 'to' : 'and'} ${other}`;
      return `nothing passes ${fault.oneWay ? 'from' : 'between'} ${way}`;
    }
    case 'clock':
      return `${fault.programs.join(', ')}: clock ${fault.aheadSeconds} s ahead`;
    case 'wan-loss':
      return `${fault.share * 100} % of all packets between sites are lost`;
  }
}
