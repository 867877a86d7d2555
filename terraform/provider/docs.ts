/** The provider's documentation in the form that registries show, from the schema that the provider serves. */
import { type Attribute, type AttributeType, attributesOf } from './core/attribute.ts';
import { dataSourceTypes } from './core/data-source.ts';
import { resourceTypes } from './core/resource-type.ts';
import { providerAttributes } from './provider-config.ts';

/** `example`: text of the file of that name. File name, relative to `docs/`, and text of each page. */
export function documentationPages(example: (file: string) => string): ReadonlyMap<string, string> {
  const pages: [string, string][] = [
    [
      'index.md',
      page(
        {
          title: 'Causeway Provider',
          description: 'Load balancing across datacentres on the kernel’s own IPVS.',
        },
        [
          '# Causeway Provider',
          'Manages what `causeway apply` applies: sites, services, policy for real servers, orders about weights, settings. It speaks to coordinators as the command does, over mutual TLS, and waits until every agent has done, or refused, what was changed.',
          exampleText(example('provider.tf')),
          schemaText(providerAttributes),
          '## What happens when …',
          bullets([
            '… **somebody else changes a resource** between plan and apply: the apply of that resource fails and changes nothing. Plan again.',
            '… **somebody changes one by hand**: the next plan shows what is other, and puts it back.',
            '… **an agent refuses**, or does not say in time: what was stored stands. Of a change that is an error; of what was just made, or is gone, a warning, since Terraform would otherwise destroy it and make it anew.',
            '… **no coordinator answers**: each that is named is tried, three times at most; then it is an error. What was carried out all the same, its answer lost, is found by the next plan.',
          ]),
        ],
      ),
    ],
    ...resourceTypes.map((type): [string, string] => {
      const { name, description, attributes, onlyName } = type;
      const subject = onlyName ?? 'NAME';
      const text = page({ title: `${name} Resource`, description }, [
        `# ${name} (Resource)`,
        description,
        exampleText(example(`${name}.tf`)),
        schemaText(attributes),
        '## Import',
        `By ${onlyName === undefined ? 'its name' : 'the one name that there is'}:`,
        code('shell', `terraform import ${name}.example ${subject}`),
      ]);
      return [`resources/${bare(name)}.md`, text];
    }),
    ...dataSourceTypes.map(({ name, description, attributes }): [string, string] => {
      const text = page({ title: `${name} Data Source`, description }, [
        `# ${name} (Data Source)`,
        description,
        exampleText(example(`data_${name}.tf`)),
        schemaText(attributes),
      ]);
      return [`data-sources/${bare(name)}.md`, text];
    }),
  ];
  return new Map(pages);
}

function bare(name: string): string {
  return name.replace(/^causeway_/, '');
}

function page(
  front: { readonly title: string; readonly description: string },
  parts: readonly string[],
): string {
  const head = [
    '---',
    `page_title: ${JSON.stringify(`${front.title} - causeway`)}`,
    'subcategory: ""',
    `description: ${JSON.stringify(front.description)}`,
    '---',
  ].join('\n');
  return `${[head, ...parts].join('\n\n')}\n`;
}

function exampleText(text: string): string {
  return `## Example Usage\n\n${code('terraform', text.trimEnd())}`;
}

function code(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** As the registry's own generator lays it out: each nested part has a heading of its own. */
function schemaText(attributes: readonly Attribute[]): string {
  return ['## Schema', ...sections(attributes, '', '###')].join('\n\n');
}

function sections(attributes: readonly Attribute[], path: string, heading: string): string[] {
  const groups = [
    ['Required', attributes.filter(({ use }) => use === 'required')],
    ['Optional', attributes.filter(({ use }) => use === 'optional')],
    ['Read-Only', attributes.filter(({ use }) => use === 'told')],
  ] as const;
  const own = groups
    .filter(([, group]) => group.length > 0)
    .flatMap(([title, group]) => [
      path === '' ? `${heading} ${title}` : `${title}:`,
      bullets(group.map((one) => attributeText(one, path))),
    ]);
  const nested = attributes.flatMap(({ name, type }) => {
    const inside = attributesOf(type);
    if (inside === undefined) return [];
    const at = path === '' ? name : `${path}.${name}`;
    return [
      `<a id="nestedatt--${anchor(at)}"></a>\n\n### Nested Schema for \`${at}\``,
      ...sections(inside, at, heading),
    ];
  });
  return [...own, ...nested];
}

function attributeText({ name, type, description, isSensitive }: Attribute, path: string): string {
  const sensitive = isSensitive === true ? ', Sensitive' : '';
  const at = path === '' ? name : `${path}.${name}`;
  const below =
    attributesOf(type) === undefined ? '' : ` (see [below for nested schema](#nestedatt--${anchor(at)}))`;
  return `\`${name}\` (${typeWords(type)}${sensitive}) ${description}${below}`;
}

function anchor(path: string): string {
  return path.replaceAll('.', '--');
}

function typeWords(type: AttributeType): string {
  const word = {
    string: 'String',
    number: 'Number',
    bool: 'Boolean',
    list: 'List',
    set: 'Set',
    map: 'Map',
    object: 'Attributes',
  };
  if (!('of' in type)) return word[type.kind];
  return type.of.kind === 'object'
    ? `Attributes ${word[type.kind]}`
    : `${word[type.kind]} of ${word[type.of.kind]}`;
}
