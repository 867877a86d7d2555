// The reference: what can be said of commands, configuration, resources, API and metrics by asking them.
import { apiPage } from './api.ts';
import { commandsPage } from './commands.ts';
import { configurationPage } from './configuration.ts';
import { metricsPage } from './metrics.ts';
import { resourcesPage } from './resources.ts';
import { tunnelsPage } from './tunnels.ts';

/** File name and text of each, before the repository's formatter. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['api.md', apiPage()],
    ['commands.md', await commandsPage()],
    ['configuration.md', configurationPage()],
    ['metrics.md', await metricsPage()],
    ['resources.md', resourcesPage()],
    ['tunnels.md', tunnelsPage()],
  ]);
}
