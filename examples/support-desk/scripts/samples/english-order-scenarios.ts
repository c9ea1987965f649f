/** English: why people write to support, about what they ordered. */
import type { Scenario } from './scenario.ts'

export const billing: Scenario[] = [
  {
    priorities: ['high', 'normal', 'urgent'],
    subjects: ['Charged twice for {order}', 'Two payments of €{amount}', 'Wrong amount on my card'],
    problems: [
      'My bank shows two payments of €{amount} for one single order, {order}.',
      'I was charged twice {date} for one {product}.',
      'My card was charged €{amount} instead of the price shown at checkout.',
    ],
    details: [
      'The second one [put me into overdraft|came two minutes after the first].',
      'Your site showed a payment error, so I tried again, as anyone would.',
    ],
    wishes: [
      'Please pay the difference back.',
      'I expect a quick refund and, ideally, an explanation.',
      'When will I get my money back? This is unacceptable.',
    ],
    short: [
      'Charged twice, €{amount} each, for {order}. Please refund one',
      'Double payment on my card 😠 {order}',
    ],
    questions: [
      'Could you send us a statement that shows both (please hide the other lines)?',
      'Is the second one still "pending" or already booked?',
    ],
    answers: ['Statement attached. Both are booked, since {date}.', 'It does say "pending", actually.'],
    solutions: [
      'The second payment of €{amount} has been returned; allow [two to three|three to five] working days.',
      'The second line was an authorisation only: it disappears by itself within a week, nothing was taken.',
    ],
    notes: ['Two authorisations at the provider, one capture.', 'A €10 voucher is fine if they come back.'],
  },
  {
    priorities: ['low', 'normal'],
    subjects: ['Invoice with VAT for {order}', 'Where is my invoice?', 'Invoice {invoice} in the wrong name'],
    problems: [
      'I cannot find the invoice for my order {order} anywhere.',
      'Invoice {invoice} is in my name but should be in the name of [my company|our charity].',
      'Invoice {invoice} leaves out the discount that I was promised.',
    ],
    details: [
      'My accountant needs it to [close the quarter|book the expense].',
      'It does not show the VAT either.',
    ],
    wishes: [
      'Could you send it as a PDF?',
      'Please correct it. No rush, by the end of the month is fine.',
      'Just wondering: can it still be changed?',
    ],
    short: [
      'Hi, could I get the VAT invoice for {order} please',
      'Invoice {invoice} has the wrong name, can you fix it? not urgent',
    ],
    questions: ['Which company name and address should it carry?'],
    answers: ['Green Hands Trust, 12 Tanner Row, {city}.', '{last} & Sons Ltd, {city}. Thank you!'],
    solutions: [
      'Here is your [corrected |]invoice {invoice}. You also find it in your account under "Documents".',
      'The discount is now on line 3, and €{small} are on their way back to you.',
    ],
    notes: ['Old invoice cancelled by a credit note.', 'Agreed with accounting.'],
  },
  {
    priorities: ['normal', 'low'],
    subjects: ['Cancel Brise+', 'Subscription renewed against my will', 'Question about the price of Brise+'],
    problems: [
      'My Brise+ subscription was renewed {date} although I had cancelled it.',
      'I would like to end my Brise+ subscription this month and cannot find where.',
      'The price of my subscription went up to €{small} and nobody told me.',
    ],
    details: [
      'I kept the message that confirms the cancellation.',
      'I have not used it since my {product} broke down.',
      'For that price I find it disappointing.',
    ],
    wishes: [
      'Please stop the payments and refund this month.',
      'Could I switch to the yearly plan instead?',
      'Can you confirm the end of the subscription in writing?',
    ],
    short: [
      'How do I cancel Brise+? Going in circles in the app',
      'Subscription renewed though cancelled… refund please',
    ],
    questions: ['Shall it end at once, or with the period that is already paid?'],
    answers: ['With the period, thanks.', 'At once, and refunded, as agreed.'],
    solutions: [
      'Done: the subscription ends {later} and nothing more will be taken.',
      'The renewal is cancelled and €{small} are on their way back.',
    ],
    notes: ['Cancelled in the app but never synced: known defect.', 'Offer two free months before closing.'],
  },
]

