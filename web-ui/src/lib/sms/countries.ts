import { words } from '$words/index.svelte';

/** Those whose numbers the gateway reads (ISO 3166-1). */
const CODES =
  'AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW'.split(' ');

/** What people call a country. */
export const countryName = (code: string) => new Intl.DisplayNames([words.language], { type: 'region' }).of(code) ?? code;

/** All countries with their names, by these. */
export function countries(): [string, string][] {
  const { compare } = new Intl.Collator(words.language);
  return CODES.map((code): [string, string] => [code, countryName(code)]).toSorted((a, b) => compare(a[1], b[1]));
}

/** Where somebody is at home whose browser speaks as this one does. */
export function likelyCountry(): string {
  const tags = [words.language, ...navigator.languages].map((tag) => new Intl.Locale(tag));
  const region = tags.find((tag) => tag.region)?.region ?? (words.language === 'vi' ? 'VN' : '');
  return CODES.includes(region) ? region : '';
}
