/** French: why people write to support, about what they have, and what they think of it. */
import type { Scenario } from './scenario.ts'

export const account: Scenario[] = [
  {
    priorities: ['normal', 'high'],
    subjects: [
      'Mot de passe [refusé|oublié|qui ne passe plus]',
      'Impossible de me connecter à mon [compte|espace client]',
      'Code de vérification jamais reçu',
    ],
    problems: [
      "Je n'arrive plus à me connecter à mon espace client depuis [hier soir|ce matin|la mise à jour de {date}].",
      'Le lien pour réinitialiser mon mot de passe [arrive bien, mais il est « expiré » au premier clic|ne m’arrive jamais, même dans les indésirables].',
      "J'ai changé de téléphone et le code de vérification part toujours vers l'ancien numéro.",
    ],
    details: [
      "J'ai essayé avec [deux navigateurs|mon téléphone et ma tablette|une fenêtre privée], sans plus de succès.",
      'Au bout de cinq essais, le compte se bloque une heure, et tout recommence.',
      'L’adresse du compte est bien celle avec laquelle je vous écris.',
    ],
    wishes: [
      'Pouvez-vous [débloquer le compte|réinitialiser le mot de passe à la main|remettre mes accès à zéro] ?',
      "J'ai besoin de [ma facture|suivre ma commande {order}] aujourd'hui.",
      'Rien d’urgent, mais j’aimerais retrouver mon compte avant la fin de la semaine.',
    ],
    short: [
      'Mot de passe refusé, le lien reçu par mail est expiré. Vous pouvez débloquer mon compte ?',
      'Pas reçu le code de vérification, 3e essai 🙄',
      "Impossible de me connecter depuis ce matin, c'est normal ?",
    ],
    questions: [
      'Pouvez-vous me confirmer les quatre derniers chiffres du numéro de téléphone enregistré et la ville de livraison de la commande {order} ?',
      'Voyez-vous un message précis au moment du refus ? Une capture d’écran nous aiderait.',
    ],
    answers: [
      'Le numéro finit par {nn}{nn}, livraison à {city}.',
      'Il y a écrit « session expirée (code {error}) », puis retour à la page d’accueil.',
    ],
    solutions: [
      "J'ai [réinitialisé vos accès|retiré le blocage] : un nouveau lien vient de partir, il est valable [une heure|24 heures].",
      "L'ancien numéro est retiré du compte. À la prochaine connexion, l'application vous proposera d'enregistrer le nouveau.",
    ],
    notes: [
      'Identité vérifiée par [la ville|les deux dernières commandes].',
      'Troisième cas cette semaine avec le code {error} : voir avec la technique.',
    ],
  },
  {
    priorities: ['urgent', 'high'],
    subjects: [
      'URGENT : compte piraté',
      'Commandes que je n’ai pas passées',
      'Connexion suspecte sur mon compte',
    ],
    problems: [
      "Je crois que mon compte a été piraté : une commande de {amount} € [vers une adresse inconnue|que je n'ai jamais passée] y figure depuis ce matin.",
      "J'ai reçu un message m'annonçant le changement de mon adresse e-mail ; ce n'est pas moi qui l'ai demandé.",
    ],
    details: [
      'Ma carte bleue y est enregistrée, vous imaginez mon inquiétude.',
      "J'ai immédiatement changé mon mot de passe, mais [je suis encore déconnecté{f}|la commande suit son cours].",
    ],
    wishes: [
      'Merci de bloquer le compte et la commande {order} au plus vite.',
      "C'est urgent, appelez-moi dès que possible.",
    ],
    short: [
      'URGENT compte piraté, commande {order} pas passée par moi, bloquez-la svp 😡',
      'Mon adresse e-mail a été changée sans moi. Fraude ? Rappelez-moi tout de suite',
    ],
    questions: [
      'Le compte est bloqué par précaution. Reconnaissez-vous la commande passée {date} à {city} ?',
    ],
    answers: [
      "Non, je n'ai jamais mis les pieds à {city} ! Annulez tout.",
      'Celle-là oui, les deux suivantes non.',
    ],
    solutions: [
      'La commande frauduleuse est annulée, les {amount} € vous sont rendus sous [3|5] jours et toutes les sessions sont fermées. Pensez à activer la double authentification.',
      'Compte rétabli avec votre adresse d’origine. Aucun moyen de paiement n’a été utilisé.',
    ],
    notes: [
      'Transmis à la cellule fraude, dossier F-{nn}{nn}.',
      'Même adresse de livraison que le dossier de la semaine passée.',
    ],
  },
]

