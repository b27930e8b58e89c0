package steps

import "strings"

// legend explains the kinds of value that many phrases share, each once: with
// the first phrase that takes it.
type legend struct {
	lang tongue
	told map[string]bool
}

func newLegend(lang tongue) *legend { return &legend{lang: lang, told: map[string]bool{}} }

// after is an explanation, and behind it what a template's values may be.
func (l *legend) after(explain, template string) string {
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		text := l.of(m[2])
		if text == "" || l.told[m[2]] {
			continue
		}
		l.told[m[2]] = true
		explain = strings.TrimSpace(explain) + " " + text
	}
	return explain
}

// of says what a kind of value looks like.
func (l *legend) of(kind string) string {
	switch kind {
	case "duration":
		return l.lang.say("Une durée : 800 ms, 30 secondes, 10 min, 1 h 30.", "A duration: 800 ms, 30 seconds, 10 min, 1 h 30.")
	case "where", "site":
		if l.told["where"] || l.told["site"] {
			return ""
		}
		return l.lang.say("Un site : le site nominal, le site de secours, le site \"Paris\" ; pour un déploiement, aussi les deux sites.",
			"A site: the primary site, the recovery site, site \"Paris\"; for a deployment, also both sites.")
	case "node":
		return l.lang.say("Un élément : la base primaire, la base de secours, le service \"stock\", l’instance 1 du service \"orders\" ; du site nominal, sauf à ajouter « du site \"Lyon\" ».",
			"An element: the primary database, the recovery database, service \"stock\", instance 1 of service \"orders\"; at the primary site, unless \"at site \"Lyon\"\" is added.")
	case "link":
		return l.lang.say("Une liaison : la liaison intersite, la liaison avec la base primaire, la liaison entre \"orders\" et \"db\" (ou de \"orders\" vers \"db\"), la liaison avec le prestataire \"acquéreur CB\" ; plusieurs : les liaisons vers le service \"stock\", toutes les liaisons du service \"orders\".",
			"A link: the inter-site link, the database link, the link between \"orders\" and \"db\" (or from \"orders\" to \"db\"), the link to provider \"card acquirer\"; several: all links to service \"stock\", all links of service \"orders\".")
	case "asker":
		return l.lang.say("Pour qui : pour le service \"orders\", ou sur le site nominal ; sans autre précision, pour tous.",
			"For whom: for service \"orders\", or at the primary site; unless said otherwise, for all.")
	case "trigger":
		return l.lang.say("Un moment du déploiement : avant, pendant ou après une phase (%s) ; après le remplacement de l’instance 1 sur 2 du service \"orders\" ; 10 secondes après le début du déploiement. Ou un moment de la bascule, pour une panne dite juste après la phrase « on bascule… » : pendant la bascule ; avant, pendant ou après l’étape 2 de la procédure ; pendant l’étape \"Promouvoir la base de Lyon\" de la procédure \"PRA-07\". Ou, pour une panne qui en suit une autre : en même temps. Sans moment : tout de suite.",
			"A moment of the deployment: before, during or after a phase (%s); after instance 1 of 2 of service \"orders\" is replaced; 10 seconds after the deployment starts. Or of the failover, for a fault and right after the sentence of that one: while the failover runs; before, during or after step 2 of the runbook; during step \"Promote the database in Lyon\" of runbook \"PRA-07\". Or, for a fault that follows another: at the same time. Without one: at once.",
			l.phases())
	}
	return ""
}

func (l *legend) phases() string {
	var names []string
	for _, p := range phases() {
		names = append(names, phaseWords(p, l.lang)[0])
	}
	return strings.Join(names, ", ")
}
