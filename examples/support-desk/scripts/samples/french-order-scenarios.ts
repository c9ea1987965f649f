/** French: why people write to support, about what they ordered. */
import type { Scenario } from './scenario.ts'

export const billing: Scenario[] = [
  {
    priorities: ['high', 'normal', 'urgent'],
    subjects: ['Prélevé deux fois pour {order}', 'Double débit de {amount} €', 'Erreur sur mon prélèvement'],
    problems: [
      'Ma banque affiche deux prélèvements de {amount} € pour une seule et même commande, {order}.',
      "J'ai été débité{f} deux fois {date} pour {le}, alors que je n'en ai commandé qu'un{e}.",
    ],
    details: [
      'Le second débit [me met à découvert|est passé deux minutes après le premier].',
      'Votre site avait affiché une erreur de paiement, j’avais donc recommencé, comme tout le monde.',
    ],
    wishes: [
      'Merci de me rembourser le montant de trop.',
      "J'attends un remboursement rapide et, si possible, une explication.",
      'Quand serai-je recrédité{f} ? C’est inadmissible.',
    ],
    short: [
      'Débité 2 fois de {amount} € pour {order}, merci de rembourser',
      'Double prélèvement sur ma carte 😠 {order}',
    ],
    questions: [
      'Pourriez-vous nous envoyer un relevé où figurent les deux opérations (les autres lignes masquées) ?',
      'Le second montant est-il encore « en attente » ou déjà comptabilisé ?',
    ],
    answers: [
      'Voici le relevé. Les deux sont bien comptabilisés, depuis {date}.',
      "C'est encore marqué « en attente », en effet.",
    ],
    solutions: [
      'Le second paiement de {amount} € est remboursé ; comptez [2 à 3|3 à 5] jours ouvrés selon votre banque.',
      "La seconde ligne était une simple autorisation : elle s'effacera d'elle-même sous une semaine, rien n'a été encaissé.",
    ],
    notes: [
      'Deux autorisations chez le prestataire, une seule capture.',
      'Geste commercial possible : 10 € si la personne revient.',
    ],
  },
  {
    priorities: ['low', 'normal'],
    subjects: ['Facture avec TVA pour {order}', 'Demande de facture', 'Facture {invoice} au mauvais nom'],
    problems: [
      'Je ne trouve pas la facture de ma commande {order} dans mon espace client.',
      'La facture {invoice} est à mon nom alors qu’elle devrait porter celui de [mon entreprise|notre association].',
      'Le montant de la facture {invoice} ne tient pas compte de la remise annoncée.',
    ],
    details: [
      'Mon comptable la réclame pour [clore le trimestre|la note de frais].',
      'La TVA n’y est pas détaillée non plus.',
    ],
    wishes: [
      'Pouvez-vous me l’envoyer en PDF ?',
      'Merci de la corriger. Rien d’urgent, d’ici la fin du mois suffira.',
      'Simple question : est-ce encore modifiable ?',
    ],
    short: [
      'Bonjour il me faudrait la facture de {order} avec TVA svp',
      'Facture {invoice} au mauvais nom, possible de corriger ? pas urgent',
    ],
    questions: ['Quelle raison sociale et quelle adresse devons-nous y faire figurer ?'],
    answers: [
      'Association Les Mains Vertes, 12 rue des Tanneurs, {city}.',
      'SARL {last} et Fils, {city}. Merci !',
    ],
    solutions: [
      'Voici la facture [corrigée|demandée] {invoice}. Elle est aussi dans votre espace client, onglet « Documents ».',
      "La remise figure à présent ligne 3 ; l'écart de {amount} € vous est recrédité.",
    ],
    notes: ['Ancienne facture annulée par un avoir.', 'Vu avec la comptabilité.'],
  },
  {
    priorities: ['normal', 'low'],
    subjects: [
      "Résiliation de l'abonnement Brise+",
      'Abonnement renouvelé sans mon accord',
      'Question sur le tarif de Brise+',
    ],
    problems: [
      "Mon abonnement Brise+ a été renouvelé {date} alors que je l'avais résilié.",
      'Je souhaite arrêter mon abonnement Brise+ à la fin du mois et je ne trouve pas où cliquer.',
      'Le tarif de mon abonnement est passé à {small} € sans que personne me prévienne.',
    ],
    details: [
      "J'ai gardé le message de confirmation de la résiliation.",
      "Je ne m'en sers plus depuis que {mon} est en panne.",
      'Pour ce prix-là, je trouve cela décevant.',
    ],
    wishes: [
      "Merci d'arrêter les prélèvements et de me rembourser ce mois-ci.",
      'Est-il possible de passer à la formule annuelle plutôt ?',
      "Pouvez-vous confirmer par écrit l'arrêt de l'abonnement ?",
    ],
    short: [
      "Résilier Brise+ : où ? Je tourne en rond dans l'appli",
      'Abonnement renouvelé alors que résilié… remboursez-moi svp',
    ],
    questions: ['Souhaitez-vous un arrêt immédiat, ou au terme de la période déjà payée ?'],
    answers: ['Au terme de la période, merci.', 'Immédiat, et remboursé, comme convenu.'],
    solutions: [
      "C'est noté : l'abonnement s'arrête {later}, plus rien ne sera prélevé.",
      'Le renouvellement est annulé et les {small} € sont en route vers votre compte.',
    ],
    notes: [
      "La résiliation a bien été faite dans l'appli, mais pas synchronisée : anomalie connue.",
      'Proposer deux mois offerts avant de clore.',
    ],
  },
]

