package fault

import (
	"bascule/harness/history"
	"bascule/harness/plan"
)

// Family is a group of faults that people look for together.
type Family string

// The families, in the order of the catalogue.
const (
	Links       Family = "links"
	Names       Family = "names"
	Processes   Family = "processes"
	Means       Family = "resources"
	Time        Family = "time"
	Credentials Family = "secrets"
	Sites       Family = "sites"
)

// Entry tells people of one kind of fault.
type Entry struct {
	Kind   plan.FaultKind `json:"kind"`
	Family Family         `json:"family"`
	Title  history.Text   `json:"title"`
	Does   history.Text   `json:"does"`   // what the system under test meets
	Params []Param        `json:"params"` // what a scenario may say beside the target and the duration
	Undo   history.Text   `json:"undo"`
	Proof  history.Text   `json:"proof"`  // what shows that it bit, apart from whoever injected it
	Canary bool           `json:"canary"` // canary traffic must show it, too, where there is any
}

// Param is a number or name of a fault.
type Param struct {
	Name string       `json:"name"` // of plan.Fault's JSON
	Text history.Text `json:"text"`
}

// FamilyTitle is a family as people call it.
func FamilyTitle(f Family) history.Text {
	return map[Family]history.Text{
		Links:       {FR: "Liaisons, entre services, entre sites ou vers un prestataire", EN: "Links, between services, between sites or to a third party"},
		Names:       {FR: "Résolution des noms", EN: "Name resolution"},
		Processes:   {FR: "Processus", EN: "Processes"},
		Means:       {FR: "Ressources", EN: "Resources"},
		Time:        {FR: "Heure", EN: "Time"},
		Credentials: {FR: "Secrets et certificats", EN: "Secrets and certificates"},
		Sites:       {FR: "Machines et sites", EN: "Machines and sites"},
	}[f]
}

// Catalogue lists every kind of fault that can be injected, by family.
func Catalogue() []Entry {
	var all []Entry
	for _, part := range [][]Entry{ofLinks(), ofNames(), ofProcesses(), ofMeans(), ofTimeAndSecrets(), ofSites()} {
		all = append(all, part...)
	}
	for i := range all {
		all[i].Canary = Seen(all[i].Kind)
		if all[i].Params == nil {
			all[i].Params = []Param{}
		}
	}
	return all
}

func text(fr, en string) history.Text { return history.Text{FR: fr, EN: en} }

// and puts two facts of a proof in a row.
func and(a, b history.Text) history.Text {
	return history.Text{FR: a.FR + " ; " + b.FR, EN: a.EN + "; " + b.EN}
}

func latency(fr, en string) Param { return Param{"latency", text(fr, en)} }
func bytes(fr, en string) Param   { return Param{"bytes", text(fr, en)} }
func percent(fr, en string) Param { return Param{"percent", text(fr, en)} }
func direction() Param {
	return Param{"direction", text("un seul sens : aller (les demandes) ou retour (les réponses)", "one way only: there (requests) or back (answers)")}
}
func named(fr, en string) Param { return Param{"name", text(fr, en)} }
func jitter() Param {
	return Param{"jitter", text("variation du retard, dans les deux sens", "how much the delay varies, either way")}
}
func healed() history.Text {
	return text("la règle est retirée du routeur", "the rule is taken out of the router")
}
func toxicRemoved() history.Text {
	return text("le relais laisse de nouveau tout passer", "the proxy lets everything pass again")
}
func started() history.Text {
	return text("les conteneurs sont redémarrés, avec leurs données", "the containers are started again, with their data")
}
func kernelCounts() history.Text {
	return text("paquets touchés, comptés par le noyau", "packets that met it, counted by the kernel")
}
func relayCounts() history.Text {
	return text("données touchées, comptées par le relais", "data that met it, counted by the proxy")
}
func resolverCounts() history.Text {
	return text("résolutions touchées, comptées par le résolveur", "lookups that met it, counted by the resolver")
}
func engineAndKernel() history.Text {
	return text("conteneurs arrêtés, selon le moteur, et paquets restés sans destinataire", "containers dead, says the engine, and packets that found nobody")
}