export const technical: Scenario[] = [
  {
    priorities: ['normal', 'high'],
    subjects: ["{Le} ne s'allume plus", 'Panne au bout de {days} jours', '{produit} en panne'],
    problems: [
      "Depuis [hier|trois jours|{date}], {mon} ne s'allume plus du tout.",
      "{Mon} est tombé{e} en panne après seulement {days} jours d'usage.",
      "{Le} s'éteint tout{e} seul{e} au bout de quelques minutes.",
    ],
    details: [
      'Un voyant rouge clignote [trois|cinq] fois, puis plus rien.',
      "Rien n'est branché sur la même prise, et l'ancien appareil y marchait très bien.",
      'Je l’ai laissé{e} débranché{e} une nuit entière, sans effet.',
    ],
    wishes: [
      'Est-ce pris en charge par la garantie ?',
      "J'aimerais une réparation ou un échange.",
      "Que puis-je essayer d'autre ?",
    ],
    short: ["{produit} HS, un voyant rouge clignote et c'est tout", "{Mon} ne s'allume plus, je fais quoi ?"],
    questions: [
      'Pouvez-vous maintenir le bouton principal dix secondes et me dire combien de fois le voyant clignote ?',
      'Quel est le numéro de série, sous l’appareil ?',
    ],
    answers: ['Quatre clignotements, une pause, puis quatre encore.', 'N° de série BR{nn}{nn}{nn}.'],
    solutions: [
      'Ce signal annonce une alimentation défectueuse : un bloc neuf part ce soir, sous garantie.',
      "Après mise à jour du micrologiciel ({error}), {il} devrait redémarrer. Je garde le dossier ouvert jusqu'à votre confirmation.",
    ],
    notes: ["Code {error} = carte d'alimentation, lot de printemps.", 'Encore sous garantie pour 14 mois.'],
  },
  {
    ability: 'bluetooth',
    priorities: ['normal', 'low'],
    subjects: ['Appairage Bluetooth impossible', '{produit} : coupures du son', 'Bluetooth capricieux'],
    problems: [
      "L'appairage Bluetooth {du} échoue une fois sur deux avec mon téléphone.",
      'Le son {du} se coupe dès que je mets le téléphone dans ma poche.',
      "Depuis la dernière mise à jour, {mon} n'est plus reconnu{e} par [ma tablette|mon ordinateur|la voiture].",
    ],
    details: [
      'Avec le téléphone de ma fille, aucun souci.',
      "J'ai supprimé puis recréé l'appairage quatre fois.",
      'Le message d’erreur est « {error} ».',
    ],
    wishes: [
      'Existe-t-il une manipulation pour tout réinitialiser ?',
      'Une mise à jour est-elle prévue ?',
      'Quand vous aurez le temps, une astuce me suffirait.',
    ],
    short: ['Bluetooth qui coupe sans arrêt 🎧 une astuce ?', 'Impossible d’appairer {mon}, erreur {error}'],
    questions: ['Quel modèle de téléphone, et quelle version du système ?'],
    answers: ['Un Fairphone, Android à jour.', 'Un vieux modèle de 2019, je l’avoue.'],
    solutions: [
      "Maintenez les deux boutons huit secondes jusqu'au voyant blanc : cela efface tous les appairages.",
      'La version 3.{nn} corrige ces coupures, elle arrive [ce soir|cette semaine] dans l’application.',
    ],
    notes: ['Reproduit au labo avec deux téléphones sur cinq.'],
  },
  {
    ability: 'app',
    priorities: ['normal', 'high', 'low'],
    subjects: [
      "L'application [plante|se fige] au démarrage",
      'Appli : écran blanc',
      'Synchronisation {du} perdue',
    ],
    problems: [
      "Depuis la mise à jour de {date}, l'application se ferme dès que j'ouvre la page {du}.",
      "L'application affiche un écran blanc, puis « erreur {error} ».",
      'Mes réglages {du} ne se synchronisent plus : tout est revenu à zéro.',
    ],
    details: [
      'Je l’ai désinstallée puis réinstallée, sans changement.',
      'En Wi-Fi comme en 4G, même résultat.',
      'Sur la tablette, en revanche, tout fonctionne.',
    ],
    wishes: [
      'Est-ce un bug connu ?',
      'Pouvez-vous rétablir mes réglages ?',
      'Merci de me dire quand ce sera corrigé.',
    ],
    short: ["L'appli plante depuis la maj, erreur {error} 😩", 'Écran blanc dans l’appli, c’est général ?'],
    questions: ['Pouvez-vous nous envoyer le journal (Réglages > Aide > Envoyer le journal) ?'],
    answers: ["C'est envoyé, référence {error}-{nn}.", "Je ne peux pas, l'appli se ferme avant !"],
    solutions: [
      "C'était bien un bug de notre côté : la version 7.{nn}.1 le corrige, elle est en ligne.",
      'Vos réglages de {date} ont été restaurés. Fermez puis rouvrez l’application.',
    ],
    notes: ['Lié à l’anomalie APP-{nn}{nn}.', 'Ne concerne que les comptes créés avant 2024.'],
  },
  {
    ability: 'battery',
    priorities: ['normal', 'high'],
    subjects: ['Batterie {du} : autonomie ridicule', 'Ne charge plus', 'Batterie qui chauffe'],
    problems: [
      'La batterie {du} ne tient plus que [deux heures|la matinée], contre une journée au début.',
      '{Mon} ne charge plus : le chargeur est bon, je l’ai vérifié.',
      'La batterie chauffe beaucoup pendant la charge, au point de sentir le brûlé.',
    ],
    details: [
      "L'appareil a à peine {days} jours.",
      "Je charge toujours avec le chargeur d'origine.",
      'L’indicateur saute de 60 % à 5 % d’un coup.',
    ],
    wishes: [
      'La batterie est-elle remplaçable ?',
      'Est-ce dangereux ?',
      'Je voudrais la faire changer sous garantie.',
    ],
    short: ['Batterie {du} vide en 2 h, normal ??', '{Mon} ne charge plus depuis ce matin 🔋'],
    questions: [
      "En attendant, débranchez l'appareil. Pouvez-vous m'indiquer le nombre de cycles (Réglages > Batterie) ?",
    ],
    answers: ['{nn} cycles, si je lis bien.', 'Je ne trouve pas ce menu.'],
    solutions: [
      'Batterie défectueuse : une neuve part en express, gardez l’ancienne à l’écart de toute chaleur.',
      "Un étalonnage suffit : laissez-la se vider, puis chargez-la douze heures d'affilée.",
    ],
    notes: ['Lot de batteries sous surveillance, prévenir la qualité.'],
  },
  {
    ability: 'water',
    priorities: ['normal', 'high'],
    subjects: ['Fuite sous {le}', 'Bruit anormal', '{produit} : voyant de détartrage'],
    problems: [
      'Une flaque se forme sous {le} à chaque utilisation.',
      '{Mon} fait un bruit de [tracteur|perceuse|casserole] depuis [une semaine|{date}].',
      'Le voyant de détartrage reste allumé alors que je viens de détartrer.',
    ],
    details: [
      'Le réservoir est bien en place et le joint semble intact.',
      "L'eau est pourtant peu calcaire à {city}.",
      'Le parquet commence à gonfler.',
    ],
    wishes: [
      'Faut-il changer le joint ?',
      'Merci de me dire où trouver la pièce.',
      'Un technicien peut-il passer ?',
    ],
    short: ['Ça fuit sous {le} 💧 que faire ?', 'Voyant détartrage bloqué après détartrage…'],
    questions: ["La fuite vient-elle du réservoir ou de l'arrière ? Une courte vidéo serait idéale."],
    answers: ["De l'arrière, côté pompe.", 'Du réservoir, je crois. Vidéo envoyée.'],
    solutions: [
      'Il s’agit du joint de pompe : nous vous l’envoyons gratuitement, avec la notice illustrée.',
      'Maintenez « Vapeur » et « Menu » cinq secondes : le compteur de détartrage repart de zéro.',
    ],
    notes: ['Joint réf. J-{nn}, stock faible.'],
  },
]

