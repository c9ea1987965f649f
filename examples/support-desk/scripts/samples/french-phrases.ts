/** French: people, places, products and the sentences that fit any conversation. */
import { names, type Phrasebook, type Product } from './scenario.ts'

const masculine = (name: string) => ({
  produit: name,
  le: `le ${name}`,
  du: `du ${name}`,
  mon: `mon ${name}`,
  il: 'il',
  Il: 'Il',
  e: '',
})
const feminine = (name: string) => ({
  produit: name,
  le: `la ${name}`,
  du: `de la ${name}`,
  mon: `ma ${name}`,
  il: 'elle',
  Il: 'Elle',
  e: 'e',
})

const products: Product[] = [
  { abilities: ['battery', 'motor', 'app'], price: 1890, words: masculine('vélo électrique Zéphyr') },
  { abilities: ['water', 'motor'], price: 249, words: feminine('cafetière Ristretta') },
  { abilities: ['battery', 'bluetooth', 'app'], price: 179, words: masculine('casque Écho 5') },
  { abilities: ['app'], price: 89, words: feminine('lampe connectée Luciole') },
  { abilities: ['battery', 'motor', 'app'], price: 399, words: masculine('robot aspirateur Balto') },
  { abilities: ['battery', 'bluetooth', 'app'], price: 219, words: feminine('montre Cadence') },
  { abilities: ['battery', 'bluetooth'], price: 129, words: feminine('petite enceinte Galet') },
  { abilities: ['app'], price: 159, words: masculine('thermostat Foyer') },
  { abilities: ['water', 'motor'], price: 99, words: masculine("purificateur d'eau Source") },
]

