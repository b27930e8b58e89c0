package steps

import "testing"

func TestInfrastructureThatCannotBeChecked(t *testing.T) {
	for said, c := range map[string]struct{ place, words string }{
		"    Quand on contrôle l'infrastructure du site nominal\n":                                                               {"x.feature:6:40", "ne déclare aucun code d’infrastructure pour le site « Paris »"},
		"    Quand on applique le playbook \"lion\"\n":                                                                           {"x.feature:6:36", "vouliez-vous dire « lyon » ?"},
		"    Quand on applique le playbook \"network\"\n":                                                                        {"x.feature:6:36", "une configuration Terraform"},
		"    Quand on applique la procédure \"PRA-11\"\n    Alors l'infrastructure du site de secours est conforme à son code\n": {"x.feature:7:5", "aucune étape ne contrôle l’infrastructure du site « Lyon »"},
	} {
		_, ds := compileText(t, french+said)
		wantDiagnostic(t, ds, c.place, c.words)
	}
}
