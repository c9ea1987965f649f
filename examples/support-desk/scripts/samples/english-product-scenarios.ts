/** English: why people write to support, about what they have, and what they think of it. */
import type { Scenario } from './scenario.ts'

export const account: Scenario[] = [
  {
    priorities: ['normal', 'high'],
    subjects: [
      '[Password|Login] no longer accepted',
      'Cannot sign in to my account',
      'Verification code never arrives',
    ],
    problems: [
      "I haven't been able to log in to my account since [last night|this morning|the update {date}].",
      'The link to reset my password [does arrive, but has "expired" by the time I click it|never arrives, not even in spam].',
      'I have a new phone and the verification code still goes to the old number.',
    ],
    details: [
      'I tried [two browsers|my phone and my tablet|a private window] with the same result.',
      'After five attempts I am locked out for an hour and it all starts over.',
      'The e-mail address of the account is the one I am writing from.',
    ],
    wishes: [
      'Could you [unlock the account|reset the password by hand|clear my sessions]?',
      'I need to [get at my invoice|track order {order}] today.',
      'No rush, but I would like my account back this week.',
    ],
    short: [
      'Password refused and the reset link is expired. Can you unlock my account?',
      'No verification code, third try 🙄',
      "Can't log in since this morning, is it just me?",
    ],
    questions: [
      'Could you confirm the last four digits of the phone number on file and the delivery city of {order}?',
      'Do you see any message when it refuses you? A screenshot would help.',
    ],
    answers: [
      'It ends in {nn}{nn}, delivered to {city}.',
      'It says "session expired (code {error})" and sends me back to the home page.',
    ],
    solutions: [
      'I have [reset your access|lifted the lock]: a new link is on its way and good for [an hour|24 hours].',
      'The old number is gone. The app will ask you for the new one when you next sign in.',
    ],
    notes: [
      'Identity checked against [the city|the last two orders].',
      'Third case with {error} this week, tell engineering.',
    ],
  },
  {
    priorities: ['urgent', 'high'],
    subjects: [
      'URGENT: my account was hacked',
      'Orders that I never placed',
      'Suspicious login on my account',
    ],
    problems: [
      'I think my account has been hacked: there is an order for €{amount} [to an address I do not know|that I never placed].',
      'I received a message that my e-mail address was changed, and it was not me who changed it.',
    ],
    details: [
      'My credit card is saved there, so you can imagine how I feel.',
      'I changed my password immediately, but [I keep being signed out|the order is still being prepared].',
    ],
    wishes: [
      'Please block the account and order {order} right away.',
      'This is urgent, call me as soon as possible.',
    ],
    short: [
      'URGENT account hacked, order {order} is not mine, please stop it 😡',
      'Somebody changed my e-mail address. Fraud? Call me back asap',
    ],
    questions: ['The account is frozen as a precaution. Do you recognise the order from {date} to {city}?'],
    answers: ['No, I have never even been to {city}! Cancel everything.', 'That one yes, the next two no.'],
    solutions: [
      'The fraudulent order is cancelled, your €{amount} will be back within [three|five] days and all sessions are closed. Please turn on two-factor authentication.',
      'Your account is back under your own address. No payment method was used.',
    ],
    notes: ['Handed to the fraud team, file F-{nn}{nn}.', 'Same delivery address as the case last week.'],
  },
]

