/** Stands in for curl where a machine has none: -s, -H NAME:VALUE, -d BODY and one URL. */
const [, , ...args] = process.argv;
const request = { method: 'GET', headers: {} };
let url;
while (args.length > 0) {
  const word = args.shift();
  if (word === '-s') continue;
  if (word === '-H') {
    const [, name, value] = /^([^:]+): *(.*)$/.exec(args.shift());
    request.headers[name.toLowerCase()] = value;
  } else if (word === '-d') {
    request.method = 'POST';
    request.body = args.shift();
    request.headers['content-type'] ??= 'application/x-www-form-urlencoded';
  } else if (word.startsWith('-') || url !== undefined) {
    throw new Error(`curl stands in for -s, -H, -d and one URL only, not for: ${word}`);
  } else {
    url = word;
  }
}
process.stdout.write(await (await fetch(url, request)).text());
