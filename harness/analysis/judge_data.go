package analysis

import (
	"strconv"

	"bascule/harness/history"
)

// kept judges what became of the function's writes.
func (j *judge) kept(e history.Expectation, fn int) judged {
	l := j.functions[fn].Loss
	if !l.Known {
		return unknown(history.Text{}, say("les données n'ont pas été relues", "the data were not read back"))
	}
	if l.Acked == 0 {
		return unknown(history.Text{}, say("aucune écriture n'a été acquittée : il n'y avait rien à perdre", "no write was acknowledged: there was nothing to lose"))
	}
	if e.Kind == history.ExpectNothingTwice {
		measured := twice(l.Duplicated)
		if l.Duplicated == 0 {
			return pass(measured)
		}
		return fail(measured, twice(l.Duplicated))
	}
	measured := say("%s sur %s", "%s of %s", lostWrites(l.Lost), count(l.Acked))
	if l.Lost == 0 {
		return pass(measured)
	}
	measured = say("%s, sur une période de %s", "%s, a span of %s", measured, span(l.Span))
	if e.Kind == history.ExpectNothingLost {
		return fail(measured, say("%s, par exemple %s", "%s, for example %s", lostWrites(l.Lost), j.examples(l)))
	}
	if l.Span <= e.Within {
		return pass(measured)
	}
	return fail(measured, say("perte de %s, attendu au plus %s", "loss of %s, expected at most %s", span(l.Span), span(e.Within)))
}

func lostWrites(n int) history.Text {
	return some(n, "écriture acquittée perdue", "écritures acquittées perdues", "acknowledged write lost", "acknowledged writes lost")
}

func twice(n int) history.Text {
	return some(n, "écriture appliquée plus d'une fois", "écritures appliquées plus d'une fois", "write applied more than once", "writes applied more than once")
}

// examples names rows that were lost, as they would stand in the store.
func (j *judge) examples(l Loss) history.Text {
	var ids []history.Text
	for i, id := range l.Examples {
		if i == 3 {
			break
		}
		ids = append(ids, history.Same(j.h.Header.Prefix+"-"+strconv.FormatUint(id, 10)))
	}
	return list(ids)
}
