package analysis

import (
	"strings"

	"bascule/harness/history"
)

// words say what is wrong with an edge; empty where nothing is.
func (b *needs) words(e *edge, d Dependency) history.Text {
	switch {
	case len(d.Classes) == 0:
		return history.Text{}
	case e.how == ByUnknown:
		return b.unknownName(e, d)
	case e.how == ByAddress:
		return b.addressWords(d)
	}
	to := reached(d)
	switch {
	case d.Is(Missing) && d.Is(Hidden):
		return say("%s cherche encore à joindre %s, sur le site qui n'est plus là : %s", "%s still tries to reach %s, on the site that is gone: %s", d.From, to, outcome(d))
	case d.Is(Hidden):
		return say("%s se sert encore de %s, sur l'autre site, alors que le service a été déplacé", "%s still uses %s, on the other site, although service was moved", d.From, to)
	case d.Is(Missing):
		t := say("%s n'a pas obtenu %s : %s", "%s did not get %s: %s", d.From, to, outcome(d))
		if d.Is(Undeclared) {
			t = say("%s, et rien ne déclare cette dépendance", "%s, and nothing declares this dependency", t)
		}
		return t
	case d.Is(Undeclared) && b.otherPort(e):
		return say("%s se sert de %s, un port qui n'est pas déclaré", "%s uses %s, a port that is not declared", d.From, to)
	case d.Is(Undeclared):
		return say("%s se sert de %s sans que rien le déclare", "%s uses %s, which nothing declares", d.From, to)
	}
	return say("%s n'a pas obtenu %s : c'est l'effet voulu d'une panne en cours", "%s did not get %s, as a fault in force wanted", d.From, to)
}

// unknownName is about a name that nobody resolves. Where another site has it,
// that is the first thing to look at.
func (b *needs) unknownName(e *edge, d Dependency) history.Text {
	if d.Is(Outside) {
		return say("%s demande %s, déclaré hors de la plateforme : rien n'y répond ici", "%s asks for %s, declared to be outside the stage: nothing answers for it here", d.From, d.To)
	}
	t := say("%s a demandé en vain le nom %s (%s), %s", "%s asked in vain for the name %s (%s), %s", d.From, d.To, e.proto, times(d.Lookups))
	switch w, ok := b.windowOf(e); {
	case !d.Is(Missing) || !ok:
	case w.How == "moved":
		t = say("%s, une fois le service déplacé", "%s, once service had been moved", t)
	default:
		t = say("%s, alors que l'autre site n'était plus là", "%s, when the other site was gone", t)
	}
	if site := b.resolvedElsewhere(e); site != "" {
		t = say("%s ; sur le site %s, ce nom existe", "%s; on site %s this name exists", t, b.siteTitle(site))
	}
	return t
}

// windowOf is the first cut-off, or move, in which an edge was asked for; one in
// which the other site was gone, if there is any.
func (b *needs) windowOf(e *edge) (out CutOff, ok bool) {
	for _, t := range e.touches {
		if w, in := b.during(siteOf(e.from), t.at); in && (!ok || out.How == "moved") {
			out, ok = w, true
		}
	}
	return out, ok
}

// resolvedElsewhere is another site where the name leads somewhere.
func (b *needs) resolvedElsewhere(e *edge) string {
	own, service, _ := strings.Cut(e.from, "/")
	for _, s := range b.h.Header.Own() {
		if s.ID != own && b.provider(s.ID+"/"+service, e.to) != "" {
			return s.ID
		}
	}
	return ""
}

func (b *needs) addressWords(d Dependency) history.Text {
	whose := history.Text{}
	switch site := siteOf(d.Leads); {
	case d.Leads != "" && strings.Contains(d.Leads, "/"):
		whose = say(" (c'est %s)", " (that is %s)", d.Leads)
	case d.Leads != "":
		whose = say(" (une adresse du site %s)", " (an address of site %s)", b.siteTitle(site))
	}
	t := say("%s a cherché à joindre %s%s, %s : adresse écrite en dur, flux non déclaré", "%s tried to reach %s%s, %s: hard-coded address, no declared flow", d.From, reached(d), whose, times(d.Tried))
	if d.Is(Missing) {
		t = say("%s, en vain, alors que le service devait continuer sans l'autre site", "%s, in vain, when service was to go on without the other site", t)
	}
	return t
}

// reached is a provider with its port: "lyon/stock, 8080/tcp".
func reached(d Dependency) string {
	if d.Port == 0 && d.Proto == "" {
		return d.To
	}
	if d.Port == 0 {
		return d.To + ", " + d.Proto
	}
	port := itoa(d.Port) + "/" + d.Proto
	if d.How == ByAddress {
		return d.To + ":" + port
	}
	return d.To + " (" + port + ")"
}

// outcome is what became of what was tried.
func outcome(d Dependency) history.Text {
	switch {
	case d.Tried == 0:
		return say("nom résolu %s, jamais joint", "name resolved %s, never reached", times(d.Lookups))
	case d.Refused > 0 && d.Silent == 0:
		return say("%s, refusé", "%s, refused", times(d.Tried))
	case d.Refused > 0:
		return say("%s, refusé ou sans réponse", "%s, refused or without an answer", times(d.Tried))
	}
	return say("%s, sans réponse", "%s, without an answer", times(d.Tried))
}