export const delivery: Scenario[] = [
  {
    priorities: ['normal', 'high', 'normal', 'urgent'],
    subjects: [
      'Colis {order} toujours pas arrivé',
      'Livraison en retard',
      'Suivi bloqué depuis {days} jours',
      'Où est {mon} ?',
    ],
    problems: [
      'Ma commande {order} devait arriver {date} et je n’ai toujours rien.',
      'Le suivi {tracking} est bloqué sur « en transit » à {city} depuis {days} jours.',
      '{days} jours de retard, et personne pour me dire où se trouve {mon}.',
    ],
    details: [
      'Le transporteur me renvoie vers vous, évidemment.',
      "C'était un cadeau d'anniversaire pour [ma mère|mon filleul|la semaine prochaine].",
      "J'ai pris une demi-journée de congé pour rien.",
    ],
    wishes: [
      'Pouvez-vous me dire quand je serai livré{f}, pour de bon ?',
      'Merci de relancer le transporteur au plus vite.',
      "S'il est perdu, renvoyez-en un autre ou remboursez-moi.",
    ],
    short: [
      'Toujours pas de colis {order}, suivi bloqué depuis {days} jours 😤',
      'Livraison prévue {date}, rien reçu. Des nouvelles ?',
      'Slt mon colis {tracking} est où svp ??',
    ],
    questions: [
      "Le transporteur évoque un défaut d'adresse. Pouvez-vous me redonner le code de la porte et le nom sur la boîte aux lettres ?",
      'Un voisin ou le gardien a-t-il pu le prendre ?',
    ],
    answers: [
      "Code {nn}B{nn}, nom {last}, 3e étage. C'était pourtant écrit.",
      "J'ai fait le tour de l'immeuble : personne n'a rien.",
    ],
    solutions: [
      'Le colis est retrouvé et sera livré [demain avant 13 h|lundi matin|après-demain]. Les frais de port vous sont offerts.',
      'Le colis est déclaré perdu : un nouvel envoi part ce soir en express, suivi {tracking}.',
    ],
    notes: [
      'Enquête ouverte chez le transporteur, réponse sous 48 h.',
      'Troisième colis perdu à {city} ce mois-ci.',
    ],
  },
  {
    priorities: ['high', 'normal'],
    subjects: [
      'Colis « livré » mais jamais reçu',
      'Livraison fantôme',
      'Colis disparu de ma boîte aux lettres',
    ],
    problems: [
      "Le suivi {tracking} indique « livré » {date} à 10 h {min}, or j'étais chez moi et personne n'a sonné.",
      'On me dit que {le} a été remis{e} « à un voisin », sans préciser lequel.',
    ],
    details: [
      "La signature sur le bon n'est pas la mienne.",
      'Aucun avis de passage dans la boîte aux lettres.',
      'Ce n’est pas la première fois avec ce livreur.',
    ],
    wishes: [
      'Que comptez-vous faire ?',
      'Je demande un nouvel envoi ou un remboursement.',
      "Merci d'ouvrir une enquête et de me tenir au courant.",
    ],
    short: [
      "Colis {order} noté livré mais je n'ai RIEN reçu 😡",
      'Livré où ?? pas chez moi en tout cas. {order}',
    ],
    questions: ["Pouvez-vous signer l'attestation de non-réception jointe et nous la renvoyer ?"],
    answers: ['Ci-joint, signée ce matin.', "C'est fait, j'espère que ce sera la dernière formalité."],
    solutions: [
      "L'enquête vous donne raison : vous êtes remboursé{f} de {amount} €.",
      'Le livreur s’est trompé de numéro : votre colis vous attend au point relais de {city}, sur présentation d’une pièce d’identité.',
    ],
    notes: ['Preuve de livraison illisible, demandée à nouveau.', 'GPS du livreur à 300 m de l’adresse.'],
  },
  {
    priorities: ['normal', 'low'],
    subjects: [
      "Changer l'adresse de livraison de {order}",
      'Livrer en point relais plutôt',
      'Absent{f} le jour de la livraison',
    ],
    problems: [
      'Je déménage à {city} avant la livraison prévue de {order}.',
      'Je serai absent{f} à partir de {later} et personne ne pourra réceptionner {le}.',
    ],
    details: [
      "L'espace client ne permet plus de modifier l'adresse.",
      'La nouvelle adresse est déjà dans mon carnet.',
    ],
    wishes: [
      'Peut-on livrer en point relais ?',
      'Pouvez-vous changer l’adresse avant l’expédition ?',
      'Pas urgent, mais avant vendredi si possible.',
    ],
    short: [
      'Possible de livrer {order} en point relais ? Merci 🙏',
      "Je déménage, comment changer l'adresse de {order} ?",
    ],
    questions: ['Quel point relais vous arrange, et jusqu’à quelle heure pouvez-vous passer ?'],
    answers: [
      'Celui de la gare de {city}, n’importe quand après 17 h.',
      'Le plus proche de la mairie, merci.',
    ],
    solutions: [
      "L'adresse est changée, livraison {later}.",
      'Le colis ira au point relais choisi et vous y attendra [dix|quatorze] jours.',
    ],
    notes: ["Modifié avant l'étiquetage, rien à faire de plus."],
  },
]

