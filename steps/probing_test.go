package steps

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

	"bascule/harness/history"
	"bascule/harness/plan"
)

// probeStage is the fake stage with dependencies, and a program that ends.
func probeStage() Probing {
	return Probing{Site: "paris", Lang: "fr", Functions: []history.Function{{RTO: 30 * time.Second}}, Stability: 2 * time.Second, Draw: func(n int) int { return n }}
}

func TestAProbeIsOrdinaryFaultsOneByOne(t *testing.T) {
	s := fakeStage()
	p := s.Sites[0].Project
	orders := p.Services["orders"]
	orders.DependsOn = types.DependsOnConfig{"stock": {}, "db": {}, "migrate": {Condition: types.ServiceConditionCompletedSuccessfully}}
	p.Services["orders"] = orders
	p.Services["migrate"] = types.ServiceConfig{Name: "migrate"}
	list, skipped, err := ProbeSteps(s, probeStage())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, st := range list {
		if i%2 == 1 {
			if st.Do != plan.DoCalm || st.Wait.D() != 33*time.Second || (st.Restart == "paris") != (i < len(list)-1) {
				t.Errorf("step %d is no calm: %+v", i, st)
			}
			continue
		}
		f := st.Fault
		if st.Do != plan.DoFault || f.For.D() != DefaultProbe || f.Title.FR == "" || f.Title.EN == "" || st.Text == "" {
			t.Errorf("step %d: %+v, %+v", i, st, f)
		}
		got = append(got, strings.Join([]string{string(f.Probe), string(f.Kind), f.Service, f.From, f.To}, " "))
	}
	want := []string{"service crash db  ", "service crash gateway  ", "service crash orders  ", "instance kill-one orders  ", "service crash stock  ",
		"link cut  paris/orders paris/db", "link cut  paris/orders paris/stock", "link cut  lyon/db paris/db"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if list[6].Fault.Instance != 2 {
		t.Errorf("instance %d, want the one that was drawn", list[6].Fault.Instance)
	}
	if len(skipped) != 1 || !strings.Contains(skipped[0].FR, "migrate") || !strings.Contains(skipped[0].EN, "migrate") {
		t.Errorf("left out without a word: %v", skipped)
	}
}

func TestThirdPartiesAreNotProbed(t *testing.T) {
	o := probeStage()
	for _, site := range []string{"bank", "nowhere"} {
		o.Site = site
		if _, _, err := ProbeSteps(fakeStage(), o); err == nil {
			t.Errorf("%s is probed", site)
		}
	}
}

func TestHowLongCalmIsWaitedFor(t *testing.T) {
	for rto, want := range map[time.Duration]time.Duration{0: 13 * time.Second, 30 * time.Second: 33 * time.Second, 4 * time.Hour: 63 * time.Second} {
		if got := calmBound([]history.Function{{RTO: rto}}, 2*time.Second).D(); got != want {
			t.Errorf("RTO %v: %v, want %v", rto, got, want)
		}
	}
}

// A probe that would not measure each loss alone, and judgements of none.
func TestMistakesAboutAProbe(t *testing.T) {
	const all = "on arrête tour à tour chaque service, puis chaque liaison, du site nominal"
	for _, c := range []struct {
		lines []string
		at    int
		words []string
	}{
		{[]string{`Quand le déploiement de la version "1.5.0" démarre`, "Et qu'" + all}, 7, []string{"déploiement est encore en cours", "le déploiement se termine"}},
		{[]string{"Quand la base primaire tombe", "Et qu'" + all}, 7, []string{"une panne est encore en cours", "la panne est réparée"}},
		{[]string{"Quand " + all, "Et qu'" + all}, 7, []string{"déjà dit à la ligne 6"}},
		{[]string{"Quand " + all + " pendant 100 ms chacun"}, 6, []string{"au moins 1 s"}},
		{[]string{"Quand la base primaire tombe", "Alors chaque fonction critique supporte la perte de chaque service"}, 7, []string{"ne sonde rien de tel", "on arrête tour à tour"}},
		{[]string{"Quand on arrête tour à tour chaque service du site nominal", "Alors chaque fonction critique supporte la perte de chaque liaison"}, 7, []string{"ne sonde rien de tel"}},
		{[]string{"Quand on coupe tour à tour chaque liaison du site nominal", "Alors chaque fonction critique supporte la perte de chaque service"}, 7, []string{"ne sonde rien de tel"}},
		{[]string{"Quand " + all, `Alors la fonction "Comandes" supporte la perte de chaque service`}, 7, []string{"« Comandes » inconnue", "Commandes"}},
	} {
		_, ds := compileText(t, french+"    "+strings.Join(c.lines, "\n    ")+"\n")
		found := false
		for _, d := range ds {
			text := strings.ReplaceAll(d.String(), "\u00a0", " ")
			found = found || d.Line == c.at && !slices.ContainsFunc(c.words, func(w string) bool { return !strings.Contains(text, w) })
		}
		if !found {
			t.Errorf("%q: %v is not said at line %d:\n%s", c.lines, c.words, c.at, list(ds))
		}
	}
}

// A fault that ends by itself may come before it: it is over by then.
func TestWhatIsOverDoesNotDisturbAProbe(t *testing.T) {
	p, ds := compileText(t, french+"    Quand la base primaire tombe\n    Et que la panne est réparée\n    Et qu'on arrête tour à tour chaque service du site nominal\n    Alors chaque fonction critique revient d'elle-même après chaque panne\n")
	accepted(t, ds)
	if n := len(p.Scenarios[0].Steps); n != 2+2*5 {
		t.Errorf("%d steps", n)
	}
}