export const delivery: Scenario[] = [
  {
    priorities: ['normal', 'high', 'normal', 'urgent'],
    subjects: [
      'Parcel {order} has not arrived',
      'Delivery is late',
      'Tracking stuck for {days} days',
      'Where is my {product}?',
    ],
    problems: [
      'My order {order} was due {date} and nothing has arrived.',
      'Tracking {tracking} has been stuck "in transit" in {city} for {days} days.',
      '{days} days late, and nobody can tell me where my {product} is.',
    ],
    details: [
      'The courier sends me back to you, of course.',
      'It was meant as a birthday present for [my mother|my godson|next week].',
      'I took half a day off for nothing.',
    ],
    wishes: [
      'When will it really be delivered?',
      'Please chase the courier as soon as possible.',
      'If it is lost, send another one or give me my money back.',
    ],
    short: [
      'Still no parcel {order}, tracking stuck for {days} days 😤',
      'Delivery was {date}, nothing here. Any news?',
      'hi where is my parcel {tracking} pls',
    ],
    questions: [
      'The courier reports a problem with the address. Could you give us the door code and the name on the letter box?',
      'Could a neighbour have taken it in?',
    ],
    answers: [
      'Code {nn}B{nn}, name {last}, third floor. It was on the order.',
      'I asked everyone in the building, nobody has it.',
    ],
    solutions: [
      'The parcel has been found and will be delivered [tomorrow before one|on Monday morning|the day after tomorrow]. Shipping is on us.',
      'The parcel is officially lost: a new one leaves tonight by express, tracking {tracking}.',
    ],
    notes: ['Courier investigation opened, answer within 48 h.', 'Third parcel lost in {city} this month.'],
  },
  {
    priorities: ['high', 'normal'],
    subjects: ['"Delivered" but never received', 'Parcel gone from my doorstep', 'Phantom delivery'],
    problems: [
      'Tracking {tracking} says "delivered" {date} at 10:{min}, yet I was at home and nobody rang.',
      'I am told that my {product} was left "with a neighbour", without saying which one.',
    ],
    details: [
      'The signature is not mine.',
      'There was no card in the letter box either.',
      'It is not the first time with this courier.',
    ],
    wishes: [
      'What are you going to do about it?',
      'I would like a new one or a refund.',
      'Please open an investigation and keep me posted.',
    ],
    short: ['Parcel {order} marked delivered but I got NOTHING 😡', 'Delivered where?? Not here. {order}'],
    questions: ['Could you sign the attached statement and send it back to us?'],
    answers: ['Attached, signed this morning.', 'Done. I hope that is the last form.'],
    solutions: [
      'The investigation agrees with you: €{amount} are on their way back.',
      'The driver mixed up two house numbers: your parcel is at the pick-up point in {city}, bring an ID.',
    ],
    notes: ['Proof of delivery unreadable, asked again.', 'GPS of the driver was 300 m off.'],
  },
  {
    priorities: ['normal', 'low'],
    subjects: ['Change of address for {order}', 'Pick-up point instead?', 'Away on the day of delivery'],
    problems: [
      'I am moving to {city} before {order} is due.',
      'I will be away from {later} and nobody can take the parcel in.',
    ],
    details: [
      'My account no longer lets me change the address.',
      'The new address is already in my address book.',
    ],
    wishes: [
      'Can it go to a pick-up point?',
      'Could you change the address before it ships?',
      'Not urgent, but before Friday if you can.',
    ],
    short: [
      'Can {order} go to a pick-up point instead? Thanks 🙏',
      'Moving house, how do I change the address of {order}?',
    ],
    questions: ['Which pick-up point suits you, and until what time could you get there?'],
    answers: ['The one at {city} station, any time after five.', 'Whichever is nearest to the town hall.'],
    solutions: [
      'The address is changed, delivery {later}.',
      'It will go to that pick-up point and wait for you for [ten|fourteen] days.',
    ],
    notes: ['Changed before labelling, nothing else to do.'],
  },
]

