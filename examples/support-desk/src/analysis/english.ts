import { terms, type Lexicon } from './lexicon.ts'

export const english: Lexicon = {
  markers: terms(`the$, and$, is$, my$, you$, have$, with$, for$, this$, hello, please, it$, i$, was$`),
  negations: terms(`not, never, no longer, hardly, without, isn't, wasn't, don't, didn't, aren't, can't`),
  // Courtesy ("thanks in advance", "please") says nothing about the mood, so it is not here.
  positive: terms(`
    happy, great, perfect, excellent, love$, lovely, delighted, impressed, fantastic, amazing,
    works again, works well, solved, well done, brilliant, pleased, satisfied, awesome, quick reply
  `),
  negative: terms(`
    disappoint, unacceptable, angry, furious, terrible, awful, worst, useless, broken, scam, frustrat,
    ridiculous, fed up, unhappy, upset, shame, rubbish, faulty, fails, failed, still waiting,
    nobody answers, no answer, no reply, lost patience, overcharged, charged twice, doesn't work,
    does not work, not working, won't, wrong, late$, complain, stopped working
  `),
  categories: {
    account: terms(`
      password, log in, login, log into, sign in, signed in, signing in, account, username, two-factor,
      verification code, e-mail address, email address, hacked, profile, locked out
    `),
    billing: terms(`
      invoice, billed, billing, charged, charges$, overcharged, payment, paid, subscription, receipt,
      vat$, bank, direct debit, credit card, discount, promo code, price
    `),
    delivery: terms(`
      deliver, parcel, package, tracking, courier, shipp, shipment, dispatch, pick-up point, doorstep,
      arrive, in transit
    `),
    returns: terms(`
      return, refund, exchange, money back, send it back, sending it back, prepaid label, wrong size,
      wrong colour, changed my mind, swap, arrived broken, arrived damaged, broken on arrival,
      torn open, scratched
    `),
    technical: terms(`
      error, bug$, crash, app$, update, bluetooth, wi-fi, wifi, firmware, battery, screen, charging,
      charger, pairing, freez, leak, noise, reset, sync, doesn't work, does not work, not working,
      stopped working, turn on, turns on, overheat, display, descaling, pump$
    `),
  },
  urgencies: {
    high: terms(`
      urgent, asap$, as soon as possible, immediately, right away, emergency, today$, tonight$,
      by tomorrow, hacked, fraud, smoke, sparks, burn, dangerous, lawyer, completely blocked
    `),
    low: terms(`
      no rush, no hurry, not urgent, nothing urgent, when you have time, whenever you can,
      just wondering, curious, suggestion, idea for, feature request, just wanted to say,
      for information
    `),
  },
}