func ofLinks() []Entry {
	return []Entry{
		{Kind: plan.Cut, Family: Links, Title: text("coupure", "cut"), Params: []Param{direction()},
			Does: text("plus rien ne passe, ni les connexions nouvelles, ni celles qui sont établies : silence", "nothing passes any more, neither new connections nor established ones: silence"),
			Undo: healed(), Proof: kernelCounts()},
		{Kind: plan.Refuse, Family: Links, Title: text("refus", "refusal"), Params: []Param{direction()},
			Does: text("les connexions sont refusées aussitôt", "connections are refused at once"),
			Undo: healed(), Proof: kernelCounts()},
		{Kind: plan.Slow, Family: Links, Title: text("latence", "latency"), Params: []Param{latency("retard des réponses", "delay of the answers"), jitter()},
			Does: text("chaque réponse arrive plus tard", "each answer arrives later"),
			Undo: toxicRemoved(), Proof: relayCounts()},
		{Kind: plan.Bandwidth, Family: Links, Title: text("débit réduit", "bandwidth"), Params: []Param{{"rate_kbps", text("débit laissé, en ko/s", "rate that is left, in kB/s")}},
			Does: text("les données passent au compte-gouttes", "data trickle"),
			Undo: toxicRemoved(), Proof: relayCounts()},
		{Kind: plan.Slicer, Family: Links, Title: text("données morcelées", "sliced data"), Params: []Param{bytes("taille d’un morceau", "size of a slice"), latency("temps entre deux morceaux", "time between two slices")},
			Does: text("les données arrivent par petits morceaux espacés", "data arrive in small slices, apart"),
			Undo: toxicRemoved(), Proof: relayCounts()},
		{Kind: plan.SlowClose, Family: Links, Title: text("fermeture lente", "slow close"), Params: []Param{latency("retard de la fermeture", "delay of the end")},
			Does: text("les connexions finissent plus tard qu’elles ne devraient", "connections end later than they should"),
			Undo: toxicRemoved(), Proof: text("connexions retenues, comptées par le relais", "connections held open, counted by the proxy")},
		{Kind: plan.Reset, Family: Links, Title: text("connexions rompues", "reset connections"),
			Does: text("les connexions établies sont rompues, même inactives, puis les nouvelles, sans cesse", "established connections are reset, idle ones too, then new ones, over and over"),
			Undo: toxicRemoved(), Proof: text("connexions rompues, comptées par le relais", "connections reset, counted by the proxy")},
		{Kind: plan.LimitData, Family: Links, Title: text("volume limité", "limited data"), Params: []Param{bytes("ce qui passe avant la rupture", "what passes before the end")},
			Does: text("chaque connexion s’interrompt après quelques octets de réponse", "each connection ends after some bytes of answers"),
			Undo: toxicRemoved(), Proof: text("connexions interrompues, comptées par le relais", "connections ended, counted by the proxy")},
		{Kind: plan.Flap, Family: Links, Title: text("liaison intermittente", "flapping"), Params: []Param{{"on", text("durée de chaque coupure", "how long it is cut, each time")}, {"off", text("durée de chaque répit", "how long it works, each time")}, direction()},
			Does: text("la liaison est coupée, revient, est coupée de nouveau", "the link is cut, comes back, is cut again"),
			Undo: healed(), Proof: kernelCounts()},
		{Kind: plan.Loss, Family: Links, Title: text("perte de paquets", "packet loss"), Params: []Param{percent("part des paquets perdus", "share of the packets that are lost"), direction()},
			Does: text("des paquets se perdent au hasard", "packets are lost at random"),
			Undo: healed(), Proof: text("paquets perdus, comptés par le noyau", "packets lost, counted by the kernel")},
		{Kind: plan.UDPDelay, Family: Links, Title: text("datagrammes retardés", "delayed datagrams"), Params: []Param{latency("retard", "delay"), jitter(), direction()},
			Does: text("les datagrammes (UDP) arrivent plus tard ; il faut netem dans le noyau", "datagrams (UDP) arrive later; the kernel must have netem"),
			Undo: healed(), Proof: text("datagrammes retardés, comptés par le noyau", "datagrams delayed, counted by the kernel")},
		{Kind: plan.HTTPError, Family: Links, Title: text("erreurs HTTP", "HTTP errors"), Params: []Param{{"status", text("code de réponse, de 400 à 599", "status of the answer, 400 to 599")}},
			Does: text("chaque demande HTTP reçoit une erreur ; le fournisseur ne la voit pas", "each HTTP request is answered with an error; the provider does not see it"),
			Undo: toxicRemoved(), Proof: text("demandes éconduites, comptées par le relais", "requests turned away, counted by the proxy")},
	}
}

func ofNames() []Entry {
	name := named("le nom ; tous, sans précision", "the name; every one where none is given")
	gone := text("le résolveur répond de nouveau juste ; ce qui a été retenu ailleurs y reste", "the resolver answers right again; what others keep stays with them")
	return []Entry{
		{Kind: plan.NXDomain, Family: Names, Title: text("nom inconnu", "unknown name"), Params: []Param{name}, Undo: gone, Proof: resolverCounts(),
			Does: text("le résolveur répond que le nom n’existe pas", "the resolver answers that there is no such name")},
		{Kind: plan.ServFail, Family: Names, Title: text("résolveur en échec", "failing resolver"), Params: []Param{name}, Undo: gone, Proof: resolverCounts(),
			Does: text("le résolveur répond qu’il a échoué", "the resolver answers that it failed")},
		{Kind: plan.SlowNames, Family: Names, Title: text("résolveur lent", "slow resolver"), Params: []Param{name, latency("retard", "delay")}, Undo: gone, Proof: resolverCounts(),
			Does: text("la réponse vient, mais tard", "the answer comes, but late")},
		{Kind: plan.StaleAnswer, Family: Names, Title: text("ancienne adresse", "stale address"), Params: []Param{name}, Undo: gone, Proof: resolverCounts(),
			Does: text("le nom mène à une adresse où plus personne ne répond, et la réponse reste valable une heure", "the name leads to an address where nobody answers any more, to be kept for an hour")},
		{Kind: plan.WrongAddress, Family: Names, Title: text("mauvaise adresse", "wrong address"), Params: []Param{name, {"other", text("le service dont l’adresse est donnée", "the service whose address is given")}}, Undo: gone, Proof: resolverCounts(),
			Does: text("le nom mène à un autre service", "the name leads to another service")},
	}
}
