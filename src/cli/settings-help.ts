import { type Command, Option } from 'commander';
import { COMMON_SETTINGS, SETTINGS, type Setting, type SettingFlags } from '../config/read.ts';
import { groupOf, SETTING_GROUPS } from '../config/row.ts';
import { invoked } from './invocation.ts';
import { marked } from './terminal/layout.ts';
import type { Paint } from './terminal/screen.ts';

/** The word after --help that shows the settings. */
export const SETTINGS_TOPIC = 'settings';
/** Flags in the short help, which nearly everybody uses. */
const SHOWN: readonly (string | null)[] = ['sandbox', 'http'];

/** True if a command takes the settings as options. */
export const takesSettings = ({ options }: Command): boolean =>
  options.some(({ long }) => long === '--confirm');

const attribute = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase());

const operand = ({ value }: Setting): string =>
  value === null ? '' : value.startsWith('[') ? ` ${value}` : ` <${value}>`;

/** Adds the settings with a flag to a command. Its help hides most of them and says how to show them. */
export function withSettings(command: Command, settings: readonly Setting[] = COMMON_SETTINGS): Command {
  for (const setting of settings) {
    if (setting.flag === null) continue;
    const option = new Option(`--${setting.flag}${operand(setting)}`, setting.meaning);
    command.addOption(SHOWN.includes(setting.flag) ? option : option.hideHelp());
  }
  return command.addHelpText(
    'after',
    `\nSettings are options, too: ${invoked()} ${command.name()} --help ${SETTINGS_TOPIC}`,
  );
}

/** The settings that a command line gives, by their variables. */
export function flagsOf(options: Record<string, unknown>): SettingFlags {
  const flags: Record<string, string> = {};
  for (const { flag, variable } of SETTINGS) {
    const given = flag === null ? undefined : options[attribute(flag)];
    if (given !== undefined) flags[variable] = String(given);
  }
  return flags;
}

function lines(setting: Setting, columns: number): string {
  const { flag, variable, meaning, default: fallback, value } = setting;
  const name = flag === null ? variable : `--${flag}${operand(setting)}`;
  const facts = [
    ...(flag === null ? ['no flag'] : [variable]),
    ...(fallback === null || value === null ? [] : [`default ${fallback}`]),
  ];
  return `  ${name}\n${marked(' ', `${meaning} (${facts.join(', ')})`, columns, '    ')}`;
}

/** The settings of a command in groups, for a person. */
export function settingsHelp(command: Command, columns: number, paint: Paint): string {
  const flags = command.options.map(({ long }) => long);
  const isKnown = ({ flag }: Setting) => flag !== null && flags.includes(`--${flag}`);
  const takesHttp = SETTINGS.some(
    ({ flag, variable }) => flag !== null && variable === 'GPU_MCP_HTTP' && flags.includes(`--${flag}`),
  );
  const shown = SETTINGS.filter(
    (setting) =>
      isKnown(setting) ||
      (setting.flag === null &&
        (takesHttp || COMMON_SETTINGS.some(({ variable }) => variable === setting.variable))),
  );
  const groups = SETTING_GROUPS.flatMap(({ title }) => {
    const own = shown.filter((setting) => groupOf(setting) === title);
    return own.length === 0
      ? []
      : [[paint('bold', `${title}:`), ...own.map((one) => lines(one, columns))].join('\n')];
  });
  return [`Settings of ${invoked()} ${command.name()}. A flag wins over its variable.`, ...groups].join(
    '\n\n',
  );
}
