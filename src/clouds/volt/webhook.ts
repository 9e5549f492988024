// Where a webhook may point. Volt posts job facts there, so that an address inside a network is refused.

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
/** Public names that resolve to whatever address they spell, or to loopback. */
const REBINDING_NAMES = ['nip.io', 'sslip.io', 'xip.io', 'localtest.me', 'lvh.me', 'vcap.me'];
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** IPv4 ranges that are not the public internet (IANA special-purpose registry), as [first octets, prefix bits]. */
const PRIVATE_IPV4: readonly [string, number][] = [
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

const asNumber = (ip: string): number => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

const isPrivateIpv4 = (ip: string): boolean =>
  PRIVATE_IPV4.some(([base, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(asNumber(ip) / size) === Math.floor(asNumber(base) / size);
  });

/** The eight 16-bit groups of an IPv6 address as the URL parser writes it (never with a dotted tail). */
function groups(ip: string): number[] {
  const [head = '', tail] = ip.split('::');
  const read = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [read(head), read(tail ?? '')];
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: gap }, () => 0), ...right];
}

/** Only global unicast (2000::/3) without Teredo, documentation and 6to4 is public; mapped IPv4 never is in a URL. */
function isPrivateIpv6(ip: string): boolean {
  const [first = 0, second = 0] = groups(ip);
  const isGlobal = first >= 0x2000 && first <= 0x3fff;
  const isSpecial =
    (first === 0x2001 && (second < 0x200 || second === 0xdb8)) || first === 0x2002 || first >= 0x3ff0;
  return !isGlobal || isSpecial;
}

const isUnder = (host: string, names: readonly string[]): boolean =>
  names.some((name) => host === name || host.endsWith(`.${name}`));

/** True for a host that is, or may lead, inside a network. `host` is what the URL parser made of it. */
export function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.+$/, '');
  if (name.startsWith('[')) return isPrivateIpv6(name.slice(1, -1));
  if (IPV4.test(name)) return isPrivateIpv4(name);
  return !name.includes('.') || isUnder(name, LOCAL_NAMES) || isUnder(name, REBINDING_NAMES);
}

const MAX_URL = 2000;
/** Plain characters only: white space and backslashes are read differently by different URL parsers. */
const PLAIN = /^[\u0021-\u005b\u005d-\u007e]+$/;

const isUrl = (text: string): boolean => text.length <= MAX_URL && PLAIN.test(text) && URL.canParse(text);

/** What is wrong with a webhook's URL, null where nothing is. The parser turns decimal, hex and octal IPv4 into dotted. */
export function webhookProblem(text: string): string | null {
  if (!isUrl(text)) return 'not a URL of plain characters';
  const url = new URL(text);
  if (url.protocol !== 'https:') return 'must start with https://';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  return isPrivateHost(url.hostname) ? 'must not point at a private, loopback or link-local host' : null;
}

/** What is wrong with a dataset's URL, null where nothing is (Fine-Tuning > Custom Dataset example). */
export function datasetUrlProblem(text: string): string | null {
  if (!isUrl(text)) return 'not a URL of plain characters';
  return /^https?:$/.test(new URL(text).protocol) ? null : 'must start with https:// or http://';
}
