import { terms, type Lexicon } from './lexicon.ts'

export const french: Lexicon = {
  markers: terms(`
    le$, la$, les$, je$, j', est$, mon$, ma$, vous$, avec$, pour$, une$, des$, bonjour, merci, et$, c',
    pas$
  `),
  negations: terms(`pas, jamais, aucun, aucune, guere, sans`),
  // Courtesy ("merci d'avance", "cordialement") says nothing about the mood, so it is not here.
  positive: terms(`
    content, ravi, parfait, excellent, super$, genial, bravo, satisfait, impeccable, adore, top$,
    enchant, heureu, efficace, marche a nouveau, fonctionne a nouveau, fonctionne tres bien, agreable,
    reactivite, formidable
  `),
  negative: terms(`
    decu, decevant, deception, inadmissible, inacceptable, colere, furieu, honteu, nul$, nulle$,
    arnaque, mecontent, insatisf, marre$, ras-le-bol, scandaleu, catastroph, horrible, pire, en panne,
    casse, defectueu, abime, ne marche pas, ne marche plus, ne fonctionne pas, ne fonctionne plus,
    impossible, toujours rien, toujours pas, sans reponse, personne ne repond, aucune reponse,
    aucune nouvelle, retard, erreur, deux fois, preleve a tort, agace, patience a des limites, se moque
  `),
  categories: {
    account: terms(`
      mot de passe, connecter, connexion au compte, mon compte, identifiant, code de verification,
      adresse e-mail, adresse mail, double authentification, pirat, profil, espace client,
      me reconnecter
    `),
    billing: terms(`
      facture, preleve, prelevement, paiement, payer, paye, abonnement, recu$, tva$, banque, bancaire,
      carte bleue, code promo, remise$, tarif, montant, debite, euros de trop
    `),
    delivery: terms(`
      livraison, livre, colis, suivi, transporteur, livreur, expedi, point relais, acheminement,
      en transit, boite aux lettres, gardien
    `),
    returns: terms(`
      retour, rembours, echange, renvoyer, etiquette prepayee, retractation, mauvaise taille,
      mauvaise couleur, change d'avis, bon de retour, eventre, abime, raye, casse a l'arrivee,
      arrive casse, arrivee cassee
    `),
    technical: terms(`
      panne, bug$, bugue, plante, application, appli$, mise a jour, bluetooth, wi-fi, wifi, batterie,
      ecran, charge pas, chargeur, appairage, fuite, fuit$, bruit, reinitialis, synchronis, ne marche,
      ne fonctionne, message d'erreur, code erreur, s'allume, s'eteint, surchauffe, affichage, fige$,
      voyant, appairer, ne charge, flaque, joint$
    `),
  },
  urgencies: {
    high: terms(`
      urgent, urgence, au plus vite, immediatement, tout de suite, des que possible, aujourd'hui,
      ce soir, demain matin, pirat, fraud, fumee, etincelle, brul, danger, avocat, completement bloque,
      mise en demeure
    `),
    low: terms(`
      pas urgent, rien d'urgent, pas presse, quand vous aurez le temps, quand vous pourrez,
      sans urgence, simple question, par curiosite, suggestion, une idee, petit mot pour,
      pour information, tout va bien
    `),
  },
}
