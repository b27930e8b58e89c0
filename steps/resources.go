package steps

import (
	"bascule/harness/plan"
	"bascule/harness/stage"
)

// resourcePhrases take away what services live on: processor, memory,
// descriptors, connections, and the right time.
func resourcePhrases() []phrase {
	return []phrase{
		{
			id: "cpu", kind: When, do: cpu,
			fr: wording{
				pattern:  `{node:node} (n'a plus que|ne dispose plus que de) {percent:percent} d'un (processeur|cœur) [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le service "orders" n'a plus que 5 % d'un processeur`, `la base primaire n'a plus que 5 % d'un processeur pendant 10 secondes`},
				explain:  "Part d’un cœur que le service, chacune de ses instances, peut encore prendre.",
			},
			en: wording{
				pattern:  `{node:node} (is left with only|is left with|has only) {percent:percent} of (a|one) (processor|core|CPU) [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`service "orders" is left with only 5% of a processor`, `the primary database is left with only 5% of a processor for 10 seconds`},
				explain:  "The share of one core that the service, each of its instances, may still take.",
			},
		},
		{
			id: "memory", kind: When, do: outOfMemory,
			fr: wording{
				pattern:  `{node:node} manque de mémoire [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le service "orders" manque de mémoire`},
				explain:  "La mémoire du conteneur se remplit jusqu’à ce que le noyau tue un processus.",
			},
			en: wording{
				pattern:  `{node:node} runs out of memory [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`service "orders" runs out of memory`},
				explain:  "The container's memory fills up until the kernel kills.",
			},
		},
		{
			id: "descriptors", kind: When, do: descriptors,
			fr: wording{
				pattern:  `{node:node} n'a plus de descripteurs [de fichiers] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`le service "orders" n'a plus de descripteurs de fichiers`},
				explain:  "Plus aucun fichier, plus aucune connexion ne peut s’ouvrir.",
			},
			en: wording{
				pattern:  `{node:node} has no [file] descriptors left [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`service "orders" has no file descriptors left`},
				explain:  "No file or connection more can be opened.",
			},
		},
		{
			id: "db-connections", kind: When, do: databaseConnections,
			fr: wording{
				pattern:  `{node:node} n'a plus de connexion[s] disponible[s] [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`la base primaire n'a plus de connexion disponible`, `la base primaire n'a plus de connexion disponible pendant 10 secondes`},
				explain:  "Toutes les connexions de la base sont prises : une de plus est refusée.",
			},
			en: wording{
				pattern:  `{node:node} has no (connection|connections) left [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the primary database has no connection left`, `the primary database has no connection left for 10 seconds`},
				explain:  "Every connection of the database is taken: one more is refused.",
			},
		},
		{
			id: "clock", kind: When, do: clock,
			fr: wording{
				pattern:  `l'horloge (de |){node:node} {drift:drift} de {offset:duration} [pendant {for:duration}] [{trigger:trigger}]`,
				examples: []string{`l'horloge du service "db" avance de 10 minutes`, `l'horloge de la base primaire retarde de 10 minutes pendant 30 secondes`},
				explain:  "L’heure du service est fausse ; les programmes statiques ne s’y prêtent pas, et le contrôle d’avant le départ le dit.",
			},
			en: wording{
				pattern:  `the clock of {node:node} is {offset:duration} {drift:drift} [for {for:duration}] [{trigger:trigger}]`,
				examples: []string{`the clock of service "db" is 10 minutes ahead`, `the clock of the primary database is 10 minutes behind for 30 seconds`},
				explain:  "The service is told a wrong time; static programs cannot be told so, which is said before the start.",
			},
		},
	}
}

const (
	driftFR = `(?:avance|retarde)`
	driftEN = `(?:ahead|fast|behind|slow)`
)

func cpu(b *builder, v values) {
	if !b.ready() {
		return
	}
	if p, ok := b.share(v["percent"]); ok {
		b.onNodeWith(plan.Fault{Kind: plan.CPU, Percent: p}, v, ofNode("processeur bridé", "little processor"))
	}
}

func outOfMemory(b *builder, v values) {
	b.onNode(plan.OutOfMemory, v, ofNode("mémoire épuisée", "out of memory"))
}

func descriptors(b *builder, v values) {
	b.onNode(plan.Descriptors, v, ofNode("descripteurs épuisés", "no descriptors left"))
}

func databaseConnections(b *builder, v values) {
	b.onDatabase(plan.DBConnections, v, "connexions épuisées", "no connection left")
}

// onDatabase is a fault of a service that is a declared database.
func (b *builder) onDatabase(kind plan.FaultKind, v values, fr, en string) {
	if !b.ready() {
		return
	}
	n, ok := b.node(v["node"])
	if !ok {
		return
	}
	s, ok := b.store(n)
	if !ok {
		return
	}
	if s.Driver != stage.DriverPostgres {
		b.errorAt(n.service, "la base « %s » n’est pas une base PostgreSQL : cette panne n’en connaît pas d’autre", "store %q is no PostgreSQL database: this fault knows no other", s.ID)
		return
	}
	b.fault(plan.Fault{Kind: kind, Site: n.site.ID, Service: n.service, Instance: n.instance, Title: ofNode(fr, en)(n)}, v)
}

// store is the declared database that a service is.
func (b *builder) store(n node) (stage.Store, bool) {
	var known []string
	for _, s := range b.stage.Stores {
		if s.Service == n.service {
			return s, true
		}
		known = append(known, s.Service)
	}
	b.unknown(n.service, known, "le service « %s » n’est pas une base déclarée de la plateforme « %s »", "service %q is no declared store of platform %q", b.stage.ID)
	return stage.Store{}, false
}

func clock(b *builder, v values) {
	if !b.ready() {
		return
	}
	offset, ok := b.positive(v["offset"])
	if !ok {
		return
	}
	title := ofNode("horloge en avance", "clock ahead")
	if d := v["drift"]; d == "retarde" || d == "behind" || d == "slow" {
		offset, title = -offset, ofNode("horloge en retard", "clock behind")
	}
	b.onNodeWith(plan.Fault{Kind: plan.Clock, Offset: plan.Duration(offset)}, v, title)
}
