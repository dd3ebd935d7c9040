// Asks the reference reader about random minutes of each expression on standard input; see README.md.
import { readFileSync } from 'node:fs';
import opening_hours from 'opening_hours';

const FIRST = Date.UTC(2025, 0, 1) / 60000 - 480; // in minutes: 2025-01-01 00:00 in China
const MINUTES = 2 * 365 * 1440;
const PER_EXPRESSION = 300;

let seed = 20261122;
function random() {
  seed = (seed * 1103515245 + 12345) % 2147483648; // below 2^62: the low digits are lost, the same each time
  return seed / 2147483648;
}

const place = { lat: 39.74, lon: 98.51, address: { country_code: 'cn', state: 'Gansu' } };
const answers = {};
for (const expression of readFileSync(0, 'utf8').split('\n')) {
  const hours = new opening_hours(expression, place, { locale: 'en' });
  const minutes = Array.from({ length: PER_EXPRESSION }, () => Math.floor(random() * MINUTES));
  const said = minutes.map((minute) => {
    const at = new Date((FIRST + minute) * 60000);
    return hours.getUnknown(at) ? 'u' : hours.getState(at) ? 'o' : 'c';
  });
  answers[expression] = { minutes, said: said.join('') };
}
process.stdout.write(JSON.stringify(answers) + '\n');