export const other: Scenario[] = [
  {
    pleasant: true,
    priorities: ['low'],
    subjects: ['Un grand merci', 'Bravo à votre équipe', 'Petit mot pour {agent}'],
    problems: [
      'Juste un petit mot pour vous remercier : [l’échange {du} a été impeccable|{le} est arrivé{e} en deux jours, parfait].',
      '{agent} m’a aidé{f} au téléphone avec une patience et une gentillesse rares.',
    ],
    details: ['Je suis ravi{f} {du}, {il} fonctionne très bien.', "C'est assez rare pour être souligné."],
    wishes: ['Transmettez-lui mes félicitations !', 'Continuez comme ça 😊', 'Bravo à tous.'],
    short: ['Merci {agent}, service au top 👏', '{produit} reçu{e}, je suis ravi{f} 😍'],
    questions: ['Merci ! Accepteriez-vous que nous publiions votre message ?'],
    answers: ['Avec plaisir, avec mon seul prénom.'],
    solutions: ['Quel plaisir de vous lire, {first} ! Je transmets à toute l’équipe.'],
    notes: ['À afficher en salle de pause 🎉'],
  },
  {
    priorities: ['low', 'normal'],
    subjects: ['Question avant achat : {produit}', 'Compatibilité {du}', 'Une suggestion'],
    problems: [
      'Simple question avant de commander : {le} est-{il} compatible avec [une installation de 2008|Linux|une prise suisse] ?',
      "J'hésite entre {le} et le modèle précédent.",
      "J'ai une suggestion : proposer {le} en version [gaucher|d'occasion|plus silencieuse].",
    ],
    details: ["J'habite un petit appartement à {city}.", "La fiche technique n'en parle pas."],
    wishes: [
      'Que me conseillez-vous ?',
      'Est-ce prévu un jour ?',
      'Pas urgent, je compte acheter le mois prochain.',
    ],
    short: [
      '{Le} marche avec une prise suisse ? simple question',
      'Une version plus silencieuse {du} un jour ? 🤔',
    ],
    questions: ['Quelle surface souhaitez-vous couvrir, et quel est votre réseau ?'],
    answers: ['45 m², avec une box récente.', 'Un studio, rien de spécial.'],
    solutions: [
      'Oui, sans adaptateur. Et vous disposez de 30 jours pour changer d’avis.',
      'Belle idée, je la transmets à nos concepteurs !',
    ],
    notes: ['Idée déjà demandée 6 fois cette année.'],
  },
]