export const technical: Scenario[] = [
  {
    priorities: ['normal', 'high'],
    subjects: ["{product} won't turn on", 'Stopped working after {days} days', '{product} is dead'],
    problems: [
      'Since [yesterday|three days ago|{date}] my {product} does not turn on at all.',
      'My {product} stopped working after only {days} days.',
      'My {product} switches itself off after a few minutes.',
    ],
    details: [
      'A red light blinks [three|five] times, then nothing.',
      'Nothing else is on that socket, and the old one worked fine there.',
      'I left it unplugged for a whole night, no change.',
    ],
    wishes: [
      'Is that covered by the warranty?',
      'I would like it repaired or replaced.',
      'What else can I try?',
    ],
    short: ['{product} dead, red light blinks and that is it', "My {product} won't turn on, what now?"],
    questions: [
      'Could you hold the main button for ten seconds and tell me how often the light blinks?',
      'What is the serial number, on the underside?',
    ],
    answers: ['Four blinks, a pause, four again.', 'Serial no. BR{nn}{nn}{nn}.'],
    solutions: [
      'That signal means a faulty power supply: a new one leaves tonight, under warranty.',
      'After the firmware update ({error}) it should start again. I keep this open until you tell me so.',
    ],
    notes: ['Code {error} = power board, spring batch.', '14 months of warranty left.'],
  },
  {
    ability: 'bluetooth',
    priorities: ['normal', 'low'],
    subjects: ['Bluetooth pairing fails', '{product}: sound drops out', 'Moody Bluetooth'],
    problems: [
      'Bluetooth pairing of my {product} fails every other time.',
      'The sound of my {product} drops out as soon as my phone is in my pocket.',
      'Since the last update my {product} is no longer found by [my tablet|my laptop|the car].',
    ],
    details: [
      "With my daughter's phone there is no problem at all.",
      'I removed and added it four times.',
      'The error message is "{error}".',
    ],
    wishes: [
      'Is there a way to reset everything?',
      'Is an update planned?',
      'Whenever you can, any trick is welcome.',
    ],
    short: ['Bluetooth keeps dropping 🎧 any trick?', 'Cannot pair my {product}, error {error}'],
    questions: ['Which phone is it, and which version of its system?'],
    answers: ['A Fairphone, Android up to date.', 'An old one from 2019, I admit.'],
    solutions: [
      'Hold both buttons for eight seconds until the light turns white: that clears all pairings.',
      'Version 3.{nn} fixes these drops and reaches you [tonight|this week] through the app.',
    ],
    notes: ['Reproduced with two phones out of five.'],
  },
  {
    ability: 'app',
    priorities: ['normal', 'high', 'low'],
    subjects: ['App [crashes|freezes] on start', 'App: blank screen', '{product} lost its sync'],
    problems: [
      'Since the update {date} the app crashes as soon as I open the page of my {product}.',
      'The app shows a blank screen, then "error {error}".',
      'The settings of my {product} no longer sync: everything is back to zero.',
    ],
    details: [
      'I removed and installed it again, no change.',
      'Same on Wi-Fi and on mobile data.',
      'On the tablet, though, all is well.',
    ],
    wishes: ['Is this a known bug?', 'Can you bring my settings back?', 'Please tell me when it is fixed.'],
    short: [
      'App crashes since the update, error {error} 😩',
      'Blank screen in the app, everyone or just me?',
    ],
    questions: ['Could you send us the log (Settings > Help > Send log)?'],
    answers: ['Sent, reference {error}-{nn}.', "I can't, the app closes before I get there!"],
    solutions: [
      'It was a bug of ours: version 7.{nn}.1 fixes it and is out.',
      'Your settings from {date} are restored. Please close the app and open it again.',
    ],
    notes: ['Linked to APP-{nn}{nn}.', 'Only accounts made before 2024.'],
  },
  {
    ability: 'battery',
    priorities: ['normal', 'high'],
    subjects: ['Battery of my {product}: hardly lasts', 'No longer charging', 'Battery gets hot'],
    problems: [
      'The battery of my {product} lasts [two hours|a morning], down from a full day.',
      'My {product} is no longer charging: the charger is fine, I checked.',
      'The battery gets so hot while charging that it smells of smoke.',
    ],
    details: [
      'It is barely {days} days old.',
      'I only ever use the original charger.',
      'The display jumps from 60% to 5% at once.',
    ],
    wishes: ['Can the battery be replaced?', 'Is that dangerous?', 'I would like a new one under warranty.'],
    short: [
      'Battery of my {product} empty in 2 h, normal??',
      'My {product} stopped charging this morning 🔋',
    ],
    questions: ['Please unplug it for now. How many cycles does it show (Settings > Battery)?'],
    answers: ['{nn} cycles, if I read it right.', 'I cannot find that menu.'],
    solutions: [
      'Faulty battery: a new one is on its way by express, keep the old one away from heat.',
      'It only needs calibrating: run it down, then charge it for twelve hours in one go.',
    ],
    notes: ['Batch under watch, tell quality.'],
  },
  {
    ability: 'water',
    priorities: ['normal', 'high'],
    subjects: ['Leak under my {product}', 'Strange noise', '{product}: descaling light'],
    problems: [
      'There is a puddle under my {product} after each use: a leak.',
      'My {product} makes a noise like a [tractor|drill|saucepan] since [last week|{date}].',
      'The descaling light stays on although I have just descaled it.',
    ],
    details: [
      'The tank sits right and the seal looks fine.',
      'The water in {city} is quite soft, too.',
      'The floor is beginning to swell.',
    ],
    wishes: ['Does the seal need replacing?', 'Where can I get the part?', 'Could a technician come round?'],
    short: ['Leak under my {product} 💧 what to do?', 'Descaling light stuck after descaling…'],
    questions: ['Does it leak from the tank or from the back? A short video would be ideal.'],
    answers: ['From the back, near the pump.', 'From the tank, I think. Video sent.'],
    solutions: [
      'That is the pump seal: we send you one for free, with pictures of how to fit it.',
      'Hold "Steam" and "Menu" for five seconds: that resets the descaling counter.',
    ],
    notes: ['Seal no. J-{nn}, low stock.'],
  },
]

export const other: Scenario[] = [
  {
    pleasant: true,
    priorities: ['low'],
    subjects: ['A big thank you', 'Well done', 'A word for {agent}'],
    problems: [
      'Just wanted to say thank you: [the exchange went perfectly|my {product} was here in two days, perfect].',
      '{agent} helped me on the phone with rare patience and kindness.',
    ],
    details: ['I am delighted with the {product}, it works well.', 'One does not see that often.'],
    wishes: ['Please pass on my congratulations!', 'Keep it up 😊', 'Well done, all of you.'],
    short: ['Thanks {agent}, brilliant service 👏', '{product} is here and I love it 😍'],
    questions: ['Thank you! May we quote your message?'],
    answers: ['With pleasure, first name only.'],
    solutions: ['What a lovely message, {first}! I will pass it on to everyone.'],
    notes: ['Put up in the break room 🎉'],
  },
  {
    priorities: ['low', 'normal'],
    subjects: ['Question before buying: {product}', 'Does the {product} fit?', 'A suggestion'],
    problems: [
      'Just wondering before I order: does the {product} go with [a house wired in 2008|Linux|a Swiss socket]?',
      'I cannot decide between the {product} and last year’s model.',
      'I have a suggestion: offer the {product} in a [left-handed|second-hand|quieter] version.',
    ],
    details: ['I live in a small flat in {city}.', 'The data sheet does not say.'],
    wishes: ['What would you advise?', 'Is that planned one day?', 'Not urgent, I mean to buy next month.'],
    short: ['Does the {product} work with a Swiss plug? just curious', 'A quieter {product} one day? 🤔'],
    questions: ['How large is the place, and what network do you have?'],
    answers: ['45 m² and a recent router.', 'A studio, nothing special.'],
    solutions: [
      'Yes, without an adapter. And you have 30 days to change your mind.',
      'Nice idea, I will hand it to our designers!',
    ],
    notes: ['Asked for six times this year.'],
  },
]