export const frenchPhrases: Omit<Phrasebook, 'scenarios'> = {
  products,
  women: names(
    'Anaïs, Zoé, Noémie, Chloé, Inès, Maëlle, Éloïse, Françoise, Hélène, Aïcha, Solène, Margaux, Fatou, Thi Mai, Océane, Clémence',
  ),
  men: names(
    'Gaël, Jérôme, François, Loïc, Rémi, Théo, Étienne, Cédric, Mathéo, Benoît, Yacine, Sébastien, Raphaël, Ousmane, Jean-Baptiste, Gwenaël',
  ),
  lastNames: names(
    "Lefèvre, Garnier, Béranger, Müller, Nguyen, Diallo, Le Goff, D'Hondt, Prévost, Chauvin, Rousseau, Benali, Carpentier, Dupré, Fontaine, Grosjean, Haddad, Jacquet, Kerrien, Lacroix, Marchand, Noël, Ollivier, Pélissier, Quéré, Renaud, Sanchez, Tessier, Vasseur, Weber, Da Costa, Étchegaray",
  ),
  cities: names(
    'Angers, Besançon, Nîmes, Orléans, Quimper, Saint-Étienne, Béthune, La Rochelle, Évreux, Liège, Genève, Perpignan, Troyes, Le Puy-en-Velay',
  ),
  weekdays: names('dimanche, lundi, mardi, mercredi, jeudi, vendredi, samedi'),
  past: '{day} dernier',
  coming: '{day} prochain',
  phone: '+33 6 39 98 {nn} {nn}',
  greetings: [
    'Bonjour,',
    'Bonjour Madame, Monsieur,',
    "Bonjour à toute l'équipe,",
    'Madame, Monsieur,',
    'Bonsoir,',
    'Bonjour Brise,',
  ],
  closings: [
    'Cordialement,\n{name}',
    'Bien à vous,\n{name}',
    "Merci d'avance,\n{name}",
    'Bonne journée,\n{first}',
    'Dans l’attente de votre retour,\n{name}\n{city}',
    'Merci,\n{name}\nCommande {order}',
    'Salutations,\n{name}',
  ],
  calls: [
    '[Appel entrant, {minutes} min] « {problem} {detail} {wish} »',
    '[Appel de {name}, {minutes} min] « {problem} {wish} »',
    '[Message vocal, {city}] « Oui bonjour, {name} à l’appareil. {problem} {detail} {wish} »',
  ],
  stories: [
    "[Pour vous donner un peu de contexte|Pour que vous compreniez bien], je suis client{f} de la première heure : c'est mon [troisième|quatrième|cinquième] achat chez vous et je vous ai recommandés à [mes collègues|ma sœur|tout mon immeuble|mon club de marche].",
    "J'ai eu [une personne très aimable|un conseiller] au téléphone {date}, qui m'a assuré que ce serait réglé sous 48 heures ; je n'ai pas noté son nom, et c'est bien dommage.",
    'Je joins à ce message [deux photos|une courte vidéo|la facture et deux captures d’écran], en espérant qu’elles passent : votre formulaire refusait tout ce qui dépasse 5 Mo.',
    'Nous sommes [une petite association|une école de quartier|un café de village] à {city}, alors chaque euro et chaque heure comptent[ pour nous|].',
    'Je comprends que [vous êtes débordés en cette saison|tout le monde peut se tromper|ce sont des choses qui arrivent], mais mettez-vous un instant à ma place.',
    "Jusqu'ici, je n'avais [que des éloges à faire de|jamais eu le moindre souci avec] votre boutique[, et je ne doute pas que cela puisse s'arranger|].",
  ],
  deviceStories: [
    'J’ai déjà [essayé tout ce que propose votre page d’aide|suivi pas à pas la foire aux questions|regardé vos trois vidéos], deux fois, avec [mon fils|mon voisin|un collègue] qui s’y connaît bien mieux que moi.',
    "Je précise que l'appareil n'est jamais tombé, n'a pas pris l'eau, et vit [au salon, loin de toute fenêtre|dans un bureau chauffé|sur une étagère], à l'abri du chat.",
    'Nous nous en servons tous les jours, si bien que son absence se remarque[, surtout des enfants|].',
  ],
  nudges: [
    'Bonjour, [avez-vous pu avancer|du nouveau|une idée du délai] ?',
    'Je me permets de relancer : toujours aucune nouvelle depuis mon message[ de {date}|]. 😕',
    'Toujours rien de votre côté ? Ma patience a des limites.',
    '[Petit|Gentil] rappel au sujet de {order}. Merci !',
    "J'oubliais : je suis joignable [après 18 h|le matin|à l'heure du déjeuner], c'est plus simple pour moi.",
  ],
  acknowledgements: [
    "Bonjour {first}, merci de votre message. [Je regarde cela tout de suite|Je prends votre demande en charge] et je reviens vers vous [dans la journée|d'ici demain].",
    "Bonjour {first}, je suis {agent}, je m'occupe de votre dossier. [Je vérifie auprès de nos équipes|Laissez-moi vérifier deux ou trois choses] et je vous réponds très vite.",
    "Bonjour {first}, désolé{agentE} pour ce contretemps : j'ai bien noté [la référence {order}|votre demande] et je m'en charge.",
  ],
  thanks: [
    'Parfait, merci beaucoup[ {agent}|] ! [😊|🙏|]',
    "C'est réglé, merci pour votre [réactivité|patience|efficacité|aide].",
    'Bien reçu, merci. [Bonne fin de journée|Bon week-end|Bonne soirée] !',
    "Super, je n'en espérais pas tant. Merci {agent} !",
    'Merci[ {agent}|], vous pouvez clore le dossier.',
    '[Tout est en ordre|Affaire classée], merci de votre aide.',
  ],
  deviceThanks: [
    'Tout fonctionne à nouveau, bravo et merci 👍',
    "C'était bien ça, {agent}, merci[ mille fois|] !",
    'Tout est rentré dans l’ordre depuis [hier|ce matin]. Merci de votre patience.',
    "Ça marche ! Je n'aurais jamais trouvé tout{f} seul{f} 🎉",
  ],
  signOffs: [
    '[Belle|Bonne] journée, {agent}',
    'Bien cordialement, {agent} – Brise',
    'À votre écoute, {agent}',
    '',
  ],
}
