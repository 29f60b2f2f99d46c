import type { Country } from './calendar.js';
import { pick, type Random } from './random.js';

/** Someone who does not exist, at a place that does not. */
export interface Person {
  name: string;
  email: string;
  phone: string;
  street: string;
  houseNumber: string;
  city: string;
  postalCode: string;
}

/** Family names that say "example" in the language of the country. */
const names: Record<
  Country,
  { first: readonly string[]; last: readonly string[]; street: string; cities: readonly string[] }
> = {
  NL: {
    first: ['Fenna', 'Daan', 'Sanne', 'Bram', 'Lotte', 'Joris'],
    last: ['Voorbeeld', 'Proefpersoon', 'Testema', 'van Verzinsel'],
    street: 'Voorbeeldstraat',
    cities: ['Voorbeelddam', 'Verzonnenburg', 'Testeveen'],
  },
  BE: {
    first: ['Lore', 'Wout', 'Elise', 'Arnaud', 'Nele', 'Jef'],
    last: ['Voorbeeld', 'Exemple', 'Testaert', 'Verzinsel'],
    street: 'Voorbeeldlaan',
    cities: ['Voorbeeldgem', 'Testelaar', 'Exempleville'],
  },
  DE: {
    first: ['Erika', 'Max', 'Heike', 'Jonas', 'Greta', 'Emil'],
    last: ['Mustermann', 'Beispiel', 'Musterfrau', 'Probst-Muster'],
    street: 'Musterstraße',
    cities: ['Musterstadt', 'Beispielhausen', 'Probedorf'],
  },
  FR: {
    first: ['Camille', 'Luc', 'Manon', 'Hugo', 'Chloé', 'Rémi'],
    last: ['Exemple', 'Spécimen', 'Lexemple', 'Fictif'],
    street: 'rue de l’Exemple',
    cities: ['Exempleville', 'Saint-Fictif', 'Spécimen-sur-Mer'],
  },
  GB: {
    first: ['Poppy', 'Alfie', 'Isla', 'Rory', 'Maisie', 'Ewan'],
    last: ['Sample', 'Placeholder', 'Exampleton', 'Fiction'],
    street: 'Sample Lane',
    cities: ['Sampleford', 'Exampleton', 'Fictionbury'],
  },
  US: {
    first: ['Ava', 'Mason', 'Zoe', 'Logan', 'Harper', 'Eli'],
    last: ['Sample', 'Placeholder', 'Example', 'Fiction'],
    street: 'Example Avenue',
    cities: ['Sampleville', 'Example City', 'Fiction Falls'],
  },
};

function pickDigits(random: Random, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
}

function pickPostalCode(random: Random, country: Country): string {
  const first = String(1 + Math.floor(random() * 9));
  switch (country) {
    case 'NL':
      return `${first}${pickDigits(random, 3)} ${pick(random, ['AB', 'CD', 'EK', 'XZ'])}`;
    case 'BE':
      return first + pickDigits(random, 3);
    case 'GB':
      return `${pick(random, ['LS', 'M', 'EH', 'BS'])}${first} ${pickDigits(random, 1)}ZZ`;
    default:
      return first + pickDigits(random, 4);
  }
}

/** Makes someone up: the name says so, the mail goes to example.com, the phone number is nobody's. */
export function inventPerson(random: Random, country: Country): Person {
  const { first, last, street, cities } = names[country];
  const name = `${pick(random, first)} ${pick(random, last)}`;
  const mailbox = name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z ]/g, '')
    .replaceAll(' ', '.')
    .toLowerCase();
  return {
    name,
    email: `${mailbox}.${pickDigits(random, 3)}@example.com`,
    phone: `+00 000 ${pickDigits(random, 6)}`,
    street,
    houseNumber: String(1 + Math.floor(random() * 180)),
    city: pick(random, cities),
    postalCode: pickPostalCode(random, country),
  };
}