export const returns: Scenario[] = [
  {
    priorities: ['high', 'normal'],
    subjects: ['Still no refund', 'Return of {order}: any news?', '€{amount} to be refunded'],
    problems: [
      'I sent my {product} back {days} days ago and the refund of €{amount} is still missing.',
      'Your warehouse received my return {date}; silence ever since.',
    ],
    details: [
      'I kept the proof of postage, no. {tracking}.',
      'I was told five working days.',
      'I am beginning to feel like a fool, and rather angry.',
    ],
    wishes: [
      'Please refund me without further delay.',
      'Otherwise I will take it up with [my card issuer|a lawyer|a consumer association].',
      'Could you give me a firm date?',
    ],
    short: [
      'Return {order} reached you {date}, still no refund…',
      'My refund of €{amount}? Waiting {days} days 😒',
    ],
    questions: ['The refund to your old card bounced: could you leave us bank details in your account?'],
    answers: ['They are in my account now.', 'Right, I have a new card. Details are online.'],
    solutions: [
      'The transfer of €{amount} left this morning.',
      'Our apologies: the return had never been scanned. Refunded just now, with €15 on top.',
    ],
    notes: ['Found in the disputes area, label torn.', 'Priority: very upset.'],
  },
  {
    priorities: ['normal', 'low'],
    subjects: ['Exchange: wrong colour', 'Changed my mind about {order}', 'Return label for my {product}'],
    problems: [
      'I ordered the {product} in [green|midnight blue|sand] and got it in [black|red|grey].',
      'After a few days the {product} is not for me and I would like to [exchange it|send it back].',
      'I cannot find the prepaid label that the return form talks about.',
    ],
    details: [
      'It was used once and the packaging is intact.',
      'The photo on your site is rather misleading, by the way.',
    ],
    wishes: ['How do I send it back?', 'An exchange would be fine.', 'Please send me the label.'],
    short: [
      'Got the wrong colour for {order}, how do I swap it?',
      'No return label in the box, can you send one?',
    ],
    questions: ['Would you rather have an exchange or a refund? And in which colour?'],
    answers: ['Exchange, in sand if you have it.', 'A refund, on second thoughts.'],
    solutions: [
      'The prepaid label is in your inbox; the new one ships once the parcel is handed in.',
      'Return accepted: refund within five days of receipt.',
    ],
    notes: ['Picking error, shelf {nn} needs a recount.'],
  },
  {
    priorities: ['normal', 'high'],
    subjects: ['{product} arrived damaged', 'Box torn open on arrival', 'Broken on arrival'],
    problems: [
      'My {product} arrived broken: [the cover is cracked|one foot is missing|there is a chip on the side].',
      'The box of {order} was torn open and everything in it is scratched.',
    ],
    details: [
      'I took photos before I even opened it.',
      'The driver would not wait, so I could not note it on his form.',
    ],
    wishes: [
      'I would like an exchange, not a repair.',
      'Tell me how to return it.',
      'What a disappointment for €{amount}.',
    ],
    short: ['{product} arrived broken 😢 sending a photo. Exchange?', 'Box torn, product scratched. {order}'],
    questions: ['Could you send us a photo of the label and of all four sides of the box?'],
    answers: ['Photos attached. You can see the forklift marks.', 'Sent by e-mail, too large for here.'],
    solutions: [
      'A new {product} leaves today; the courier takes the old one back.',
      'We refund €{small} for the damage and you keep it. Would that suit you?',
    ],
    notes: ['Claim with the courier before noon tomorrow.', 'Weak packaging in this batch, told purchasing.'],
  },
]
