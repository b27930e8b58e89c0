package reports

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"bascule/harness/analysis"
)

func itoa(n int) string { return strconv.Itoa(n) }

// dependencyEdge is what a drawing shows between two places: the dependencies of
// one pair, the worst one first.
type dependencyEdge struct {
	from, to string
	class    analysis.Class // "" in order
	labels   []string
}

// dependencyEdges joins the dependencies of several scenarios by their ends.
func dependencyEdges(lang string, results []analysis.Result) []dependencyEdge {
	var out []dependencyEdge
	for _, r := range results {
		for _, d := range r.Dependencies.List {
			to := d.To
			if d.How == analysis.ByAddress && d.Leads != "" {
				to = d.Leads
			}
			c := shownClass(d)
			i := slices.IndexFunc(out, func(e dependencyEdge) bool { return e.from == d.From && e.to == to && e.class == c })
			if i < 0 {
				i = len(out)
				out = append(out, dependencyEdge{from: d.From, to: to, class: c})
			}
			if l := edgeLabel(lang, d); !slices.Contains(out[i].labels, l) {
				out[i].labels = append(out[i].labels, l)
			}
		}
	}
	return out
}

// shownClass is the one class that a line in a drawing stands for.
func shownClass(d analysis.Dependency) analysis.Class {
	for _, c := range []analysis.Class{analysis.Missing, analysis.Hidden, analysis.Undeclared, analysis.Unresolved, analysis.Unused, analysis.Outside, analysis.Explained} {
		if d.Is(c) {
			return c
		}
	}
	return ""
}

func edgeLabel(lang string, d analysis.Dependency) string {
	var parts []string
	if d.How == analysis.ByAddress {
		parts = append(parts, d.To)
	}
	if d.Port > 0 {
		parts = append(parts, strings.TrimSuffix(itoa(d.Port)+"/"+d.Proto, "/"))
	}
	if len(d.Classes) > 0 {
		parts = append(parts, ClassNames(lang, d))
	}
	return strings.Join(parts, " ")
}

// WriteDOT writes the dependencies for Graphviz. Lines differ by their style and
// their label, not by colour.
func WriteDOT(w io.Writer, lang string, results []analysis.Result) error {
	var b strings.Builder
	b.WriteString("digraph dependencies {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n")
	edges := dependencyEdges(lang, results)
	for _, n := range edgeNodes(edges) {
		style := ""
		if !strings.Contains(n, "/") {
			style = ", style=dashed" // no service of the stage
		}
		fmt.Fprintf(&b, "  %s [label=%s%s];\n", strconv.Quote(n), strconv.Quote(n), style)
	}
	for _, e := range edges {
		style := map[analysis.Class]string{
			"": "solid", analysis.Missing: "dashed, bold", analysis.Hidden: "bold", analysis.Undeclared: "dotted, bold",
			analysis.Unresolved: "dashed", analysis.Unused: "dotted", analysis.Outside: "dotted", analysis.Explained: "dashed",
		}[e.class]
		head := "normal"
		switch e.class {
		case analysis.Missing, analysis.Unresolved:
			head = "tee"
		case analysis.Unused, analysis.Outside:
			head = "empty"
		}
		fmt.Fprintf(&b, "  %s -> %s [style=%s, arrowhead=%s, label=%s];\n", strconv.Quote(e.from), strconv.Quote(e.to), strconv.Quote(style), head, strconv.Quote(strings.Join(e.labels, "\\n")))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, strings.ReplaceAll(b.String(), `\\n`, `\n`))
	return err
}

// WriteMermaid writes the dependencies as a Mermaid flowchart.
func WriteMermaid(w io.Writer, lang string, results []analysis.Result) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	edges := dependencyEdges(lang, results)
	nodes := edgeNodes(edges)
	id := func(n string) string { return "n" + itoa(slices.Index(nodes, n)) }
	for _, n := range nodes {
		open, end := "[", "]"
		if !strings.Contains(n, "/") {
			open, end = "([", "])"
		}
		fmt.Fprintf(&b, "  %s%s\"%s\"%s\n", id(n), open, mermaidText(n), end)
	}
	for _, e := range edges {
		arrow := map[analysis.Class]string{
			"": "-->", analysis.Missing: "--x", analysis.Hidden: "==>", analysis.Undeclared: "-.->", analysis.Unresolved: "--x",
			analysis.Unused: "-.-", analysis.Outside: "-.-", analysis.Explained: "--x",
		}[e.class]
		label := mermaidText(strings.Join(e.labels, "; "))
		if label != "" {
			label = "|\"" + label + "\"|"
		}
		fmt.Fprintf(&b, "  %s %s%s %s\n", id(e.from), arrow, label, id(e.to))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mermaidText keeps a text from ending its quotes.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", " ").Replace(s)
}

// edgeNodes are the ends of edges, sorted.
func edgeNodes(edges []dependencyEdge) []string {
	var out []string
	for _, e := range edges {
		out = append(out, e.from, e.to)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
