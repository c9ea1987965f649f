/** English: people, places, products and the sentences that fit any conversation. */
import { names, type Phrasebook, type Product } from './scenario.ts'

const named = (product: string) => ({ product })

const products: Product[] = [
  { abilities: ['battery', 'motor', 'app'], price: 1890, words: named('Zephyr e-bike') },
  { abilities: ['water', 'motor'], price: 249, words: named('Ristretta coffee machine') },
  { abilities: ['battery', 'bluetooth', 'app'], price: 179, words: named('Echo 5 headset') },
  { abilities: ['app'], price: 89, words: named('Firefly lamp') },
  { abilities: ['battery', 'motor', 'app'], price: 399, words: named('Balto robot vacuum') },
  { abilities: ['battery', 'bluetooth', 'app'], price: 219, words: named('Cadence watch') },
  { abilities: ['battery', 'bluetooth'], price: 129, words: named('Pebble speaker') },
  { abilities: ['app'], price: 159, words: named('Hearth thermostat') },
  { abilities: ['water', 'motor'], price: 99, words: named('Source water filter') },
]

export const englishPhrases: Omit<Phrasebook, 'scenarios'> = {
  products,
  women: names(
    'Amelia, Niamh, Siobhán, Priya, Zuzanna, Chloe, Renée, Fatima, Ingrid, Grace, Naomi, Beatrix, Yuki, Aoife, Camila, Hannah',
  ),
  men: names(
    'Oliver, Søren, Conor, Arjun, Mateo, Björn, Callum, Dmitri, Elliott, Kwame, Liam, Tomasz, Hiroshi, Reuben, Zachary, José',
  ),
  lastNames: names(
    "O'Connor, Whitfield, Kowalski, Patel, Østergaard, MacLeod, Fernández, Abara, Lindqvist, Ashworth, Nakamura, Brennan, Holloway, Okafor, Pritchard, Sutherland, Tremblay, Vance, Weston, Yilmaz, Çelik, Delacroix, Everly, Fairbanks, Greer, Hartley, Iversen, Jamieson",
  ),
  cities: names(
    'Leeds, Galway, Bristol, Aberdeen, Swansea, Norwich, Cork, Bath, Inverness, Truro, Portland, Halifax, Dunedin',
  ),
  weekdays: names('Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday'),
  past: 'last {day}',
  coming: 'next {day}',
  phone: '[+44 7700 900{n}{nn}|+1 202 555 01{nn}|+44 7700 900{n}{nn}]',
  greetings: [
    'Hello,',
    'Hi there,',
    'Dear support team,',
    'Good morning,',
    'Hello Brise,',
    'To whom it may concern,',
  ],
  closings: [
    'Kind regards,\n{name}',
    'Many thanks,\n{name}',
    'Best,\n{first}',
    'Thanks in advance,\n{name}\nOrder {order}',
    'Yours sincerely,\n{name}\n{city}',
    'Cheers,\n{first}',
  ],
  calls: [
    '[Incoming call, {minutes} min] "{problem} {detail} {wish}"',
    '[Call from {name}, {minutes} min] "{problem} {wish}"',
    '[Voicemail, {city}] "Hi, this is {name}. {problem} {detail} {wish}"',
  ],
  stories: [
    '[To give you some background|So that you see the whole picture], I have been a customer from the start: this is my [third|fourth|fifth] order, and I have talked [my sister|half my office|two neighbours|my running club] into buying from you.',
    'I spoke to [a very kind person|somebody] on the phone {date} who promised it would be sorted within two days; I did not write the name down, which I now regret.',
    'I have attached [two photos|a short video|the invoice and two screenshots], if they made it through: your form refused anything over 5 MB.',
    'We are [a small charity|a primary school|a village café] in {city}, so every euro and every hour counts[ for us|].',
    'I understand that [this is your busy season|anyone can make a mistake|these things happen], but please put yourselves in my shoes for a moment.',
    'Until now I had [nothing but praise for|never had a single problem with] your shop[, so I trust that this can be mended|].',
  ],
  deviceStories: [
    'I have tried [everything on your help page|every step of the troubleshooting guide|all three of your videos], twice, once with [my daughter|a colleague] who is far better at this than I am.',
    'For the record, it was never dropped, never got wet, and lives [in the living room, far from any window|in a heated study|on a shelf], out of reach of the cat.',
    'We use it every single day, so it is sorely missed[, above all by the children|].',
  ],
  nudges: [
    'Hello, [any news|have you had a chance to look at this|any idea how long it will take]?',
    'Following up: I am still waiting for an answer[ since {date}|]. 😕',
    'Still nothing? I am slowly running out of patience.',
    '[Gentle|Friendly] reminder about {order}. Thanks!',
    'I forgot to say: I am easiest to reach [after six|in the morning|around lunch].',
  ],
  acknowledgements: [
    'Hi {first}, thanks for writing. [I am looking into it now|I have picked this up] and will get back to you [today|by tomorrow].',
    'Hello {first}, this is {agent}, I will be taking care of this. [Let me check with the warehouse|Give me a moment to check a few things].',
    'Hi {first}, I am sorry about the trouble. I have noted [{order}|everything you wrote] and am on it.',
  ],
  thanks: [
    'Perfect, thank you so much[ {agent}|]! [😊|🙏|]',
    'All solved, thanks for [the quick reply|your patience|your help|sorting this out].',
    '[Received|Got it], thank you. Have a nice [evening|weekend|day]!',
    'Great, that is more than I hoped for. Thanks {agent}!',
    'Thanks[ {agent}|], you can close this.',
    '[That settles it|All good now], thank you for your help.',
  ],
  deviceThanks: [
    'It works again, well done 👍',
    'That did it, {agent}, thank you[ so much|]!',
    'Back to normal since [yesterday|this morning]. Thanks for your patience with me.',
    'It works! I would never have found that on my own 🎉',
  ],
  signOffs: [
    '[Have a nice day|All the best], {agent}',
    'Kind regards, {agent} at Brise',
    'Best, {agent}',
    '',
  ],
}