export const returns: Scenario[] = [
  {
    priorities: ['high', 'normal'],
    subjects: [
      'Remboursement toujours pas reçu',
      'Retour de {order} : où en est-on ?',
      '{amount} € à rembourser',
    ],
    problems: [
      "J'ai renvoyé {le} il y a {days} jours et le remboursement de {amount} € n'est toujours pas là.",
      'Votre entrepôt a reçu mon retour {date} ; depuis, silence.',
    ],
    details: [
      "J'ai gardé la preuve de dépôt, n° {tracking}.",
      'On m’avait annoncé cinq jours ouvrés.',
      'Je commence à croire qu’on se moque de moi.',
    ],
    wishes: [
      'Merci de procéder au remboursement sans délai.',
      'À défaut, j’en parlerai à [mon assurance|ma protection juridique|une association de consommateurs].',
      'Pouvez-vous me donner une date ferme ?',
    ],
    short: [
      'Retour {order} reçu chez vous {date} et toujours pas remboursé…',
      'Mon remboursement de {amount} € ? {days} jours que j’attends 😒',
    ],
    questions: [
      "Le remboursement sur l'ancienne carte a été refusé : auriez-vous un RIB à nous transmettre par l'espace client ?",
    ],
    answers: ["C'est déposé dans l'espace client.", 'Ma carte a changé en effet, le RIB est en ligne.'],
    solutions: [
      'Le virement de {amount} € est parti ce matin.',
      'Toutes nos excuses : le retour n’avait pas été scanné. Remboursé à l’instant, avec 15 € de dédommagement.',
    ],
    notes: ['Retour retrouvé en zone litige, étiquette abîmée.', 'Priorité : très remonté au téléphone.'],
  },
  {
    priorities: ['normal', 'low'],
    subjects: [
      'Échange : mauvaise couleur',
      "Je change d'avis pour {order}",
      'Étiquette de retour pour {le}',
    ],
    problems: [
      "J'ai commandé {le} en [vert|bleu nuit|sable] et {il} est arrivé{e} en [noir|rouge|gris].",
      "Après quelques jours, {le} ne me convient pas et je voudrais [l'échanger|faire jouer mon droit de rétractation].",
      'Je ne trouve pas l’étiquette prépayée annoncée sur le bon de retour.',
    ],
    details: [
      "{Il} n'a servi qu'une fois, l'emballage est intact.",
      'La photo de votre site est assez trompeuse, soit dit en passant.',
    ],
    wishes: ['Comment renvoyer le colis ?', 'Un échange me suffirait.', "Merci de m'envoyer l'étiquette."],
    short: [
      "Reçu la mauvaise couleur pour {order}, on fait comment pour l'échange ?",
      'Pas d’étiquette retour dans le carton, pouvez-vous me l’envoyer ?',
    ],
    questions: ['Préférez-vous un échange ou un remboursement ? Et dans quelle couleur ?'],
    answers: ['Échange, en sable si vous en avez.', 'Remboursement, finalement.'],
    solutions: [
      "L'étiquette prépayée est partie par e-mail ; l'échange sera expédié dès le dépôt du colis.",
      'Retour accepté : remboursement à réception, sous 5 jours.',
    ],
    notes: ["Erreur de préparation, l'emplacement {nn} est à recompter."],
  },
  {
    priorities: ['normal', 'high'],
    subjects: ['{produit} reçu{e} abîmé{e}', 'Carton éventré à la livraison', 'Produit cassé à l’arrivée'],
    problems: [
      '{Le} est arrivé{e} cassé{e} : [le capot est fendu|un pied manque|il y a un éclat sur le côté].',
      'Le carton de {order} était éventré et {le} est rayé{e} sur toute la longueur.',
    ],
    details: [
      "J'ai pris des photos avant même d'ouvrir.",
      "Le livreur n'a pas voulu attendre, je n'ai donc rien pu noter sur son bon.",
    ],
    wishes: [
      'Je voudrais un échange, pas une réparation.',
      'Dites-moi comment procéder au retour.',
      'Quelle déception pour un produit à {amount} €.',
    ],
    short: [
      '{produit} arrivé{e} cassé{e} 😢 je vous envoie la photo. Échange possible ?',
      'Carton éventré, produit rayé. {order}',
    ],
    questions: ["Merci de nous envoyer une photo de l'étiquette et des quatre faces du carton."],
    answers: [
      'Voici les photos. On voit bien la trace de fourche sur le côté.',
      'Photos envoyées par e-mail, trop lourdes pour ici.',
    ],
    solutions: [
      'Un{e} {produit} neuf part aujourd’hui ; le transporteur reprendra l’ancien en échange.',
      'Nous vous remboursons {small} € pour le défaut, et vous le gardez. Cela vous convient-il ?',
    ],
    notes: [
      'Réserve à faire auprès du transporteur avant demain midi.',
      'Lot avec emballage fragile, signalé aux achats.',
    ],
  },
]
