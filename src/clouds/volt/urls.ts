import { BlockList, isIPv4, isIPv6 } from 'node:net';

// The URLs that a job may name. Volt posts job facts to a webhook, so an address inside a network is refused.

const LOCAL_NAMES = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'home.arpa',
  'onion',
];
/** Public names that resolve to the address written in them, or to loopback. */
const REBINDING_NAMES = ['nip.io', 'sslip.io', 'xip.io', 'localtest.me', 'lvh.me', 'vcap.me'];

/** IPv4 ranges that are not the public internet (IANA special-purpose registry). */
const SPECIAL_IPV4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Ranges of the global unicast block 2000::/3 that are special: Teredo and its like, documentation, 6to4, the unused end. */
const SPECIAL_IPV6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3ff0::', 12],
];

const special = new BlockList();
for (const [net, bits] of SPECIAL_IPV4) special.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of SPECIAL_IPV6) special.addSubnet(net, bits, 'ipv6');

const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');

const isUnder = (host: string, names: readonly string[]): boolean =>
  names.some((name) => host === name || host.endsWith(`.${name}`));

/** True for a host in a private network, or a name that may resolve to one. `host` as in `URL.hostname`. */
function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.+$/, '');
  const address = name.startsWith('[') ? name.slice(1, -1) : name;
  if (isIPv6(address)) return !globalIpv6.check(address, 'ipv6') || special.check(address, 'ipv6');
  if (isIPv4(address)) return special.check(address, 'ipv4');
  return !name.includes('.') || isUnder(name, LOCAL_NAMES) || isUnder(name, REBINDING_NAMES);
}

const MAX_URL = 2000;
/** Plain characters only: URL parsers differ on white space and backslashes. */
const PLAIN = /^[\u0021-\u005b\u005d-\u007e]+$/;

const isUrl = (text: string): boolean => text.length <= MAX_URL && PLAIN.test(text) && URL.canParse(text);

/** The problem of a webhook's URL; null if there is none. The parser turns decimal, hex and octal IPv4 into dotted. */
export function webhookProblem(text: string): string | null {
  if (!isUrl(text)) return 'not a URL of plain characters';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'must start with https://';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  return isPrivateHost(url.hostname) ? 'must not point at a private, loopback or link-local host' : null;
}

/** The problem of a dataset's URL; null if there is none (Fine-Tuning > Custom Dataset example). */
export function datasetUrlProblem(text: string): string | null {
  if (!isUrl(text)) return 'not a URL of plain characters';
  return /^https?:$/.test(new URL(text).protocol) ? null : 'must start with https:// or http://';
}
