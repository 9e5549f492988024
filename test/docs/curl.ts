/** Does what curl does with -s, -H NAME:VALUE, -d BODY and one URL, for machines that have none; the body of the answer. */
export async function curl(args: readonly string[]): Promise<string> {
  const rest = [...args];
  const headers = new Headers();
  let body: string | null = null;
  let url = '';
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-s') continue;
    if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(rest.shift() ?? '') ?? [];
      headers.set(name, value);
    } else if (word === '-d') {
      body = rest.shift() ?? '';
      if (!headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded');
    } else if (word.startsWith('-') || url !== '') {
      throw new Error(`only -s, -H, -d and one URL of curl are played, not: ${word}`);
    } else {
      url = word;
    }
  }
  const reply = await fetch(url, { headers, ...(body !== null && { method: 'POST', body }) });
  return reply.text();
}
